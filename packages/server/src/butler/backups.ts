import { readdirSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** A finished backup: whole, and proved by SQLite's integrity check when it was made. */
export interface BackupFile {
  readonly path: string;
  /** Epoch ms, from its name. */
  readonly time: number;
  readonly bytes: number;
}

const NAME = /^reelay-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z\.db$/;

/** Where backups are kept. */
function backupFolder(dataDir: string): string {
  return join(dataDir, "backups");
}

/** A new backup's path; names sort by time. */
export async function newBackupPath(dataDir: string, time: number): Promise<string> {
  const folder = backupFolder(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stamp = new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
  return join(folder, `reelay-${stamp}.db`);
}

/** Newest first; anything else in the folder is left alone. */
export function listBackups(dataDir: string): BackupFile[] {
  const folder = backupFolder(dataDir);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // None was made yet.
  }
  return names
    .flatMap((name) => {
      const [, year, month, day, hour, minute, second] = NAME.exec(name) ?? [];
      if (second === undefined) return [];
      const path = join(folder, name);
      const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
      return [{ path, time, bytes: statSync(path).size }];
    })
    .sort((a, b) => b.time - a.time);
}

/** Removes all but the newest `keep`. @returns how many were removed */
export async function pruneBackups(dataDir: string, keep: number): Promise<number> {
  const surplus = listBackups(dataDir).slice(Math.max(1, keep));
  for (const { path } of surplus) await rm(path, { force: true });
  return surplus.length;
}
