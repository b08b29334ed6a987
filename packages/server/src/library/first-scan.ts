import type { Database, Queries, Transaction } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";

/** What was copied while the server was away for longer may have come later, and is news. */
const VALID_MS = 3_600_000;
/** Folders noted or forgotten in one transaction. */
const SLICE = 500;

export interface EndedScan {
  /** Whether no scan of the section had ended before. */
  readonly first: boolean;
  /** Absolute folders that it looked at; undefined for all. */
  readonly folders: readonly Buffer[] | undefined;
  /** Absolute folders with files that were still being copied. */
  readonly unsettled: readonly Buffer[];
}

/**
 * Folders in which a section's first scan met files that were still being copied: what they turn out to be was there from
 * the beginning, and is no news. In a table, so that a restart in the seconds until those files have settled changes nothing.
 */
export class FirstScans {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Whether what is found in this folder now belongs to the section's first scan. */
  has(sectionId: number, folder: Buffer): boolean {
    const row = this.#database.read.get(
      "SELECT seen_at FROM first_scan_folders WHERE section_id = ? AND path = ?",
      sectionId,
      folder,
    );
    return row !== undefined && Math.abs(this.#clock.now() - Number(row.seen_at)) < VALID_MS;
  }

  /** A scan has come to its end. To be kept before the section counts as scanned: a kill between the two is a first scan again. */
  async ended(sectionId: number, { first, folders, unsettled }: EndedScan): Promise<void> {
    const before = foldersOf(this.#database.read, sectionId);
    const still = new Map(unsettled.map((folder) => [keyOf(folder), folder]));
    const kept = first ? [...still.values()] : before.filter((folder) => still.has(keyOf(folder)));
    const gone = before.filter((folder) => !still.has(keyOf(folder)) && (first || isWithin(folder, folders)));
    const now = this.#clock.now();
    await this.#each(kept, (tx, folder) => {
      tx.run(
        `INSERT INTO first_scan_folders (section_id, path, seen_at) VALUES (?, ?, ?)
         ON CONFLICT (section_id, path) DO UPDATE SET seen_at = excluded.seen_at`,
        sectionId,
        folder,
        now,
      );
    });
    await this.#each(gone, (tx, folder) => {
      tx.run("DELETE FROM first_scan_folders WHERE section_id = ? AND path = ?", sectionId, folder);
    });
  }

  async #each(folders: readonly Buffer[], write: (tx: Transaction, folder: Buffer) => void): Promise<void> {
    for (let at = 0; at < folders.length; at += SLICE) {
      await this.#database.transaction((tx) => {
        for (const folder of folders.slice(at, at + SLICE)) write(tx, folder);
      });
    }
  }
}

function foldersOf(queries: Queries, sectionId: number): Buffer[] {
  return queries
    .all("SELECT path FROM first_scan_folders WHERE section_id = ?", sectionId)
    .map(({ path }) => Buffer.from(path as Uint8Array));
}

/** Paths are bytes. */
function keyOf(folder: Buffer): string {
  return folder.toString("latin1");
}

/** @param tops undefined: all */
function isWithin(folder: Buffer, tops: readonly Buffer[] | undefined): boolean {
  return tops === undefined || tops.some((top) => holds(keyOf(top), keyOf(folder)));
}

function holds(top: string, folder: string): boolean {
  return folder === top || folder.startsWith(top.endsWith("/") ? top : `${top}/`);
}
