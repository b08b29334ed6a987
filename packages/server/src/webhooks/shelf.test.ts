import fc from "fast-check";
import { expect, test } from "vitest";
import { Shelf } from "./shelf.ts";

test("keeps to its size, tells what goes, and never gives away what was just put there", () => {
  const things = fc.array(fc.record({ key: fc.integer({ min: 0, max: 9 }), size: fc.integer({ min: 1, max: 12 }) }));
  fc.assert(
    fc.property(things, (added) => {
      const shelf = new Shelf<number>(20);
      /** What the other side has, by number. */
      const there = new Map<number, { key: number; size: number }>();
      for (const [index, one] of added.entries()) {
        const known = shelf.find(one.key);
        if (known !== undefined) {
          expect(there.get(known)?.key).toBe(one.key);
          continue;
        }
        const gone = shelf.add(one.key, index, one.size);
        there.set(index, one);
        for (const id of gone) expect(there.delete(id)).toBe(true);
        expect(shelf.find(one.key)).toBe(index);
        const sum = [...there.values()].reduce((total, { size }) => total + size, 0);
        expect(sum <= 20 || there.size === 1).toBe(true);
        for (const [id, { key }] of there) expect(shelf.find(key)).toBe(id);
      }
    }),
  );
});
