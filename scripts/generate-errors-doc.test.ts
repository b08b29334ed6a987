import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { errorCatalogue } from "../packages/server/src/support/index.ts";
import { errorsPage, errorsPagePath } from "./generate-errors-doc.ts";

test("docs/reference/errors.md is what the table of errors says", () => {
  expect(readFileSync(errorsPagePath, "utf8"), "run: node -C source scripts/generate-errors-doc.ts").toBe(errorsPage());
});

test("each code says what it means and what to do, in sentences", () => {
  for (const [code, { cause, remedy }] of Object.entries(errorCatalogue)) {
    expect(code).toMatch(/^REELAY_[A-Z_]+$/);
    expect(cause, code).toMatch(/^[A-Z].+\.$/);
    expect(remedy, code).toMatch(/^[A-Z].+\.$/);
  }
});
