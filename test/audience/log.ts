import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { MediaEventType } from "../../packages/server/src/events/media-event.ts";

/** An event as the database has it. */
export interface Logged {
  readonly seq: number;
  readonly type: MediaEventType;
  /** As the log has it: `section:1`. */
  readonly audience: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The log of a server, read past the server. */
export function readLog(dataDir: string): Logged[] {
  using db = new DatabaseSync(join(dataDir, "reelay.db"), { readOnly: true });
  return db
    .prepare("SELECT seq, type, audience, facts FROM events ORDER BY seq")
    .all()
    .map((row) => ({
      seq: Number(row.seq),
      type: row.type as MediaEventType,
      audience: String(row.audience),
      facts: JSON.parse(String(row.facts)) as Logged["facts"],
    }));
}
