import fc from "fast-check";
import { expect, test } from "vitest";
import { newToken, randomHex, uuidv7 } from "./index.ts";

test("ids are UUIDs of version 7 whose first 48 bits are the time", () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 48 - 1 }), (now) => {
      const id = uuidv7(now);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(now);
    }),
  );
});

test("ids of later milliseconds sort behind, and no two are the same", () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => uuidv7(1_700_000_000_000 + Math.floor(index / 1_000)));
  expect(new Set(ids).size).toBe(ids.length);
  const firsts = ids.filter((_, index) => index % 1_000 === 0);
  expect(firsts).toEqual([...firsts].sort());
});

test("tokens hold 256 bits, hex as many bytes as asked for", () => {
  expect(newToken()).toMatch(/^[\w-]{43}$/);
  expect(newToken()).not.toBe(newToken());
  expect(randomHex(8)).toMatch(/^[0-9a-f]{16}$/);
});
