import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { ReelayError } from "../support/index.ts";
import { APPLICATION_ID, type Migration, pragma } from "./migrate.ts";
import { unreadable } from "./sqlite-errors.ts";

/**
 * Refuses a file that this Reelay must not write to, without a trace on the disk. A missing or empty one is fine.
 * @throws REELAY_DATABASE_NEWER, REELAY_DATABASE_UNREADABLE
 */
export function checkFile(path: string, migrations: readonly Migration[]): void {
  if (sizeOf(path) === 0) return;
  const found = look(path);
  // Begun, but killed before the first migration: no table yet.
  if (found.tables === 0) return;
  if (found.applicationId !== APPLICATION_ID) {
    throw new ReelayError("REELAY_DATABASE_UNREADABLE", `${path} is a database, but not one of Reelay's.`);
  }
  const newest = migrations.at(-1)?.version ?? 0;
  if (found.version > newest) {
    throw new ReelayError(
      "REELAY_DATABASE_NEWER",
      `${path} has version ${found.version}; this Reelay knows ${newest}.`,
    );
  }
}

interface Found {
  readonly tables: number;
  readonly applicationId: number;
  readonly version: number;
}

function look(path: string): Found {
  const url = pathToFileURL(path);
  // Even a read-only connection leaves a write-ahead log behind, unless it is told that nobody else is there. After a
  // kill there is one to be read, and then there is nothing to leave behind.
  if (sizeOf(`${path}-wal`) === 0) url.searchParams.set("immutable", "1");
  let db: DatabaseSync | undefined;
  try {
    // Whoever else reads it after a kill, a backup program or a person, may be reading its write-ahead log right now.
    db = new DatabaseSync(url, { readOnly: true, timeout: 5_000 });
    return {
      tables: Number(db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n),
      applicationId: pragma(db, "application_id"),
      version: pragma(db, "user_version"),
    };
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    db?.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
