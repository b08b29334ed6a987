import { describe, expect, test } from "vitest";
import type { EventLog } from "./log.ts";
import type { Family } from "./media-event.ts";
import { formatPosition } from "./position.ts";
import { startOf } from "./resume.ts";

const epoch = "00000000000000aa";
const former = "00000000000000bb";
const foreign = "00000000000000cc";

/** Ends at 100; shares 40 with a former epoch; of `library` everything through 20 is gone, of `activity` through 5. */
const log: EventLog = {
  epoch,
  last: () => 100,
  sharedWith: (other) => (other === former ? 40 : undefined),
  completeAfter: (families) => {
    const removed: [Family, number][] = [
      ["library", 20],
      ["activity", 5],
    ];
    return Math.max(0, ...removed.flatMap(([family, seq]) => (families?.has(family) === false ? [] : [seq])));
  },
  read: async () => [],
  follow: () => {
    throw new Error("a start follows nothing");
  },
};

const all: ReadonlySet<Family> = new Set(["library", "activity"]);
const activities: ReadonlySet<Family> = new Set(["activity"]);

describe.each([
  ["nothing: from now on", undefined, all, 100, undefined, undefined],
  ["an empty text: from now on", "", all, 100, undefined, undefined],
  ["earliest: all that is kept, which is no gap", "earliest", all, 0, undefined, undefined],
  ["a position that is complete", formatPosition(epoch, 50), all, 50, undefined, undefined],
  ["the end", formatPosition(epoch, 100), all, 100, undefined, undefined],
  ["exactly what is complete", formatPosition(epoch, 20), all, 20, undefined, undefined],
  ["a position older than retention", formatPosition(epoch, 19), all, 19, "retention", 20],
  ["one that lost only what its filter leaves out", formatPosition(epoch, 19), activities, 19, undefined, undefined],
  ["the beginning", formatPosition(epoch, 0), activities, 0, "retention", 5],
  ["a position beyond the end", formatPosition(epoch, 101), all, 100, "ahead", 100],
  ["a former epoch, in the shared part", formatPosition(former, 30), all, 30, "epoch", 30],
  ["a former epoch, past the shared part", formatPosition(former, 90), all, 40, "epoch", 40],
  ["a former epoch, before retention", formatPosition(former, 10), all, 10, "epoch", 20],
  ["an unknown epoch: everything", formatPosition(foreign, 90), all, 0, "epoch", 20],
  ["what is no position at all: everything", "garbage", all, 0, "epoch", 20],
] as const)("resuming from %s", (_, requested, families, from, reason, to) => {
  test(`begins after ${from}, ${reason === undefined ? "without a gap" : `with a gap of ${reason}`}`, () => {
    const gap = reason && { reason, from: requested, to: formatPosition(epoch, to) };
    expect(startOf(log, requested, families)).toEqual(gap === undefined ? { from } : { from, gap });
  });
});
