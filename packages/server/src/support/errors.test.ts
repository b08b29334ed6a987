import { expect, test } from "vitest";
import { errorCatalogue, errorReply, ReelayError, systemCode } from "./index.ts";

test.each(Object.entries(errorCatalogue))(
  "%s has a status, a cause and a remedy",
  (code, { status, cause, remedy }) => {
    expect(code).toMatch(/^REELAY_[A-Z_]+$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    for (const text of [cause, remedy]) expect(text).toMatch(/^\S.*[.]$/s);
  },
);

test("a reply tells code, cause, detail and remedy, and nothing of where it came from", () => {
  const error = new ReelayError("REELAY_NOT_FOUND", "There is no section 7.", { cause: new Error("/secret/path") });
  expect(errorReply(error)).toEqual({
    code: "REELAY_NOT_FOUND",
    status: 404,
    cause: errorCatalogue.REELAY_NOT_FOUND.cause,
    detail: "There is no section 7.",
    remedy: errorCatalogue.REELAY_NOT_FOUND.remedy,
  });
  expect(JSON.stringify(errorReply(new ReelayError("REELAY_INTERNAL")))).not.toMatch(/"(stack|detail)":/);
});

test("the system's code is found where there is one", () => {
  expect(systemCode(Object.assign(new Error("x"), { code: "ENOENT" }))).toBe("ENOENT");
  expect(systemCode(new Error("x"))).toBeUndefined();
  expect(systemCode("ENOENT")).toBeUndefined();
});
