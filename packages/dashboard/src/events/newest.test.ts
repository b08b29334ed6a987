import { expect, test } from "vitest";
import type { MediaEvent } from "../api/types.ts";
import { added, begin, notYetIn } from "./newest.ts";

const eventOf = (number: number): MediaEvent => ({
  id: `id-${number}`,
  position: `epoch-${number}`,
  type: "preference.changed",
  time: number,
  subject: null,
  facts: {},
  notification: null,
});
const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => eventOf(from + at));

/** What the history has right below a position; without one, its newest. Newest first. */
const pastOf = (olderThan: string | undefined, newest: number) =>
  numbered(0, olderThan === undefined ? newest : Number(olderThan.slice("epoch-".length))).toReversed();

test("however many events come, the newest and what the history has below them are all that came, each once", () => {
  let newest = begin(numbered(50, 60), () => true);
  for (let came = 60; came < 30_000; came += 37) {
    newest = added(newest, numbered(came, came + 37));
    expect(newest.events.length).toBeLessThanOrEqual(10_000);
    expect(newest.count).toBe(came + 37 - 50);
  }
  const past = pastOf(newest.olderThan, 60);
  const fresh = notYetIn(past, new Set(past.map(({ id }) => id)), newest.events);
  const listed = [...fresh.toReversed(), ...past].map(({ time }) => time);
  expect(listed).toEqual(Array.from({ length: listed.length }, (_, at) => listed.length - 1 - at));
  expect(listed[0]).toBe((newest.events.at(-1) as MediaEvent).time);
});

test("what the history has already is not there twice, also when it is ahead of the stream", () => {
  const { events } = begin(numbered(50, 60), () => true);
  for (const ahead of [55, 60, 70]) {
    const past = pastOf(undefined, ahead);
    const fresh = notYetIn(past, new Set(past.map(({ id }) => id)), events);
    expect(fresh.map(({ time }) => time)).toEqual(ahead >= 60 ? [] : [55, 56, 57, 58, 59]);
  }
});

test("only what matches is kept and counted", () => {
  const even = ({ time }: MediaEvent) => Number(time) % 2 === 0;
  expect(begin(numbered(0, 9), even)).toMatchObject({ count: 5, olderThan: undefined });
});
