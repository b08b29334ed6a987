import { readdirSync, readFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Logger } from "../support/index.ts";
import { ReelayError } from "../support/index.ts";

/** One numbered, forward-only step. `version` counts from 1 without gaps. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** "RELY": marks a database file as Reelay's (PRAGMA application_id). */
const APPLICATION_ID = 0x52454c59;

/** The migrations that this Reelay comes with: `migrations/0001.sql` and so on. */
export function shippedMigrations(folder: URL = new URL("./migrations/", import.meta.url)): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}\.sql$/.test(name))
    .sort()
    .map((name) => ({ version: Number(name.slice(0, 4)), sql: readFileSync(new URL(name, folder), "utf8") }));
}

/**
 * Brings a database up to the newest migration, each in one transaction, after a backup beside the file
 * (`reelay.db.before-v2`) when it holds anything.
 * @throws REELAY_DATABASE_NEWER, REELAY_DATABASE_UNREADABLE; in both cases nothing was changed.
 */
export function migrate(db: DatabaseSync, path: string, migrations: readonly Migration[], log: Logger): void {
  const current = pragma(db, "user_version");
  const applicationId = pragma(db, "application_id");
  const newest = migrations.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new ReelayError("REELAY_DATABASE_NEWER", `${path} has version ${current}; this Reelay knows ${newest}.`);
  }
  const foreign = db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n;
  if (applicationId !== APPLICATION_ID && foreign !== 0) {
    throw new ReelayError("REELAY_DATABASE_UNREADABLE", `${path} is a database, but not one of Reelay's.`);
  }
  if (current > 0 && current < newest) {
    const backup = `${path}.before-v${newest}-${Date.now()}`;
    db.prepare("VACUUM INTO ?").run(backup);
    log.info({ backup }, "database backed up before its migration");
  }
  for (const migration of migrations.filter((step) => step.version > current)) {
    db.exec("BEGIN IMMEDIATE");
    try {
      db.exec(migration.sql);
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migration.version}`);
      db.exec("COMMIT");
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  }
}

function pragma(db: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
