import { rmSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { LocalEventLog, Outbox } from "../../../packages/server/src/events/index.ts";
import { startServer } from "../../../packages/server/src/server.ts";
import { backUp, checkIntegrity, Database, shippedMigrations } from "../../../packages/server/src/storage/index.ts";
import { createLogger, systemClock } from "../../../packages/server/src/support/index.ts";

// A server that measures the delay of its own event loop, on a log with so many events. While it measures, backups and checks of the
// database are made without end, as the scheduled tasks make them, which alone would come one after the other.
const [dataDir = "", events = "0", ...folders] = process.argv.slice(2);
const file = join(dataDir, "reelay.db");
await seed(Number(events));
const server = await startServer({
  dataDir,
  host: "127.0.0.1",
  port: 0,
  durability: "normal",
  numericIds: false,
  maxStreams: 100,
  hostNames: [],
  sections: folders.map((path) => ({ path })),
  log: createLogger("silent"),
});
await server.firstScanDone;
const delay = monitorEventLoopDelay({ resolution: 1 });
const never = new AbortController().signal;
let stopping = false;
const made = { backups: 0, checks: 0 };
let work: Promise<unknown> = Promise.resolve();

process.on("message", async (message) => {
  if (message === "begin") {
    delay.enable();
    work = Promise.all([repeat(backUpOnce), repeat(checkOnce)]);
  } else {
    stopping = true;
    await work;
    delay.disable();
    const ms = (nanoseconds: number) => nanoseconds / 1e6;
    process.send?.({
      ...made,
      pruned: Number(events) - seeded(),
      p50: ms(delay.percentile(50)),
      p99: ms(delay.percentile(99)),
      max: ms(delay.max),
    });
    await server.close();
    process.disconnect();
  }
});
process.send?.({ url: server.url, token: server.localToken });

async function repeat(job: () => Promise<void>): Promise<void> {
  do await job();
  while (!stopping);
}

async function backUpOnce(): Promise<void> {
  const target = join(dataDir, "busy-backup.db");
  await backUp(file, target, never);
  rmSync(target, { force: true });
  made.backups++;
}

async function checkOnce(): Promise<void> {
  const problems = await checkIntegrity(file, never);
  if (problems.length > 0) throw new Error(problems.join());
  made.checks++;
}

/** How many of them are left. */
function seeded(): number {
  using database = new DatabaseSync(file, { readOnly: true });
  return Number(database.prepare("SELECT count(*) AS n FROM events WHERE origin = 'seed'").get()?.n);
}

/** A log that has grown. */
async function seed(count: number): Promise<void> {
  const log = createLogger("silent");
  const database = Database.open(file, { migrations: shippedMigrations(), log });
  const eventLog = new LocalEventLog(database, "0123456789abcdef");
  const outbox = new Outbox({
    clock: systemClock,
    origin: "seed",
    onCommitted: (entries) => eventLog.committed(entries),
  });
  for (let done = 0; done < count; done += 1_000) {
    await database.transaction((tx) => {
      const batch = Array.from({ length: 1_000 }, (_, index) => ({
        type: "status.announced" as const,
        audience: { kind: "admins" as const },
        subject: "section:1",
        facts: {
          title: `Announcement ${done + index}`,
          description: "x".repeat(200),
          notificationName: "LIBRARY_UPDATE",
        },
      }));
      outbox.append(tx, batch);
    });
  }
  await database.close();
}
