import type { Database, Row, Transaction } from "../storage/index.ts";
import { formatPictures } from "./item-pictures.ts";
import type { Location, Section } from "./section-store.ts";
import { type FoundFile, type FoundFolder, walk } from "./walk.ts";

/** A media file whose last change is younger is still being copied, as far as anybody can tell. */
export const SETTLE_MS = 2_000;

export interface DiffOptions {
  readonly database: Database;
  readonly section: Section;
  readonly location: Location;
  /** Relative folders; the whole location by default. */
  readonly within?: readonly Buffer[];
  /** Take every file for changed: read it all again. */
  readonly force: boolean;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onFolder: (path: Buffer) => void;
}

export interface Diff {
  readonly folders: number;
  readonly files: number;
  /** Folders and files that could not be looked at, relative to the location. */
  readonly problems: readonly { readonly path: Buffer; readonly code: string }[];
  /** Folders with files that are still being copied. */
  readonly unsettled: readonly Buffer[];
}

interface FolderDiff {
  readonly path: Buffer;
  readonly knownId: number | undefined;
  readonly pictures: string;
  readonly picturesChanged: boolean;
  readonly changes: readonly { kind: "new" | "changed" | "missing"; file: FoundFile; fileId: number | null }[];
  /** Files that had been missing and are back, as they were. */
  readonly back: readonly number[];
}

/** Problems are told by name up to here; a broken disk has millions. */
const MAX_PROBLEMS = 1_000;
/** Folders per unit of work. */
const BATCH = 200;

/**
 * Walks one location and leaves in `scan_changes` what differs from the database: memory does not grow with the library.
 * Folders that the walk saw get this scan's number; what keeps an older one is gone.
 */
export async function diffLocation(options: DiffOptions, scan: number): Promise<Diff> {
  const { database, section, location } = options;
  const problems: { path: Buffer; code: string }[] = [];
  const unsettled: Buffer[] = [];
  let folders = 0;
  let files = 0;
  let batch: FolderDiff[] = [];
  const flush = async () => {
    const ready = batch;
    batch = [];
    if (ready.length > 0) await database.transaction((tx) => record(tx, section.id, location.id, scan, ready));
  };
  const found = walk(Buffer.from(location.path), {
    kind: section.type === "artist" ? "audio" : "video",
    ...(options.within === undefined ? {} : { within: options.within }),
    signal: options.signal,
    onProblem: (problem) => {
      if (problems.length < MAX_PROBLEMS) problems.push(problem);
    },
  });
  for await (const folder of found) {
    folders++;
    files += folder.media.length;
    options.onFolder(folder.path);
    const known = knownFolder(database, location.id, folder.path);
    const diff = compare(folder, known, options);
    if (diff.unsettled) unsettled.push(folder.path);
    batch.push(diff);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  await database.transaction((tx) => {
    for (const { path } of problems) keepBelow(tx, location.id, path, scan);
  });
  for (const path of options.within ?? [Buffer.alloc(0)]) {
    let after: number | undefined = 0;
    while (after !== undefined) {
      const from: number = after;
      after = await database.transaction((tx) => stageMissing(tx, { section, location, scan, path, after: from }));
    }
  }
  return { folders, files, problems, unsettled };
}

interface KnownFolder {
  readonly id: number;
  readonly pictures: string;
  readonly files: readonly Row[];
}

/** One query for the folder and its files: an unchanged library costs little more than these and the walk. */
function knownFolder(database: Database, locationId: number, path: Buffer): KnownFolder | undefined {
  const rows = database.read.all(
    `SELECT d.id AS folder_id, d.pictures, f.id, f.name, f.size, f.mtime, f.inode, f.head, f.unavailable_since
     FROM folders d LEFT JOIN files f ON f.folder_id = d.id AND f.deleted_at IS NULL
     WHERE d.location_id = ? AND d.path = ?`,
    locationId,
    path,
  );
  const [first] = rows;
  if (first === undefined) return undefined;
  return { id: Number(first.folder_id), pictures: String(first.pictures), files: first.id === null ? [] : rows };
}

function compare(
  folder: FoundFolder,
  known: KnownFolder | undefined,
  { force, now }: DiffOptions,
): FolderDiff & { readonly unsettled: boolean } {
  const byName = new Map((known?.files ?? []).map((row) => [nameKey(row.name as Uint8Array), row]));
  const changes: { kind: "new" | "changed" | "missing"; file: FoundFile; fileId: number | null }[] = [];
  const back: number[] = [];
  let unsettled = false;
  const time = now();
  for (const file of folder.media) {
    const key = nameKey(file.name);
    const row = byName.get(key);
    byName.delete(key);
    const same =
      row !== undefined &&
      row.size === file.size &&
      row.mtime === file.mtime &&
      row.inode === file.inode &&
      row.head !== null;
    if (same && row.unavailable_since !== null) back.push(Number(row.id));
    if (same && !force) continue;
    if (Math.abs(time - file.mtime) < SETTLE_MS) unsettled = true;
    else
      changes.push({
        kind: row === undefined ? "new" : "changed",
        file,
        fileId: row === undefined ? null : Number(row.id),
      });
  }
  for (const row of byName.values()) {
    const file = {
      name: Buffer.from(row.name as Uint8Array),
      size: Number(row.size),
      mtime: Number(row.mtime),
      inode: Number(row.inode),
    };
    changes.push({ kind: "missing", file, fileId: Number(row.id) });
  }
  const pictures = formatPictures(folder.pictures);
  return {
    path: folder.path,
    knownId: known?.id,
    pictures,
    picturesChanged: pictures !== (known?.pictures ?? ""),
    changes,
    back,
    unsettled,
  };
}

/** Bytes as a map key. */
function nameKey(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.byteLength).toString("latin1");
}

