import fc from "fast-check";
import { expect, test } from "vitest";
import { formatPosition, parsePosition } from "./position.ts";

const epochs = fc.stringMatching(/^[0-9a-f]{16}$/);

test("a position that is written is read back", () => {
  fc.assert(
    fc.property(epochs, fc.maxSafeNat(), (epoch, seq) => {
      expect(parsePosition(formatPosition(epoch, seq))).toEqual({ epoch, seq });
    }),
  );
});

test("of all other texts none is a position", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.tuple(epochs, fc.string()).map((parts) => parts.join("-")),
      ),
      (text) => {
        const position = parsePosition(text);
        if (position !== undefined) expect(formatPosition(position.epoch, position.seq)).toBe(text);
      },
    ),
  );
});

test.each([
  "",
  "5",
  "00000000000000aa",
  "00000000000000aa-",
  "00000000000000aa--1",
  "00000000000000aa-05",
  "00000000000000aa-5.0",
  "00000000000000aa-9007199254740993",
  "00000000000000AA-5",
  " 00000000000000aa-5",
  "00000000000000aa-5\n",
  "0000000000000aa-5",
])("refuses %j", (text) => expect(parsePosition(text)).toBeUndefined());
