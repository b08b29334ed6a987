import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ReelayError, systemCode } from "../support/index.ts";

/**
 * Makes the data folder, and those above it, where they are missing: for its user alone.
 * @throws REELAY_CONFIG_INVALID if it cannot be made, or something else has its name
 */
export function makeDataFolder(dataDir: string): void {
  try {
    makeFolder(dataDir);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ReelayError(
      "REELAY_CONFIG_INVALID",
      `--data: ${dataDir} cannot be made: ${why}. It must be a folder, or a place where this user may make one.`,
      { cause: error },
    );
  }
}

/**
 * One by one: Node's own way to make several at once never ends where the file system has no place for one, as below /proc.
 * @throws the system's error for the one that cannot be made
 */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = systemCode(error);
    if (isFolder(path)) return;
    if (code !== "ENOENT" || isFolder(dirname(path))) throw error;
    makeFolder(dirname(path));
    // As before, because by now another process may have made it.
    makeFolder(path);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
