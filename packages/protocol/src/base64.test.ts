import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64 } from "./base64.ts";

test("bytes come back", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodeBase64(Buffer.from(bytes).toString("base64"))).toEqual(Uint8Array.from(bytes));
    }),
  );
});

test.each(["abc", "ab=c", "a===", "====", "ab c", "ab-_", "\u00e4bcd", "abcd\n"])("%j is none", (text) => {
  expect(decodeBase64(text)).toBeUndefined();
});

test("no text makes it throw", () => {
  fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9+/=]*$/), (text) => void decodeBase64(text)));
});
