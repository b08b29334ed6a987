import { expect, test } from "vitest";
import { temporaryDatabase } from "../storage/temporary-database.fixture.ts";
import { ManualClock } from "../support/index.ts";
import { LocalEventLog } from "./local-log.ts";
import type { LogEntry } from "./log.ts";
import type { NewMediaEvent } from "./media-event.ts";
import { Outbox } from "./outbox.ts";

const origin = "5".repeat(40);

function ready(itemId: number): NewMediaEvent {
  return {
    type: "item.ready",
    audience: { kind: "section", sectionId: 1 },
    subject: `item:${itemId}`,
    facts: { sectionId: 1, itemId, metadataType: 1, updatedAt: 2, title: "Ünïcode „quoted“ \u{1f3ac}\n" },
  };
}

function outboxTo(told: LogEntry[], clock = new ManualClock()): Outbox {
  return new Outbox({ clock, origin, onCommitted: (entries) => void told.push(...entries) });
}

test("events get their places in the order of the units and of each append, and are told in it after the COMMIT", async () => {
  await using temporary = temporaryDatabase();
  const told: LogEntry[] = [];
  const outbox = outboxTo(told);
  const append = (...items: number[]) => temporary.database.transaction((tx) => outbox.append(tx, items.map(ready)));
  const units = [append(1, 2), append(3), append(4, 5)];
  expect(told).toEqual([]);
  const ids = (await Promise.all(units)).flat();
  expect(told.map(({ seq, event }) => [seq, event.subject, event.id])).toEqual(
    [1, 2, 3, 4, 5].map((number, index) => [number, `item:${number}`, ids[index]]),
  );
  expect(new Set(ids).size).toBe(5);
  expect(ids.join()).toMatch(/^([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12},?){5}$/);
});

test("what a unit that failed appended is told to nobody and leaves no hole", async () => {
  await using temporary = temporaryDatabase();
  const told: LogEntry[] = [];
  const outbox = outboxTo(told);
  const failed = temporary.database.transaction((tx) => {
    outbox.append(tx, [ready(1), ready(2)]);
    throw new Error("no");
  });
  const done = temporary.database.transaction((tx) => outbox.append(tx, [ready(3)]));
  await expect(failed).rejects.toThrow("no");
  await done;
  expect(told.map(({ seq, event }) => [seq, event.subject])).toEqual([[1, "item:3"]]);
});

test("an event is the same, live and read back", async () => {
  await using temporary = temporaryDatabase();
  const told: LogEntry[] = [];
  const clock = new ManualClock(1_234_567_890_123);
  const outbox = outboxTo(told, clock);
  await temporary.database.transaction((tx) => outbox.append(tx, [ready(1), { ...ready(2), time: 5 }]));
  expect(await new LocalEventLog(temporary.database, "00000000000000aa").read(0, 10)).toEqual(told);
  expect(told[0]?.event).toEqual({ ...ready(1), id: told[0]?.event.id, version: 1, time: 1_234_567_890_123, origin });
  expect(told[1]?.event.time).toBe(5);
});

test("appending nothing does nothing", async () => {
  await using temporary = temporaryDatabase();
  const told: LogEntry[] = [];
  expect(await temporary.database.transaction((tx) => outboxTo(told).append(tx, []))).toEqual([]);
  expect(told).toEqual([]);
});
