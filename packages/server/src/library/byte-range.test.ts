import { expect, test } from "vitest";
import { byteRange, isPreconditionFailed, isRangeCurrent, isUnmodified } from "./byte-range.ts";

test.each([
  [undefined, "whole"],
  ["bytes=0-", { start: 0, end: 99 }],
  ["bytes=0-0", { start: 0, end: 0 }],
  ["bytes=10-19", { start: 10, end: 19 }],
  ["bytes=90-200", { start: 90, end: 99 }],
  ["bytes=-10", { start: 90, end: 99 }],
  ["bytes=-500", { start: 0, end: 99 }],
  ["Bytes = 1-2", "whole"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=100-", "unsatisfiable"],
  ["bytes=99999999999999999999-", "unsatisfiable"],
  ["bytes=5-4", "whole"],
  ["bytes=-", "whole"],
  ["bytes=1-2,5-6", "whole"],
  ["bytes=a-b", "whole"],
  ["seconds=1-2", "whole"],
] as const)("of 100 bytes, %j is %j", (header, range) => {
  expect(byteRange(header, 100)).toEqual(range);
});

test("an empty file has no range that could be served", () => {
  expect(["bytes=0-", "bytes=-1"].map((header) => byteRange(header, 0))).toEqual(["unsatisfiable", "unsatisfiable"]);
});

const modifiedAt = Date.parse("Tue, 15 Nov 1994 12:45:26 GMT");
const file = { etag: '"abc"', modifiedAt: modifiedAt + 500 };
const date = (ms: number) => new Date(modifiedAt + ms).toUTCString();

test.each([
  [{}, false],
  [{ "if-none-match": '"abc"' }, true],
  [{ "if-none-match": '"x", W/"abc"' }, true],
  [{ "if-none-match": "*" }, true],
  [{ "if-none-match": '"x"' }, false],
  [{ "if-modified-since": date(0) }, true],
  [{ "if-modified-since": date(-1000) }, false],
  [{ "if-modified-since": "yesterday" }, false],
  [{ "if-none-match": '"x"', "if-modified-since": date(0) }, false],
])("who asks with %j has it already: %j", (headers, unmodified) => {
  expect(isUnmodified(headers, file)).toBe(unmodified);
});

test.each([
  [{}, false],
  [{ "if-match": '"abc"' }, false],
  [{ "if-match": "*" }, false],
  [{ "if-match": '"x"' }, true],
  [{ "if-match": 'W/"abc"' }, true],
  [{ "if-unmodified-since": date(0) }, false],
  [{ "if-unmodified-since": date(-1000) }, true],
])("who asks with %j does not want it any more: %j", (headers, failed) => {
  expect(isPreconditionFailed(headers, file)).toBe(failed);
});

test.each([
  [undefined, true],
  ['"abc"', true],
  ['"x"', false],
  ['W/"abc"', false],
  [date(0), true],
  [date(1000), false],
])("a range with If-Range %j is served: %j", (header, current) => {
  expect(isRangeCurrent(header, file)).toBe(current);
});
