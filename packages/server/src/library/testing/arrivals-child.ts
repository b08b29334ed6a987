import { Activities } from "../../activities/index.ts";
import { LocalEventLog, Outbox } from "../../events/index.ts";
import { Database, shippedMigrations } from "../../storage/index.ts";
import { systemClock as clock, createLogger } from "../../support/index.ts";
import { Library } from "../library.ts";

// A server without its network that scans the folder given and then goes on, to tell what is new. Meant to be killed.
const [dataDir = "", folder = ""] = process.argv.slice(2);
const log = createLogger("silent");
const database = Database.open(`${dataDir}/reelay.db`, { migrations: shippedMigrations(), log });
const eventLog = new LocalEventLog(database, "0123456789abcdef");
const outbox = new Outbox({ clock, origin: "child", onCommitted: (entries) => eventLog.committed(entries) });
const activities = new Activities({ database, outbox, clock, log });
await activities.endInterrupted();
const library = new Library({
  database,
  outbox,
  activities,
  clock,
  log,
  dataDir,
  watch: false,
  // The table keeps whole seconds: less would be none at all.
  arrivals: { quietMs: 1_000 },
});
if (library.sections.at(folder) === undefined) {
  await library.sections.add({ name: "Shows", type: "show", paths: [folder] });
}
await library.start();
process.stdout.write("scanned\n");
setInterval(() => undefined, 60_000);