function record(
  tx: Transaction,
  sectionId: number,
  locationId: number,
  scan: number,
  diffs: readonly FolderDiff[],
): void {
  for (const diff of diffs) {
    const folderId = seen(tx, locationId, scan, diff);
    if (diff.picturesChanged) stage(tx, sectionId, "pictures", folderId, null, null);
    for (const { kind, file, fileId } of diff.changes) stage(tx, sectionId, kind, folderId, file, fileId);
    for (const id of diff.back) tx.run("UPDATE files SET unavailable_since = NULL WHERE id = ?", id);
  }
}

/** Marks a folder as seen by this scan. @returns its id */
function seen(tx: Transaction, locationId: number, scan: number, diff: FolderDiff): number {
  if (diff.knownId !== undefined && !diff.picturesChanged) {
    tx.run("UPDATE folders SET scan = ? WHERE id = ?", scan, diff.knownId);
    return diff.knownId;
  }
  const row = tx.get(
    `INSERT INTO folders (location_id, path, scan, pictures) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (location_id, path) DO UPDATE SET scan = ?3, pictures = ?4 RETURNING id`,
    locationId,
    diff.path,
    scan,
    diff.pictures,
  );
  return Number(row?.id);
}

function stage(
  tx: Transaction,
  sectionId: number,
  kind: string,
  folderId: number,
  file: FoundFile | null,
  fileId: number | null,
): void {
  tx.run(
    "INSERT INTO scan_changes (section_id, kind, folder_id, name, size, mtime, inode, file_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    sectionId,
    kind,
    folderId,
    file?.name ?? null,
    file?.size ?? null,
    file?.mtime ?? null,
    file?.inode ?? null,
    fileId,
  );
}

/** What could not be looked at is not gone: it and all below it count as seen, and a file in it as there. */
function keepBelow(tx: Transaction, locationId: number, path: Buffer, scan: number): void {
  tx.run(
    "UPDATE folders SET scan = ?1 WHERE location_id = ?2 AND (path = ?3 OR substr(path, 1, length(?3) + 1) = ?4 OR length(?3) = 0)",
    scan,
    locationId,
    path,
    Buffer.concat([path, Buffer.from("/")]),
  );
  const slash = path.lastIndexOf(0x2f);
  tx.run(
    `DELETE FROM scan_changes WHERE kind = 'missing' AND name = ?
     AND folder_id = (SELECT id FROM folders WHERE location_id = ? AND path = ?)`,
    path.subarray(slash + 1),
    locationId,
    path.subarray(0, Math.max(0, slash)),
  );
}

interface MissingOptions {
  readonly section: Section;
  readonly location: Location;
  readonly scan: number;
  /** The folder that was walked. */
  readonly path: Buffer;
  /** Files with a greater id. */
  readonly after: number;
}

/** Some files of folders that this scan should have seen and did not. @returns the last one's id, undefined at the end */
function stageMissing(tx: Transaction, { section, location, scan, path, after }: MissingOptions): number | undefined {
  const rows = tx.all(
    `SELECT f.id, f.folder_id, f.name, f.size, f.mtime, f.inode
     FROM folders d JOIN files f ON f.folder_id = d.id AND f.deleted_at IS NULL
     WHERE d.location_id = ?1 AND d.scan <> ?2 AND f.id > ?5
       AND (length(?3) = 0 OR d.path = ?3 OR substr(d.path, 1, length(?3) + 1) = ?4) ORDER BY f.id LIMIT 500`,
    location.id,
    scan,
    path,
    Buffer.concat([path, Buffer.from("/")]),
    after,
  );
  for (const row of rows) {
    const file = {
      name: Buffer.from(row.name as Uint8Array),
      size: Number(row.size),
      mtime: Number(row.mtime),
      inode: Number(row.inode),
    };
    stage(tx, section.id, "missing", Number(row.folder_id), file, Number(row.id));
  }
  const last = rows.at(-1);
  return last === undefined ? undefined : Number(last.id);
}
