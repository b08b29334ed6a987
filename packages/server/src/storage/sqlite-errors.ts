import { ReelayError } from "../support/index.ts";

/** Primary result codes after which writing cannot work until somebody helps: READONLY, IOERR, FULL, CANTOPEN. */
const outOfService: ReadonlySet<number> = new Set([8, 10, 13, 14]);

/** Whether SQLite says that the disk is full, read-only or failing (https://sqlite.org/rescode.html). */
export function isOutOfService(error: unknown): boolean {
  return (
    error instanceof Error &&
    "errcode" in error &&
    typeof error.errcode === "number" &&
    outOfService.has(error.errcode & 0xff)
  );
}

/** The error as callers get it: a disk that refuses becomes REELAY_STORAGE_READ_ONLY, all else stays what it is. */
export function storageError(error: unknown): unknown {
  return isOutOfService(error) ? new ReelayError("REELAY_STORAGE_READ_ONLY", undefined, { cause: error }) : error;
}
