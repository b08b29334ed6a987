import fc from "fast-check";
import { expect, test } from "vitest";
import { ManualClock } from "../support/index.ts";
import type { NewMediaEvent } from "./media-event.ts";
import { ProgressThrottle } from "./throttle.ts";

function progress(message: string, section = 1): NewMediaEvent {
  return {
    type: "scan.progressed",
    audience: { kind: "section", sectionId: section },
    subject: `section:${section}`,
    facts: { message },
  };
}

interface Sent {
  readonly at: number;
  readonly event: NewMediaEvent;
}

function throttled(clock = new ManualClock(0)): { clock: ManualClock; sent: Sent[]; throttle: ProgressThrottle } {
  const sent: Sent[] = [];
  return { clock, sent, throttle: new ProgressThrottle(clock, (event) => sent.push({ at: clock.now(), event })) };
}

test("sends the first at once and of the others the newest, half a second later", () => {
  const { clock, sent, throttle } = throttled();
  for (const message of ["a", "b", "c"]) throttle.offer(progress(message));
  expect(sent).toEqual([{ at: 0, event: progress("a") }]);
  clock.advance(499);
  expect(sent).toHaveLength(1);
  clock.advance(1);
  expect(sent[1]).toEqual({ at: 500, event: progress("c") });
  clock.advance(10_000);
  expect(sent).toHaveLength(2);
});

test("whatever comes when, each key has at most two a second, the last one is sent, and in order", () => {
  const offers = fc.array(fc.record({ wait: fc.nat(900), section: fc.integer({ min: 1, max: 3 }) }), { maxLength: 60 });
  fc.assert(
    fc.property(offers, (list) => {
      const { clock, sent, throttle } = throttled();
      for (const [number, { wait, section }] of list.entries()) {
        clock.advance(wait);
        throttle.offer(progress(String(number), section));
      }
      clock.advance(500);
      for (const section of [1, 2, 3]) {
        const mine = sent.filter(({ event }) => event.subject === `section:${section}`);
        for (const [index, { at }] of mine.entries())
          expect(at - (mine[index - 1]?.at ?? -500)).toBeGreaterThanOrEqual(500);
        const numbers = mine.map(({ event }) => Number("message" in event.facts && event.facts.message));
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        const last = list.findLastIndex((offer) => offer.section === section);
        if (last !== -1) expect(numbers.at(-1)).toBe(last);
      }
    }),
  );
});

test("what is held can be taken for the fact that ends it, and is not sent again", () => {
  const { clock, sent, throttle } = throttled();
  throttle.offer(progress("a"));
  throttle.offer(progress("b"));
  expect(throttle.take("scan.progressed", "section:1")).toEqual([progress("b")]);
  expect(throttle.take("scan.progressed", "section:1")).toEqual([]);
  clock.advance(10_000);
  expect(sent).toHaveLength(1);
});

test("a clock that is set back delays nothing by more than half a second", () => {
  let back = 0;
  const clock = new ManualClock(10_000_000);
  const adjusted = {
    now: () => clock.now() - back,
    after: (ms: number, fn: () => void) => clock.after(ms, fn),
    every: (ms: number, fn: () => void) => clock.every(ms, fn),
  };
  const sent: NewMediaEvent[] = [];
  const throttle = new ProgressThrottle(adjusted, (event) => sent.push(event));
  throttle.offer(progress("a"));
  back = 3_600_000;
  throttle.offer(progress("b"));
  clock.advance(500);
  expect(sent).toEqual([progress("a"), progress("b")]);
});

test("refuses facts, which belong into the transaction of what they tell", () => {
  const facts = { title: "", description: "", notificationName: "" };
  const fact: NewMediaEvent = { type: "status.announced", audience: { kind: "admins" }, subject: "section:1", facts };
  expect(() => throttled().throttle.offer(fact)).toThrow("is a fact");
});
