import { Activities } from "../../activities/index.ts";
import { LocalEventLog, Outbox } from "../../events/index.ts";
import { Database, shippedMigrations } from "../../storage/index.ts";
import { systemClock as clock, createLogger } from "../../support/index.ts";
import { Library } from "../library.ts";
import type { SectionType } from "../naming.ts";

// A server without its network: scans the folders given, as a start does, and says when it is done. Meant to be killed.
const [dataDir = "", ...folders] = process.argv.slice(2);
const log = createLogger("silent");
const database = Database.open(`${dataDir}/reelay.db`, { migrations: shippedMigrations(), log });
const eventLog = new LocalEventLog(database, "0123456789abcdef");
const outbox = new Outbox({ clock, origin: "child", onCommitted: (entries) => eventLog.committed(entries) });
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
