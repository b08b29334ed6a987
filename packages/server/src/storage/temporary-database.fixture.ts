import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "../support/index.ts";
import { Database } from "./database.ts";
import { type Migration, shippedMigrations } from "./migrate.ts";

/** A folder that goes away with its scope. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "reelay-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A real database on a real file. */
export interface TemporaryDatabase extends AsyncDisposable {
  readonly database: Database;
  readonly path: string;
  readonly folder: string;
}

export function temporaryDatabase(migrations: readonly Migration[] = shippedMigrations()): TemporaryDatabase {
  const folder = temporaryFolder();
  const path = join(folder.path, "reelay.db");
  const database = open(path, migrations);
  return {
    database,
    path,
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await database.close();
      folder[Symbol.dispose]();
    },
  };
}

export function open(path: string, migrations: readonly Migration[] = shippedMigrations()): Database {
  return Database.open(path, { migrations, log: createLogger("silent") });
}

/** One table, for tests of the store itself. */
export const notes: readonly Migration[] = [
  { version: 1, sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE) STRICT" },
];
