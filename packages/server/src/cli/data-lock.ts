import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { ReelayError } from "../support/index.ts";
import { makeDataFolder } from "./data-folder.ts";
import { readServerFile } from "./server-file.ts";

/** Who holds the lock may not have written its server.json yet, or may just be ending: this long it is asked again. */
const PATIENCE_MS = 3_000;
const STEP_MS = 50;
/** Primary result code of SQLite: somebody else has the lock. */
const SQLITE_BUSY = 5;

/**
 * Takes a data folder for this process alone; made if it is missing. An empty SQLite database that stays locked: the lock
 * is the kernel's, so it goes with the process however that ends, and works where Node has no lock of its own.
 * @throws REELAY_DATA_IN_USE with the pid and port of the server that has it; REELAY_CONFIG_INVALID if it cannot be made or written.
 */
export async function lockDataFolder(dataDir: string): Promise<Disposable> {
  makeDataFolder(dataDir);
  for (let waited = 0; ; waited += STEP_MS) {
    const lock = tryLock(dataDir);
    if (lock !== undefined) return lock;
    const holder = readServerFile(dataDir);
    if (holder !== undefined) {
      throw new ReelayError(
        "REELAY_DATA_IN_USE",
        `${dataDir} is used by process ${holder.pid}, on port ${holder.port}.`,
      );
    }
    if (waited >= PATIENCE_MS) throw new ReelayError("REELAY_DATA_IN_USE", `${dataDir} is used by another process.`);
    await delay(STEP_MS);
  }
}

function tryLock(dataDir: string): Disposable | undefined {
  const path = join(dataDir, "lock.db");
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if (error instanceof Error && "errcode" in error && Number(error.errcode) % 256 === SQLITE_BUSY) return undefined;
    throw new ReelayError("REELAY_CONFIG_INVALID", `${path} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const held = database;
  return {
    [Symbol.dispose]() {
      if (held.isOpen) held.close();
    },
  };
}
