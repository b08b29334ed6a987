import { expect, test } from "vitest";
import { Breaker } from "./breaker.ts";
import { delayAfter, retryAfter } from "./schedule.ts";

test("five failures in a row open it for half a minute, each further one for twice as long, an hour at most", () => {
  const breaker = new Breaker();
  for (let failure = 0; failure < 4; failure++) expect(breaker.failed(0)).toBe(false);
  expect(breaker.state(0)).toBe("closed");
  expect(breaker.failed(0)).toBe(true);
  const open: number[] = [];
  for (let round = 0; round < 10; round++) {
    open.push((breaker.openUntil - now()) / 1_000);
    at = breaker.openUntil;
    expect(breaker.state(at - 1)).toBe("open");
    expect(breaker.state(at)).toBe("half-open");
    expect(breaker.failed(at)).toBe(false);
  }
  expect(open).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
});

let at = 0;
const now = () => at;

test("what fails while it is open says nothing new, and one success closes it", () => {
  const breaker = new Breaker();
  for (let failure = 0; failure < 9; failure++) breaker.failed(0);
  expect(breaker.openUntil).toBe(30_000);
  expect(breaker.succeeded()).toBe(true);
  expect(breaker.state(0)).toBe("closed");
  expect(breaker.succeeded()).toBe(false);
});

test("one that failed before the start is tried once first", () => {
  const breaker = new Breaker(true);
  expect(breaker.state(5)).toBe("half-open");
  breaker.failed(5);
  expect(breaker.state(5)).toBe("open");
});

test("delays differ by a tenth at most, so that what failed together comes apart", () => {
  expect([0, 0.5, 1].map((random) => delayAfter(3, random))).toEqual([108_000, 120_000, 132_000]);
  expect(delayAfter(500, 0.5)).toBe(36_000_000);
});

test.each([
  ["120", 120_000],
  [" 0 ", 0],
  ["99999999", 86_400_000],
  ["99999999999999999999", 86_400_000],
  ["9".repeat(400), 86_400_000],
  ["Wed, 21 Oct 2026 07:28:30 GMT", 30_000],
  ["Wed, 21 Oct 2026 07:27:00 GMT", 0],
  ["Wednesday, 21-Oct-26 07:28:30 GMT", 30_000],
  ["Wed Oct 21 07:28:30 2026", 30_000],
  ["Fri, 31 Dec 9999 23:59:59 GMT", 86_400_000],
  ["soon", undefined],
  ["-5", undefined],
  ["", undefined],
  ["1.5", undefined],
  ["120, 120", undefined],
  ["Wed, 99 Oct 2026 07:28:30 GMT", undefined],
])("Retry-After: %s", (header, ms) => {
  expect(retryAfter(header, Date.UTC(2026, 9, 21, 7, 28, 0))).toBe(ms);
});

test("without Retry-After nothing is asked for", () => {
  expect(retryAfter(undefined, 0)).toBeUndefined();
});
