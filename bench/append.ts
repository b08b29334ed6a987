import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LocalEventLog, type NewMediaEvent, Outbox } from "../packages/server/src/events/index.ts";
import { Database, shippedMigrations } from "../packages/server/src/storage/index.ts";
import { createLogger, systemClock } from "../packages/server/src/support/index.ts";
import { inTurns, ratioOf, type Side } from "./measure.ts";
import type { BenchOptions, BenchRow, Goal } from "./report.ts";

const origin = "0".repeat(40);

/** Appending to the log, beside the same rows inserted by a bare `node:sqlite` loop. */
export async function benchAppend(folder: string, options: BenchOptions): Promise<{ rows: BenchRow[]; goals: Goal[] }> {
  const rows: BenchRow[] = [];
  const goals: Goal[] = [];
  for (const bytes of [300, 3_000]) {
    for (const batch of [1, 100]) {
      const what = `${bytes} bytes, ${batch === 1 ? "single" : `batches of ${batch}`}`;
      options.say(`append: ${what}`);
      const path = join(folder, `append-${bytes}-${batch}`);
      await using log = openLog(`${path}.db`);
      using bare = openBare(`${path}-bare.db`);
      const events = Array.from({ length: batch }, () => eventOf(bytes));
      const ms = options.seconds * 1_000;
      const sides: Side[] = [
        {
          name: `append, ${what}`,
          unit: "events/s",
          settings: "each awaited; WAL, synchronous=NORMAL, folded by a worker",
          measure: () => rate(ms, batch, () => log.append(events)),
        },
        {
          name: `bare insert, ${what}`,
          unit: "events/s",
          settings: `prepared, one transaction each; WAL, synchronous=NORMAL, wal_autocheckpoint=1000`,
          measure: async () => rateNow(ms, batch, () => bare.insert(events)),
        },
      ];
      const measured = await inTurns(sides, options.rounds);
      rows.push(...measured);
      goals.push({
        ratio: `append: ${bytes} B ${batch === 1 ? "single" : "batch"} / bare`,
        value: ratioOf(measured),
        atLeast: 0.5,
      });
    }
  }
  return { rows, goals };
}

/** An event whose facts take so many bytes. */
function eventOf(bytes: number): NewMediaEvent {
  const facts = { title: "Library scan complete", description: "", notificationName: "LIBRARY_UPDATE" };
  const description = "x".repeat(bytes - JSON.stringify(facts).length);
  const audience = { kind: "section", sectionId: 1 } as const;
  return { type: "status.announced", audience, subject: "section:1", facts: { ...facts, description } };
}

function openLog(path: string): { append(events: readonly NewMediaEvent[]): Promise<unknown> } & AsyncDisposable {
  const database = Database.open(path, { migrations: shippedMigrations(), log: createLogger("warn") });
  const log = new LocalEventLog(database, "00000000000000aa");
  const outbox = new Outbox({ clock: systemClock, origin, onCommitted: (entries) => log.committed(entries) });
  return {
    append: (events) => database.transaction((tx) => outbox.append(tx, events)),
    [Symbol.asyncDispose]: () => database.close(),
  };
}

/** The least that can be done: the same table and indexes, values that are ready, one statement. */
function openBare(path: string): { insert(events: readonly NewMediaEvent[]): void } & Disposable {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  db.exec("PRAGMA cache_size = -16000");
  for (const { sql } of shippedMigrations()) db.exec(sql);
  const insert =
    db.prepare(`INSERT INTO events (id, type, version, family, progress_key, time, origin, audience, subject, facts)
    VALUES (?, 'status.announced', 1, 'library', NULL, ?, ?, 'section:1', 'section:1', ?)`);
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const texts = new Map<NewMediaEvent, string>();
  const textOf = (event: NewMediaEvent) => {
    const text = texts.get(event) ?? JSON.stringify(event.facts);
    texts.set(event, text);
    return text;
  };
  let next = 0;
  return {
    insert(events) {
      begin.run();
      for (const event of events) {
        insert.run(`0190163d-8694-739b-aea5-${String(next++).padStart(12, "0")}`, next, origin, textOf(event));
      }
      commit.run();
    },
    [Symbol.dispose]: () => db.close(),
  };
}

/** How often per second, counted over `ms`. */
async function rate(ms: number, each: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let count = 0;
  while (performance.now() - started < ms) {
    await work();
    count += each;
  }
  return (count * 1_000) / (performance.now() - started);
}

/** The same without a promise each: nothing is awaited that the bare loop need not await. */
function rateNow(ms: number, each: number, work: () => void): number {
  const started = performance.now();
  let count = 0;
  while (performance.now() - started < ms) {
    work();
    count += each;
  }
  return (count * 1_000) / (performance.now() - started);
}
