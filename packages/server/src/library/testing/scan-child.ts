import { Worker } from "node:worker_threads";
import { Activities } from "../../activities/index.ts";
import { LocalEventLog, Outbox } from "../../events/index.ts";
import { Database, shippedMigrations } from "../../storage/index.ts";
import { systemClock as clock, createLogger } from "../../support/index.ts";
import { Library } from "../library.ts";
import type { SectionType } from "../naming.ts";

// A server without its network: scans the folders given, as a start does, and says when it is done. It is killed once its log holds
// so many events (0: never), by a thread of its own: in the middle of whatever the main thread does then, and on no machine too late.
const [dataDir = "", killAt = "0", ...folders] = process.argv.slice(2);
const killer = new Worker(
  "require('node:worker_threads').parentPort.on('message', (pid) => process.kill(pid, 'SIGKILL'))",
  {
    eval: true,
  },
);
killer.unref();
const log = createLogger("silent");
const database = Database.open(`${dataDir}/reelay.db`, { migrations: shippedMigrations(), log });
const eventLog = new LocalEventLog(database, "0123456789abcdef");
const outbox = new Outbox({
  clock,
  origin: "child",
  onCommitted(entries) {
    eventLog.committed(entries);
    if (Number(killAt) > 0 && eventLog.last() >= Number(killAt)) killer.postMessage(process.pid);
  },
});
const activities = new Activities({ database, outbox, clock, log });
await activities.endInterrupted();
const library = new Library({ database, outbox, activities, clock, log, dataDir, watch: false });
for (const folder of folders) {
  const [type = "movie", path = ""] = folder.split("=");
  if (library.sections.at(path) === undefined) {
    await library.sections.add({ name: type, type: type as SectionType, paths: [path] });
  }
}
process.stdout.write("scanning\n");
await library.start();
process.stdout.write("done\n");
await library.close();
await database.close();
