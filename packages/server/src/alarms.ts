import { appendFile, readFile, statfs } from "node:fs/promises";
import { z } from "zod";
import type { Outbox } from "./events/index.ts";
import type { Database } from "./storage/index.ts";
import type { Hub } from "./streams/index.ts";
import { type Alarm, type AlarmRaised, type Clock, type ErrorCode, errorCatalogue } from "./support/index.ts";

const codes: Readonly<Record<AlarmRaised["kind"], ErrorCode>> = {
  "database-corrupted": "REELAY_DATABASE_DAMAGED",
  "storage-unwritable": "REELAY_STORAGE_READ_ONLY",
};

interface Rooms {
  readonly alarm: Alarm;
  readonly hub: Hub;
  readonly database: Database;
  readonly outbox: Outbox;
}

/** Tells alarms on the open streams of admins, from memory, and in the log as soon as that can be written again. */
export function tellAlarms({ alarm, hub, database, outbox }: Rooms): void {
  const audience = { kind: "admins" } as const;
  const notificationOf = (raised: AlarmRaised) => ({ type: "status", entry: statusOf(raised) }) as const;
  const standing = () =>
    hub.setStanding(alarm.active.map((raised) => ({ notification: notificationOf(raised), audience })));
  alarm.onRaised((raised) => {
    standing();
    hub.announce(notificationOf(raised), audience);
  });
  standing();
  alarm.onOver((raised) => {
    standing();
    // Inside the commit that ended it: the next turn is the first in which the log can be written.
    setImmediate(() => {
      database
        .transaction((tx) => {
          outbox.append(tx, [
            {
              type: "status.announced",
              audience: { kind: "admins" },
              subject: `alarm:${raised.kind}`,
              time: raised.time,
              facts: { ...statusOf(raised), title: `It is over: ${statusOf(raised).title}` },
            },
          ]);
        })
        // The alarm is raised again then, and told again when it is over.
        .catch(() => undefined);
    });
  });
}

/**
 * Tells in the log what an earlier run could only tell from memory: damage that was found then, and that a restore has
 * ended since. @param file of the alarm
 */
export async function importAlarms(
  file: string,
  { database, outbox }: Pick<Rooms, "database" | "outbox">,
): Promise<void> {
  const text = await readFile(file, "utf8").catch(() => "");
  const open = new Map<string, z.output<typeof alarmLine>>();
  for (const line of text.split("\n")) {
    const alarm = alarmLine.safeParse(parseJson(line));
    if (!alarm.success) continue; // A full disk may have cut a line.
    if (alarm.data.state === "raised") open.set(alarm.data.kind, alarm.data);
    else open.delete(alarm.data.kind);
  }
  const damage = open.get("database-corrupted");
  if (damage === undefined) return;
  await database.transaction((tx) => {
    outbox.append(tx, [
      {
        type: "database.corrupted",
        audience: { kind: "admins" },
        subject: "database",
        time: damage.time,
        facts: { detail: damage.detail ?? "" },
      },
    ]);
  });
  await appendFile(file, `${JSON.stringify({ kind: damage.kind, time: damage.time, state: "imported" })}\n`);
}

const alarmLine = z.object({
  kind: z.string(),
  time: z.number(),
  detail: z.string().optional(),
  state: z.enum(["raised", "over", "imported"]),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function statusOf({ kind, detail }: AlarmRaised) {
  const code = codes[kind];
  const { cause, remedy } = errorCatalogue[code];
  return { title: cause, description: `${code}: ${detail}. ${remedy}`, notificationName: "REELAY_ALARM" };
}

/** How often the disk is looked at: what fills it is told well within five seconds. */
const LOOK_MS = 2_000;
/** Less than this, and SQLite may fail in the middle of a transaction at any moment. */
const LEAST_BYTES = 2 * 1_048_576;

/** Raises the alarm before a write fails, also when nobody writes. @returns what ends the watching */
export function watchStorage(options: {
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly folder: string;
}): () => void {
  const { alarm, clock, folder } = options;
  let full = false;
  return clock.every(LOOK_MS, async () => {
    const disk = await statfs(folder).catch(() => undefined);
    if (disk === undefined) return;
    const free = disk.bavail * disk.bsize;
    if (free < LEAST_BYTES) {
      full = true;
      alarm.raise("storage-unwritable", `${Math.floor(free / 1024)} KiB are free in ${folder}`);
    } else if (full) {
      full = false;
      alarm.clear("storage-unwritable");
    }
  });
}
