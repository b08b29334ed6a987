import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Database, shippedMigrations } from "../storage/index.ts";
import { createLogger, ManualClock } from "../support/index.ts";
import { eventLogContract, type LogUnderTest } from "./event-log.contract.ts";
import { LocalEventLog } from "./local-log.ts";
import { MemoryEventLog } from "./memory-log.ts";
import { Outbox } from "./outbox.ts";

const epoch = "00000000000000aa";

eventLogContract("the table of the server's own database", async (): Promise<LogUnderTest> => {
  const folder = mkdtempSync(join(tmpdir(), "reelay-log-"));
  const database = Database.open(join(folder, "reelay.db"), {
    migrations: shippedMigrations(),
    log: createLogger("silent"),
  });
  const log = new LocalEventLog(database, epoch);
  const outbox = new Outbox({
    clock: new ManualClock(),
    origin: "0".repeat(40),
    onCommitted: (entries) => log.committed(entries),
  });
  return {
    log,
    append: (events) =>
      database.transaction((tx) => {
        outbox.append(tx, events);
      }),
    removeThrough: (seq) =>
      database.transaction((tx) => {
        tx.run("DELETE FROM events WHERE seq <= ?", seq);
        tx.run("INSERT INTO retained (family, removed_through) VALUES ('library', ?)", seq);
      }),
    share: (former, seq) =>
      database.transaction((tx) => {
        tx.run("INSERT INTO epochs (epoch, last_seq) VALUES (?, ?)", former, seq);
      }),
    async close() {
      await database.close();
      rmSync(folder, { recursive: true });
    },
  };
});

eventLogContract("asynchronous, with late and batched arrival", async (): Promise<LogUnderTest> => {
  const log = new MemoryEventLog({ epoch, delay: () => Math.random() * 3 });
  return {
    log,
    append: (events) => log.append(events),
    removeThrough: async (seq) => log.removeThrough(seq, "library"),
    share: async (former, seq) => log.share(former, seq),
    close: async () => undefined,
  };
});
