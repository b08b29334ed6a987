import { readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Logger } from "../support/index.ts";

/** One numbered, forward-only step. `version` counts from 1 without gaps. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** "RELY": marks a database file as Reelay's (PRAGMA application_id). */
export const APPLICATION_ID = 0x52454c59;

/** The migrations that this Reelay comes with: `migrations/0001.sql` and so on. */
export function shippedMigrations(folder: URL = new URL("./migrations/", import.meta.url)): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}\.sql$/.test(name))
    .sort()
    .map((name) => ({ version: Number(name.slice(0, 4)), sql: readFileSync(new URL(name, folder), "utf8") }));
}

/**
 * Brings a database up to the newest migration, each in one transaction, after a backup beside the file
 * (`reelay.db.before-v2-<epoch ms>`) when it holds anything. Foreign keys are off meanwhile, as SQLite's own recipe for
 * changing a table asks (https://sqlite.org/lang_altertable.html), and checked before each commit.
 */
export function migrate(db: DatabaseSync, path: string, migrations: readonly Migration[], log: Logger): void {
  const current = pragma(db, "user_version");
  const pending = migrations.filter((step) => step.version > current);
  const newest = pending.at(-1)?.version;
  if (newest === undefined) return;
  if (current > 0) {
    const backup = `${path}.before-v${newest}-${Date.now()}`;
    backUp(db, backup);
    log.info({ backup }, "database backed up before its migration");
  }
  db.exec("PRAGMA foreign_keys = OFF");
  for (const migration of pending) apply(db, migration);
}

function apply(db: DatabaseSync, { version, sql }: Migration): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec(sql);
    const broken = db.prepare("PRAGMA foreign_key_check").get();
    if (broken !== undefined)
      throw new Error(`migration ${version} leaves a row without its parent in ${broken.table}`);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** Under another name until it is whole: what is called a backup is one. */
function backUp(db: DatabaseSync, backup: string): void {
  const unfinished = `${backup}.unfinished`;
  try {
    db.prepare("VACUUM INTO ?").run(unfinished);
    renameSync(unfinished, backup);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

export function pragma(db: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
