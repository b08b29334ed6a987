import { lstat } from "node:fs/promises";
import type { Database, Row } from "../storage/index.ts";
import { type Clock, systemCode } from "../support/index.ts";
import { joinBytes } from "./file-name.ts";
import {
  absolutePath,
  CHANGE_COLUMNS,
  type Change,
  type FileStore,
  relativeText,
  type StoredMedia,
  toChange,
} from "./file-store.ts";
import { fingerprint } from "./fingerprint.ts";
import { REMEMBERED_SECONDS } from "./item-store.ts";
import { placeFile } from "./placement.ts";
import type { Section } from "./section-store.ts";

export interface MovesOptions {
  readonly database: Database;
  readonly files: FileStore;
  readonly clock: Clock;
  readonly section: Section;
  /** Only some folders are scanned: a file may have left one that is not among them. */
  readonly partial: boolean;
  readonly signal: AbortSignal;
}

/** New files of the size of one that is missing, was deleted within a day, or may have left a folder not scanned now. */
export const CANDIDATES = `SELECT f.id, f.head, f.tail, f.media, f.deleted_at, f.name, d.path AS folder, l.path AS root,
    EXISTS (SELECT 1 FROM scan_changes m WHERE m.kind = 'missing' AND m.file_id = f.id) AS missing
  FROM files f JOIN folders d ON d.id = f.folder_id JOIN locations l ON l.id = d.location_id
  WHERE f.size = ? AND l.section_id = ? AND f.head IS NOT NULL
    AND (f.deleted_at > ? OR f.deleted_at IS NULL AND (missing OR ?))
  ORDER BY missing DESC, f.deleted_at DESC, f.id LIMIT 100`;

/**
 * Finds files that were moved or renamed, or that are back within a day, by size and the hashes of their first and last
 * 64 KiB, and lets them keep their items. @returns how many
 */
export async function findMoves(options: MovesOptions): Promise<number> {
  const { database, files, clock, section, signal } = options;
  let moved = 0;
  let after = 0;
  for (;;) {
    signal.throwIfAborted();
    const rows = database.read.all(
      // In the order of the table, so that each reading begins where the last one ended: by an index all would be sorted.
      `SELECT ${CHANGE_COLUMNS} WHERE +c.section_id = ? AND c.kind = 'new' AND c.id > ? AND c.size > 0
         AND EXISTS (SELECT 1 FROM files f WHERE f.size = c.size) ORDER BY c.id LIMIT 100`,
      section.id,
      after,
    );
    for (const change of rows.map(toChange)) {
      after = change.id;
      const known = await knownFile(options, change);
      if (known === undefined) continue;
      const media = known.media === null ? undefined : (JSON.parse(String(known.media)) as StoredMedia);
      const placement = placeFile(section.type, relativeText(change), media?.tags);
      await database.transaction((tx) => {
        tx.run("UPDATE scan_changes SET kind = 'moved', file_id = ? WHERE id = ?", known.id ?? null, change.id);
        files.move(
          tx,
          { ...change, kind: "moved", fileId: Number(known.id) },
          placement,
          Math.floor(clock.now() / 1000),
        );
      });
      moved++;
    }
    if (rows.length === 0) return moved;
  }
}

async function knownFile(
  { database, clock, section, partial }: MovesOptions,
  change: Change,
): Promise<Row | undefined> {
  const since = Math.floor(clock.now() / 1000) - REMEMBERED_SECONDS;
  const candidates = database.read.all(CANDIDATES, change.size, section.id, since, partial ? 1 : 0);
  if (candidates.length === 0) return undefined;
  const print = await fingerprint(absolutePath(change)).catch((error: unknown) => {
    if (systemCode(error) === undefined) throw error;
    return undefined; // Vanished or unreadable: the next step meets it again and says so.
  });
  if (print === undefined) return undefined;
  for (const row of candidates) {
    if (row.head !== print.head || row.tail !== print.tail) continue;
    if (row.missing === 1 || row.deleted_at !== null || (await isGone(row))) return row;
  }
  return undefined;
}

async function isGone(row: Row): Promise<boolean> {
  const path = joinBytes(Buffer.from(String(row.root)), row.folder as Uint8Array, row.name as Uint8Array);
  try {
    await lstat(path);
    return false;
  } catch (error) {
    return systemCode(error) === "ENOENT";
  }
}
