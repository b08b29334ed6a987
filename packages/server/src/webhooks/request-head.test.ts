import { expect, test } from "vitest";
import { requestHead } from "./request-head.ts";

const url = new URL("http://x:1/a?b=c");

test("Host comes first, then the headers as they are", () => {
  const headers = [
    ["User-Agent", "P"],
    ["Content-Length", "7"],
    ["A", "b"],
  ] as const;
  expect(requestHead({ method: "POST", headers }, url)).toBe(
    "POST /a?b=c HTTP/1.1\r\nHost: x:1\r\nUser-Agent: P\r\nContent-Length: 7\r\nA: b\r\n\r\n",
  );
});

test.each([
  ["A", "b\r\nC: d"],
  ["A", "b\nC: d"],
  ["A", "\0"],
  ["A", "€"],
  ["A\r\nB", "c"],
  ["A:", "c"],
  ["", "c"],
])("%j with the value %j goes nowhere", (name, value) => {
  expect(() => requestHead({ method: "POST", headers: [[name, value]] }, url)).toThrow(
    expect.objectContaining({ code: "REELAY_DELIVERY_UNBUILDABLE" }),
  );
});
