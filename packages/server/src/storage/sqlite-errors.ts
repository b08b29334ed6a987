import { ReelayError } from "../support/index.ts";

/** Primary result codes after which writing cannot work until somebody helps: READONLY, IOERR, FULL, CANTOPEN. */
const outOfService: ReadonlySet<number> = new Set([8, 10, 13, 14]);
/** PERM, CORRUPT, CANTOPEN, NOTADB; and READONLY and IOERR, when they come at the start. */
const cannotBeUsed: ReadonlySet<number> = new Set([3, 8, 10, 11, 14, 26]);

/** SQLite's primary result code (https://sqlite.org/rescode.html); undefined for other errors. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode & 0xff
    : undefined;
}

/** Whether SQLite says that the disk is full, read-only or failing. */
export function isOutOfService(error: unknown): boolean {
  return outOfService.has(resultCode(error) ?? 0);
}

/** CORRUPT and NOTADB. */
const damaged: ReadonlySet<number> = new Set([11, 26]);

/** Whether SQLite found the file damaged. */
export function isDamaged(error: unknown): boolean {
  return damaged.has(resultCode(error) ?? 0);
}

/** The error as callers get it: a disk that refuses becomes REELAY_STORAGE_READ_ONLY, a damaged file REELAY_DATABASE_DAMAGED, all else stays what it is. */
export function storageError(error: unknown): unknown {
  if (isDamaged(error)) return new ReelayError("REELAY_DATABASE_DAMAGED", undefined, { cause: error });
  return isOutOfService(error) ? new ReelayError("REELAY_STORAGE_READ_ONLY", undefined, { cause: error }) : error;
}

/** The error as the start of the server shows it: a file that cannot be used, or a disk without room for a migration. */
export function unreadable(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !cannotBeUsed.has(resultCode(error) ?? 0)) return storageError(error);
  return new ReelayError("REELAY_DATABASE_UNREADABLE", `${path}: ${error.message}`, { cause: error });
}
