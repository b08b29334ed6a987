import { Database, shippedMigrations } from "../storage/index.ts";
import { createLogger, systemClock } from "../support/index.ts";
import { LocalEventLog } from "./local-log.ts";
import { Outbox } from "./outbox.ts";

/** A source under load, to be killed: prints `<seq> <id>` of each event that it was told is committed. */
const path = process.argv[2];
if (path === undefined) throw new Error("usage: kill-writer.fixture.ts <database>");
const database = Database.open(path, { migrations: shippedMigrations(), log: createLogger("silent") });
const log = new LocalEventLog(database, "00000000000000aa");
const outbox = new Outbox({
  clock: systemClock,
  origin: "0".repeat(40),
  onCommitted: (entries) => log.committed(entries),
});

async function writeForEver(writer: number): Promise<never> {
  for (let number = 0; ; number++) {
    const [id] = await database
      .transaction((tx) => {
        const ids = outbox.append(tx, [
          {
            type: "scan.progressed",
            audience: { kind: "section", sectionId: writer },
            subject: `section:${writer}`,
            facts: { message: `${number} ${"x".repeat(300)}` },
          },
        ]);
        // Every seventh unit fails, so that numbers are taken back all the time.
        if (number % 7 === 3) throw new Error("rolled back");
        return ids;
      })
      .catch(() => []);
    if (id !== undefined) process.stdout.write(`${id}\n`);
  }
}

for (let writer = 0; writer < 20; writer++) void writeForEver(writer);
