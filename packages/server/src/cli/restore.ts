import { copyFile, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { listBackups } from "../butler/index.ts";
import { checkIntegrity, Database, shippedMigrations } from "../storage/index.ts";
import { createLogger, ReelayError } from "../support/index.ts";
import { type ConnectArguments, ServerFinder } from "./api.ts";
import { lockDataFolder } from "./data-lock.ts";
import type { Terminal } from "./terminal.ts";

export interface RestoreArguments extends Pick<ConnectArguments, "data" | "defaultData"> {
  /** The newest by default. */
  readonly backup?: string | undefined;
  readonly list?: boolean;
}

/**
 * Puts a backup in the place of the database, while no server runs. The backup is proved first, and what is replaced is
 * kept beside it. The next start sees an older database and begins a new epoch, so that clients learn of the gap.
 */
export async function restore({ backup, list, ...connect }: RestoreArguments, terminal: Terminal): Promise<number> {
  const { dataDir } = new ServerFinder(connect, terminal.env);
  const backups = listBackups(dataDir);
  if (list === true) {
    for (const { path, time, bytes } of backups) {
      terminal.print(`${new Date(time).toISOString()}  ${(bytes / 1_048_576).toFixed(1)} MiB  ${path}`);
    }
    if (backups.length === 0) terminal.print(`There is no backup in ${dataDir}.`);
    return 0;
  }
  const source = backup === undefined ? backups[0]?.path : resolve(backup);
  if (source === undefined) throw new ReelayError("REELAY_NOT_FOUND", `There is no backup in ${dataDir}.`);
  using _lock = await lockDataFolder(dataDir);
  await prove(source);
  const database = join(dataDir, "reelay.db");
  const kept = `${database}.before-restore-${Date.now()}`;
  await copyFile(source, `${database}.new`);
  // A write-ahead log belongs to the file that it was written for.
  for (const suffix of ["", "-wal", "-shm"]) await moveIfThere(`${database}${suffix}`, `${kept}${suffix}`);
  await rename(`${database}.new`, database);
  terminal.print(`Restored ${source}.`);
  terminal.print(`What was there before is kept as ${kept}.`);
  return 0;
}

/** @throws REELAY_NOT_FOUND, REELAY_DATABASE_UNREADABLE, REELAY_DATABASE_NEWER; nothing was changed then */
async function prove(source: string): Promise<void> {
  if ((await stat(source).catch(() => undefined))?.isFile() !== true) {
    throw new ReelayError("REELAY_NOT_FOUND", `There is no file ${source}.`);
  }
  // Opened as a copy, since opening writes: a migration must not change the backup itself.
  const trial = `${source}.trial`;
  await copyFile(source, trial);
  try {
    const database = Database.open(trial, { migrations: shippedMigrations(), log: createLogger("silent") });
    await database.close();
    const problems = await checkIntegrity(trial, AbortSignal.timeout(3_600_000));
    if (problems.length > 0) throw new ReelayError("REELAY_DATABASE_UNREADABLE", `${source}: ${problems[0]}`);
  } finally {
    for (const suffix of ["", "-wal", "-shm"]) await rm(`${trial}${suffix}`, { force: true });
  }
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
