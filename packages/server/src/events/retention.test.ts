import { afterEach, beforeEach, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../storage/temporary-database.fixture.ts";
import { createLogger, ManualClock } from "../support/index.ts";
import { LocalEventLog } from "./local-log.ts";
import type { NewMediaEvent } from "./media-event.ts";
import { Outbox } from "./outbox.ts";
import { formatPosition } from "./position.ts";
import { startOf } from "./resume.ts";
import { Retention, type RetentionLimits } from "./retention.ts";

const MINUTE = 60_000;
/** Left in the file for what comes next. */
const SPARE_PAGES = 2_048;
const DAY = 86_400_000;
const epoch = "00000000000000aa";

let temporary: TemporaryDatabase;
let clock: ManualClock;
let log: LocalEventLog;
let outbox: Outbox;

beforeEach(() => {
  temporary = temporaryDatabase();
  clock = new ManualClock();
  log = new LocalEventLog(temporary.database, epoch);
  outbox = new Outbox({ clock, origin: "0".repeat(40), onCommitted: (entries) => log.committed(entries) });
});
afterEach(() => temporary[Symbol.asyncDispose]());

function retention(limits: Partial<RetentionLimits> = {}): Retention {
  return new Retention({ database: temporary.database, clock, log: createLogger("silent"), limits });
}

/** The texts of what is left, in order. */
function kept(): string[] {
  return temporary.database.read
    .all("SELECT facts ->> 'title' AS title, facts ->> 'message' AS message FROM events ORDER BY seq")
    .map(({ title, message }) => String(title ?? message));
}

async function append(...events: readonly NewMediaEvent[]): Promise<void> {
  await temporary.database.transaction((tx) => void outbox.append(tx, events));
}

function fact(title: string): NewMediaEvent {
  return {
    type: "status.announced",
    audience: { kind: "admins" },
    subject: "section:1",
    facts: { title, description: "", notificationName: "LIBRARY_UPDATE" },
  };
}

function activity(title: string): NewMediaEvent {
  const facts = { uuid: title, type: "x", cancellable: false, userID: 1, title, subtitle: "", progress: -1 };
  return { type: "activity.started", audience: { kind: "admins" }, subject: `activity:${title}`, facts };
}

function progress(message: string, key = "1"): NewMediaEvent {
  return {
    type: "scan.progressed",
    audience: { kind: "section", sectionId: 1 },
    subject: `section:${key}`,
    facts: { message },
  };
}

test("progress is kept whole for ten minutes, then only the newest per key", async () => {
  const keeping = retention();
  await append(progress("a1", "a"), progress("a2", "a"), fact("f"), progress("b1", "b"));
  clock.advance(9 * MINUTE);
  await append(progress("a3", "a"));
  await keeping.run();
  expect(kept()).toEqual(["a1", "a2", "f", "b1", "a3"]);
  clock.advance(2 * MINUTE);
  await keeping.run();
  expect(kept()).toEqual(["f", "b1", "a3"]);
  expect(log.completeAfter()).toBe(0);
});

test("progress that was kept as the newest goes when a newer one comes, however much later", async () => {
  const keeping = retention();
  await append(progress("a1", "a"), progress("b1", "b"));
  clock.advance(11 * MINUTE);
  await keeping.run();
  expect(kept()).toEqual(["a1", "b1"]);
  await append(progress("a2", "a"), progress("a3", "a"));
  await keeping.run();
  expect(kept()).toEqual(["b1", "a2", "a3"]);
  clock.advance(11 * MINUTE);
  await keeping.run();
  expect(kept()).toEqual(["b1", "a3"]);
});

test("a restart finds what was not thinned out before", async () => {
  await append(progress("a1", "a"), progress("a2", "a"));
  clock.advance(11 * MINUTE);
  await retention().run();
  await append(progress("a3", "a"));
  await retention().run();
  expect(kept()).toEqual(["a3"]);
});

test("facts older than 30 days go, with a gap for who resumes from before, and none for who does not miss any", async () => {
  const keeping = retention();
  await append(fact("old 1"), fact("old 2"));
  clock.advance(29 * DAY);
  await append(fact("new"), activity("own family"));
  await keeping.run();
  expect(kept()).toHaveLength(4);
  clock.advance(2 * DAY);
  await keeping.run();
  expect(kept()).toEqual(["new", "own family"]);
  const library = new Set(["library" as const]);
  const at = (seq: number) => startOf(log, formatPosition(epoch, seq), library);
  expect(at(1).gap).toEqual({ reason: "retention", from: `${epoch}-1`, to: `${epoch}-2` });
  expect(at(2).gap).toBeUndefined();
  expect(startOf(log, formatPosition(epoch, 1), new Set(["activity"])).gap).toBeUndefined();
});

test("the age that counts is that of the append, not of the cause: what another server tells late is kept", async () => {
  await append({ ...fact("told late"), time: clock.now() - 60 * DAY });
  await retention().run();
  expect(kept()).toEqual(["told late"]);
});

test("facts are counted per family: a scan displaces only its own", async () => {
  const keeping = retention({ maxFacts: 3 });
  await append(activity("first"), progress("p", "x"));
  await append(...["1", "2", "3", "4", "5"].map(fact));
  await keeping.run();
  expect(kept()).toEqual(["first", "3", "4", "5"]);
  expect(log.completeAfter(new Set(["library"]))).toBe(4);
  expect(log.completeAfter(new Set(["activity"]))).toBe(0);
  await append(fact("6"));
  await keeping.run();
  expect(kept()).toEqual(["first", "4", "5", "6"]);
});

test("past the size of all, the largest family gives way", async () => {
  const keeping = retention({ maxBytes: 60_000 });
  await append(activity("small"));
  for (let number = 0; number < 100; number++) await append(fact(`${number} ${"x".repeat(1_000)}`));
  await keeping.run();
  expect(keeping.bytes).toBeLessThanOrEqual(60_000);
  expect(keeping.bytes).toBeGreaterThan(50_000);
  expect(kept()[0]).toBe("small");
  expect(kept().at(-1)).toMatch(/^99 /);
  expect(await retention({ maxBytes: 60_000 }).run()).toBe(0);
});

test("a crowded turn's units stay whole, and a family's books agree with the table, whatever was removed", async () => {
  const keeping = retention({ maxFacts: 500, maxBytes: 300_000 });
  for (let round = 0; round < 5; round++) {
    const told = Array.from({ length: 400 }, (_, number) =>
      number % 3 === 0 ? progress(`${round} ${number}`, String(number % 50)) : fact(`${round} ${number}`),
    );
    await append(...told);
    clock.advance(6 * MINUTE);
    await keeping.run();
  }
  const fresh = retention({ maxFacts: 500, maxBytes: 300_000 });
  expect(await fresh.run()).toBe(0);
  expect(keeping.bytes).toBe(fresh.bytes);
});

test("its estimate of the size is that of the file, within a fifth", async () => {
  for (let batch = 0; batch < 40; batch++) {
    clock.advance(1);
    await append(...Array.from({ length: 100 }, (_, number) => fact(`${batch} ${number} ${"x".repeat(120)}`)));
  }
  const keeping = retention();
  await keeping.run();
  const [pages] = temporary.database.read.all(
    "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()",
  );
  const bytes = Number(pages?.bytes);
  expect(keeping.bytes).toBeGreaterThan(bytes * 0.8);
  expect(keeping.bytes).toBeLessThan(bytes * 1.2);
});

test("a live stream is served while old events are removed, and the file gives its pages back", async () => {
  for (let batch = 0; batch < 60; batch++) {
    await append(...Array.from({ length: 500 }, (_, number) => fact(`${batch} ${number} ${"x".repeat(400)}`)));
  }
  const pages = () => Number(temporary.database.read.get("PRAGMA page_count")?.page_count);
  const before = pages();
  clock.advance(31 * DAY);
  const run = retention().run();
  let turns = 0;
  let done = false;
  void run.then(() => {
    done = true;
  });
  while (!done) {
    await append(fact(`live ${turns++}`));
  }
  expect(await run).toBe(30_000);
  // One turn for all would be one or two of these.
  expect(turns).toBeGreaterThan(30);
  expect(pages()).toBeLessThan(before);
  expect(temporary.database.read.get("PRAGMA freelist_count")?.freelist_count).toBeLessThanOrEqual(SPARE_PAGES + 100);
  expect(kept()).toEqual(Array.from({ length: turns }, (_, number) => `live ${number}`));
});

test("runs each minute, one at a time, until it is closed", async () => {
  const keeping = retention();
  await append(progress("a1"), progress("a2"));
  keeping.start();
  clock.advance(11 * MINUTE);
  // The one that began in the first of these minutes, and the next.
  await keeping.run();
  clock.advance(MINUTE);
  await keeping.run();
  expect(kept()).toEqual(["a2"]);
  await keeping.close();
  await append(progress("a3"));
  clock.advance(11 * MINUTE);
  expect(kept()).toEqual(["a2", "a3"]);
  await expect(keeping.run()).rejects.toMatchObject({ code: "REELAY_SHUTTING_DOWN" });
});
