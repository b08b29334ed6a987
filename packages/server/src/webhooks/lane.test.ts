import { expect, test } from "vitest";
import { Lane, type Waiting } from "./lane.ts";

const waiting = (seq: number, key: string, dueAt: number): Waiting => ({ seq, key, dueAt, attempts: 0 });

test("what is asked for goes before what is due, and only once", () => {
  const lane = new Lane();
  const asked = waiting(2, "b", 50);
  lane.add(waiting(1, "a", 0));
  lane.ask(asked);
  expect([lane.isAsked, lane.loadedThrough]).toEqual([true, 1]);
  expect(lane.take(10)).toBe(asked);
  expect([lane.isAsked, lane.take(10)?.seq]).toEqual([false, 1]);
  lane.done(asked, { dueAt: 60, attempts: 1 });
  expect([lane.isAsked, lane.take(10), lane.nextDue]).toEqual([false, undefined, 60]);
});

test("what is asked for waits for what is older of its key, and for an attempt that is under way", () => {
  const lane = new Lane();
  lane.add(waiting(1, "a", 0));
  lane.add(waiting(3, "a", 0));
  lane.ask(waiting(2, "a", 50));
  expect(lane.isAsked).toBe(false);
  const first = lane.take(10) as Waiting;
  expect([first.seq, lane.isAsked]).toEqual([1, false]);
  lane.done(first, undefined);
  expect([lane.isAsked, lane.take(10)?.seq]).toEqual([true, 2]);
});

test("what is asked for is so still when it is read anew, and not when it has ended or all is dropped", () => {
  const lane = new Lane();
  lane.ask(waiting(1, "a", 0));
  lane.remove(1);
  expect([lane.isAsked, lane.size]).toEqual([false, 0]);
  lane.ask(waiting(2, "b", 0));
  lane.forget();
  lane.add(waiting(2, "b", 50));
  expect([lane.isAsked, lane.take(10)?.seq]).toEqual([true, 2]);
  lane.ask(waiting(3, "c", 0));
  lane.drop();
  lane.add(waiting(3, "c", 50));
  expect([lane.isAsked, lane.take(10)]).toEqual([false, undefined]);
});
