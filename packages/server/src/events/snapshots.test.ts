import { expect, test } from "vitest";
import { temporaryDatabase } from "../storage/temporary-database.fixture.ts";
import { createLogger, ManualClock } from "../support/index.ts";
import { LocalEventLog } from "./local-log.ts";
import type { FreshEntry, LogEntry } from "./log.ts";
import type { NewMediaEvent } from "./media-event.ts";
import { Outbox } from "./outbox.ts";
import { Retention } from "./retention.ts";
import { type ItemSnapshot, readSnapshot } from "./snapshots.ts";

const shown: ItemSnapshot = { metadata: { librarySectionType: "movie", ratingKey: "7", title: "Ünï" }, thumb: "ab" };

function ready(item?: ItemSnapshot): NewMediaEvent {
  return {
    type: "item.ready",
    audience: { kind: "section", sectionId: 1 },
    subject: "item:7",
    facts: { sectionId: 1, itemId: 7, metadataType: 1, updatedAt: 2, title: "Ünï" },
    ...(item === undefined ? {} : { item }),
  };
}

test("an item is stored once per content with the events that show it, and read by both ways of the log", async () => {
  await using temporary = temporaryDatabase();
  const { database } = temporary;
  const appended: FreshEntry[] = [];
  const told: LogEntry[] = [];
  const outbox = new Outbox({
    clock: new ManualClock(),
    origin: "5".repeat(40),
    onAppended: (entries) => void appended.push(...entries),
    onCommitted: (entries) => void told.push(...entries),
  });
  const other = { ...shown, thumb: null };
  await database.transaction((tx) => void outbox.append(tx, [ready(shown), ready(shown), ready(other), ready()]));

  const hashes = told.map(({ event }) => event.snapshot);
  expect(hashes[0]).toBe(hashes[1]);
  expect(new Set(hashes).size).toBe(3);
  expect(hashes[3]).toBeUndefined();
  expect(database.read.get("SELECT count(*) AS n FROM snapshots")?.n).toBe(2);
  expect(readSnapshot(database.read, hashes[0] ?? "")).toEqual(shown);
  expect(readSnapshot(database.read, hashes[2] ?? "")).toEqual(other);
  expect(readSnapshot(database.read, "unknown")).toBeUndefined();
  // What is read back from the table is what was told when it happened. The items are told only before.
  expect(await new LocalEventLog(database, "e".repeat(16)).read(0, 10)).toEqual(told);
  expect(JSON.stringify(told)).not.toContain("librarySectionType");
  expect(appended.map(({ item }) => item)).toEqual([shown, shown, other, undefined]);
});

test("what a unit that failed showed is not kept", async () => {
  await using temporary = temporaryDatabase();
  const outbox = new Outbox({ clock: new ManualClock(), origin: "5".repeat(40), onCommitted: () => undefined });
  const failed = temporary.database.transaction((tx) => {
    outbox.append(tx, [ready(shown)]);
    throw new Error("no");
  });
  await expect(failed).rejects.toThrow("no");
  expect(temporary.database.read.all("SELECT hash FROM snapshots")).toEqual([]);
});

test("what nothing refers to any more is removed, some with each run; events and deliveries keep what they show", async () => {
  await using temporary = temporaryDatabase();
  const { database } = temporary;
  const clock = new ManualClock();
  const outbox = new Outbox({ clock, origin: "5".repeat(40), onCommitted: () => undefined });
  const numbered = (n: number): ItemSnapshot => ({ metadata: { ratingKey: String(n) }, thumb: `picture-${n}` });
  await database.transaction((tx) => {
    for (let n = 0; n < 5_000; n++) outbox.append(tx, [ready(numbered(n))]);
  });
  clock.advance(2_000);
  const delivered = await database.transaction((tx) => {
    outbox.append(tx, [ready(numbered(9_000))]);
    const { hash = null } = tx.get("SELECT hash FROM snapshots WHERE thumb = 'picture-7'") ?? {};
    tx.run(
      `INSERT INTO messages (name, subject, snapshot, payload, event_time)
       VALUES ('library.new', 'item:7', ?, '{}', 0)`,
      hash,
    );
    return hash;
  });
  await using retention = new Retention({ database, clock, log: createLogger("silent"), limits: { maxAgeMs: 1_000 } });
  const left = () => database.read.all("SELECT hash, thumb FROM snapshots ORDER BY thumb");
  await retention.run();
  expect(left().length).toBeGreaterThan(2);
  expect(left().length).toBeLessThan(5_001);
  for (let run = 0; run < 4; run++) await retention.run();
  expect(left().map(({ thumb }) => thumb)).toEqual(["picture-7", "picture-9000"]);
  expect(left()[0]?.hash).toBe(delivered);
});
