import { expect, test } from "vitest";
import type { WaitingRow } from "./deliveries.ts";
import { Route } from "./route.ts";
import { aHook } from "./testing/memory-hooks.ts";

const hook = aHook("a", "http://127.0.0.1:1/");
const row = (seq: number, said: Partial<WaitingRow> = {}): WaitingRow => ({
  ...{ seq, hookId: "a", name: "media.play", subject: "session:1", player: "tv", dueAt: 0, attempts: 0 },
  ...said,
});

test("an answer to what was sent before a failure does not undo what that asks for", () => {
  const route = new Route(hook);
  route.succeeded(100, 150);
  expect(route.limit(150)).toBe(2);
  // Sent together: the second is refused with Retry-After, the first answered later.
  route.slow(1_000);
  route.failed(1_010, 60_000);
  route.succeeded(990, 1_020);
  expect([route.heldUntil(1_020), route.limit(1_020)]).toEqual([61_010, 1]);
  route.succeeded(61_010, 61_020);
  expect([route.heldUntil(61_020), route.limit(61_020)]).toEqual([0, 2]);
});

test("what is asked for waits for older ones of its subject, also for those that are not read yet", () => {
  const route = new Route(hook);
  route.loaded([row(1), row(2)], 2, hook, 0);
  expect(route.lane.complete).toBe(false);
  route.add(row(9, { asked: true }), hook, 0);
  expect(route.lane.has(9)).toBe(false);
  // A test has a subject of its own.
  route.add(row(10, { asked: true, subject: "trial:1" }), hook, 0);
  expect(route.lane.take(0)?.seq).toBe(10);
  route.loaded([row(9)], 2, hook, 0);
  expect(route.lane.has(9)).toBe(true);
});
