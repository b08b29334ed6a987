import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

test("so many at once, the others in their order, and each hook for itself", async () => {
  const turns = new Turns(2);
  expect([turns.enter("a"), turns.enter("a"), turns.enter("b")]).toEqual([true, true, true]);
  const order: number[] = [];
  const waiting = [1, 2].map(async (number) => {
    if (await turns.enter("a")) order.push(number);
  });
  turns.leave("b", false);
  await Promise.resolve();
  expect(order).toEqual([]);
  turns.leave("a", false);
  await waiting[0];
  expect(order).toEqual([1]);
  turns.leave("a", false);
  await waiting[1];
  expect(order).toEqual([1, 2]);
  turns.leave("a", false);
  turns.leave("a", false);
  expect([turns.enter("a"), turns.enter("a")]).toEqual([true, true]);
});

test("who waits behind one that fails does not get a turn, and whoever comes after that does", async () => {
  const turns = new Turns(1);
  expect(turns.enter("a")).toBe(true);
  const behind = [turns.enter("a"), turns.enter("a")];
  turns.leave("a", true);
  expect(await Promise.all(behind)).toEqual([false, false]);
  expect(turns.enter("a")).toBe(true);
});
