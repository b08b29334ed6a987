import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EventLog, LogEntry } from "./log.ts";
import type { NewMediaEvent } from "./media-event.ts";

/** A log under test, with the hands that a reader does not have. */
export interface LogUnderTest {
  readonly log: EventLog;
  /** Resolves when the log's `last()` covers the events. */
  append(events: readonly NewMediaEvent[]): Promise<void>;
  /** Removes the entries of family `library` up to `seq` and remembers it, as retention does. */
  removeThrough(seq: number): Promise<void>;
  /** Makes the log the successor of an epoch that it shares up to `seq`. */
  share(epoch: string, seq: number): Promise<void>;
  close(): Promise<void>;
}

/** What every sink relies on, whatever the log is made of. */
export function eventLogContract(name: string, makeLog: () => Promise<LogUnderTest>): void {
  describe(`event log: ${name}`, () => {
    let under: LogUnderTest;
    let log: EventLog;
    beforeEach(async () => {
      under = await makeLog();
      log = under.log;
    });
    afterEach(() => under.close());

    test("is empty at first", async () => {
      expect(log.epoch).toMatch(/^[0-9a-f]{16}$/);
      expect(log.last()).toBe(0);
      expect(await log.read(0, 10)).toEqual([]);
      expect(log.completeAfter()).toBe(0);
      expect(log.sharedWith("ffffffffffffffff")).toBeUndefined();
    });

    test("reads what was appended, in order, after a position and up to a limit", async () => {
      await under.append([told(1), told(2)]);
      await under.append([told(3)]);
      expect(numbers(await log.read(0, 10))).toEqual([1, 2, 3]);
      expect(numbers(await log.read(0, 2))).toEqual([1, 2]);
      const [, second] = await log.read(0, 10);
      expect(numbers(await log.read(second?.seq ?? 0, 10))).toEqual([3]);
      expect(await log.read(log.last(), 10)).toEqual([]);
      expect(await log.read(log.last() + 5, 10)).toEqual([]);
    });

    test("gives each entry a greater seq than the one before, and all that was told of it", async () => {
      await under.append([told(1), told(2), told(3)]);
      const entries = await log.read(0, 10);
      expect(entries.map((entry) => entry.seq)).toEqual([...entries.map((entry) => entry.seq)].sort((a, b) => a - b));
      expect(new Set(entries.map((entry) => entry.event.id)).size).toBe(3);
      expect(entries[0]?.event).toMatchObject(told(1));
    });

    test("is followed without gap or duplicate while it grows", async () => {
      await under.append([told(1)]);
      const following = take(log, 0, 500);
      for (let next = 2; next <= 500; next += 7) {
        const batch = Array.from({ length: Math.min(7, 501 - next) }, (_, offset) => told(next + offset));
        // Not awaited each time, so that some arrive together.
        if (next % 3 === 0) await under.append(batch);
        else void under.append(batch);
      }
      expect(numbers(await following)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    });

    test("is followed by several, each from its own position", async () => {
      await under.append([told(1), told(2)]);
      const from = log.last();
      const all = take(log, 0, 4);
      const newer = take(log, from, 2);
      await under.append([told(3), told(4)]);
      expect(numbers(await all)).toEqual([1, 2, 3, 4]);
      expect(numbers(await newer)).toEqual([3, 4]);
    });

    test("reads, and counts as its last, whatever a follower was given", async () => {
      const appended = under.append([told(1), told(2), told(3)]);
      const entries = await take(log, 0, 3);
      expect(log.last()).toBeGreaterThanOrEqual(entries.at(-1)?.seq ?? 0);
      expect(await log.read(0, 10)).toEqual(entries);
      await appended;
    });

    test("is read the same from its start when it has grown long", async () => {
      for (let batch = 0; batch < 10; batch++) {
        await under.append(Array.from({ length: 1_000 }, (_, index) => told(batch * 1_000 + index)));
      }
      const read: LogEntry[] = [];
      for (let from = 0; read.length < 10_000; from = read.at(-1)?.seq ?? 0) read.push(...(await log.read(from, 700)));
      expect(numbers(read)).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
    });

    test.each(["while it waits", "before it begins"])("ends a following whose signal aborts %s", async (when) => {
      const stop = new AbortController();
      if (when === "before it begins") stop.abort();
      const following = (async () => {
        for await (const entries of log.follow(0, stop.signal)) expect(entries).toEqual([]);
      })();
      await new Promise((resolve) => setImmediate(resolve));
      stop.abort();
      await following;
    });

    test("says up to where facts of a family were removed", async () => {
      await under.append([told(1), told(2), told(3)]);
      await under.removeThrough(2);
      expect(log.completeAfter()).toBe(2);
      expect(log.completeAfter(new Set(["library"]))).toBe(2);
      expect(log.completeAfter(new Set(["activity"]))).toBe(0);
      expect(log.last()).toBe(3);
    });

    test("says how far it shares the history of a former epoch", async () => {
      await under.share("00000000000000ff", 7);
      expect(log.sharedWith("00000000000000ff")).toBe(7);
    });
  });
}

function told(number: number): NewMediaEvent {
  return {
    type: "scan.progressed",
    audience: { kind: "section", sectionId: 1 },
    subject: "section:1",
    facts: { message: String(number) },
  };
}

function numbers(entries: readonly LogEntry[]): number[] {
  return entries.map(({ event }) => (event.type === "scan.progressed" ? Number(event.facts.message) : Number.NaN));
}

async function take(log: EventLog, from: number, count: number): Promise<LogEntry[]> {
  const stop = new AbortController();
  const taken: LogEntry[] = [];
  for await (const entries of log.follow(from, stop.signal)) {
    taken.push(...entries);
    if (taken.length >= count) stop.abort();
  }
  return taken;
}
