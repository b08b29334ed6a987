import { expect, test } from "vitest";
import { account, balance, p99 } from "../../scripts/demo/ledger.ts";

const told = ["a", "b", "c"].map((id, index) => ({ id, what: "playing", time: 1_000 * (index + 1) }));
const heard = told.map(({ id, time }) => ({ id, what: "playing", at: time + 10 }));

test("what was told and heard once holds", () => {
  const one = account("SSE", told, heard, []);
  expect(one).toMatchObject({ told: 3, received: 3, lost: [], twice: [], unknown: [], live: [10, 10, 10] });
  expect(balance([one])).toEqual({ holds: true, line: "told 3, received 3, lost 0, twice 0, p99 10 ms" });
});

test.each([
  ["is lost", heard.slice(1), { lost: [{ id: "a" }] }, "told 3, received 2, lost 1, twice 0, p99 10 ms"],
  ["comes twice", [...heard, heard[0]], { twice: [{ id: "a" }] }, "told 3, received 3, lost 0, twice 1, p99 10 ms"],
  [
    "is in no record",
    [...heard, { id: "z", what: "playing", at: 1 }],
    { unknown: [{ id: "z" }] },
    "told 3, received 3, lost 0, twice 0, p99 10 ms",
  ],
])("what %s is found, and does not hold", (_what, arrivals, found, line) => {
  const one = account("SSE", told, arrivals as typeof heard, []);
  expect(one).toMatchObject(found);
  expect(balance([one])).toEqual({ holds: false, line });
});

test("what happened while a listener was away is late, and no measure", () => {
  const one = account("SSE", told, heard, [{ from: 1_500, to: 2_000 }]);
  expect(one).toMatchObject({ live: [10, 10], late: [10] });
});

test("nothing told is nothing shown", () => {
  expect(balance([account("SSE", [], [], [])]).holds).toBe(false);
});

test("the 99th of a hundred", () => {
  expect(p99(Array.from({ length: 100 }, (_, index) => 100 - index))).toBe(99);
  expect(p99([7])).toBe(7);
});
