import { stat } from "node:fs/promises";
import type { Database, Transaction } from "../storage/index.ts";
import type { Clock, ErrorCode } from "../support/index.ts";
import type { ArtworkStore } from "./artwork.ts";
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
import type { ItemPictures } from "./item-pictures.ts";
import { placeFile } from "./placement.ts";
import type { ProbePool, ProbeResult } from "./probe.ts";
import type { Section } from "./section-store.ts";

export interface ApplyOptions {
  readonly database: Database;
  readonly files: FileStore;
  readonly pictures: ItemPictures;
  readonly artwork: ArtworkStore;
  readonly probes: ProbePool;
  /** How many files are probed ahead of the one that is written. */
  readonly ahead: number;
  readonly clock: Clock;
  readonly section: Section;
  readonly signal: AbortSignal;
  /** @param progress 0 to 100 */
  readonly onProgress: (name: string, progress: number) => void;
  /** Tells of a file that cannot be read, in the transaction that notes it. */
  readonly tellProblem: (tx: Transaction, path: Buffer, code: ErrorCode) => void;
}

export interface Applied {
  readonly added: number;
  readonly changed: number;
  /** Absolute folders with files that changed while they were read. */
  readonly unsettled: readonly Buffer[];
}

/** Changes read from the table at once. */
const BATCH = 500;

interface Started {
  readonly change: Change;
  /** Known before the probe for videos, whose names tell everything; tracks need their tags. */
  readonly fileId: number | undefined;
  readonly probed: Promise<ProbeResult>;
}

/**
 * Takes new and changed files in, in the order of their paths: a few are probed ahead while the earlier ones are
 * written, so that the workers are busy and the order of the events is that of the names.
 */
export async function applyChanges(options: ApplyOptions): Promise<Applied> {
  const { database, files, section, signal, probes, clock } = options;
  const counted = database.read.get(
    "SELECT count(*) AS n FROM scan_changes WHERE section_id = ? AND kind IN ('new', 'changed')",
    section.id,
  );
  const total = Number(counted?.n);
  const result = { added: 0, changed: 0, unsettled: [] as Buffer[] };
  const window: Started[] = [];
  let done = 0;
  let shelf: string | undefined;
  const finishNext = async () => {
    const started = window.shift();
    if (started === undefined) return;
    const name = relativeText(started.change);
    const topFolder = name.slice(0, Math.max(0, name.indexOf("/")));
    // What lies in one top folder is one show or artist: the parents are settled when it is done.
    if (shelf !== undefined && topFolder !== shelf) await settleParents(options);
    shelf = topFolder;
    if (!(await finish(options, started))) result.unsettled.push(joinBytes(started.change.root, started.change.folder));
    else if (started.change.kind === "new") result.added++;
    else result.changed++;
    done++;
    options.onProgress(name, Math.floor((100 * done) / Math.max(total, done)));
  };
  for (let last: Change | undefined; ; ) {
    const changes: Change[] = nextChanges(database, section.id, last);
    if (changes.length === 0) break;
    for (const change of changes) {
      signal.throwIfAborted();
      last = change;
      const known = change.fileId ?? undefined;
      const fileId =
        known ??
        (section.type === "artist"
          ? undefined
          : await database.transaction((tx) => {
              const placement = placeFile(section.type, relativeText(change), undefined);
              return files.add(tx, change, placement, seconds(clock), total - done);
            }));
      const probed = probes.probe(absolutePath(change), section.type === "artist" ? "audio" : "video");
      // A scan that is cancelled leaves these behind; nobody waits for them then.
      probed.catch(() => undefined);
      window.push({ change, fileId, probed });
      while (window.length > options.ahead) await finishNext();
    }
    while (window.length > 0) await finishNext();
  }
  await settleParents(options);
  await refreshPictures(options);
  return result;
}

/** In the order of paths, after `last`. */
function nextChanges(database: Database, sectionId: number, last: Change | undefined): Change[] {
  return database.read
    .all(
      `SELECT ${CHANGE_COLUMNS} WHERE c.section_id = ?1 AND c.kind IN ('new', 'changed')
         AND (?2 IS NULL OR (l.path, d.path, c.name) > (?2, ?3, ?4)) ORDER BY l.path, d.path, c.name LIMIT ${BATCH}`,
      sectionId,
      last === undefined ? null : last.root.toString(),
      last?.folder ?? null,
      last?.name ?? null,
    )
    .map(toChange);
}

/** @returns false when the file changed while it was read: it is left for the next scan */
async function finish(options: ApplyOptions, { change, fileId, probed }: Started): Promise<boolean> {
  const { database, files, pictures, section, clock } = options;
  const probe = await probed;
  const settled = await unchangedSince(change);
  if (settled === "vanished") {
    await database.transaction((tx) => {
      if (fileId !== undefined) files.remove(tx, [fileId], seconds(clock));
      tx.run("DELETE FROM scan_changes WHERE id = ?", change.id);
    });
    return true;
  }
  if (settled === "changing") return false;
  const media = await storedMedia(options, probe);
  const known =
    fileId ??
    (await database.transaction((tx) => {
      const placement = placeFile(section.type, relativeText(change), probe.tags);
      return files.add(tx, change, placement, seconds(clock), 0);
    }));
  const thumbs = await pictures.forFile(known, media?.cover);
  await database.transaction((tx) => {
    if (change.kind === "changed" && section.type === "artist") {
      files.replace(tx, change, known, placeFile(section.type, relativeText(change), probe.tags), seconds(clock));
    }
    pictures.set(tx, thumbs);
    const read = {
      // A file that took too long is tried again by the next scan: without a fingerprint it counts as unread.
      ...(probe.fingerprint === undefined || probe.error?.code === "REELAY_MEDIA_TIMEOUT"
        ? {}
        : { fingerprint: probe.fingerprint }),
      ...(media === undefined ? {} : { media }),
      ...(probe.error === undefined ? {} : { error: probe.error.code }),
    };
    const error = files.settle(tx, known, change, read, seconds(clock));
    tx.run("DELETE FROM scan_changes WHERE id = ?", change.id);
    if (error !== undefined) options.tellProblem(tx, absolutePath(change), error);
  });
  return true;
}

async function unchangedSince(change: Change): Promise<"settled" | "changing" | "vanished"> {
  try {
    const now = await stat(absolutePath(change));
    return now.size === change.size && now.mtimeMs === change.mtime ? "settled" : "changing";
  } catch {
    return "vanished"; // Also a folder that may not be entered any more: the next scan tells which.
  }
}

async function storedMedia({ artwork }: ApplyOptions, probe: ProbeResult): Promise<StoredMedia | undefined> {
  if (probe.media === undefined) return undefined;
  const stored = probe.picture === undefined ? undefined : await artwork.put(probe.picture.bytes);
  return {
    ...probe.media,
    ...(probe.tags === undefined ? {} : { tags: probe.tags }),
    ...(stored !== undefined && "hash" in stored ? { cover: stored.hash } : {}),
  };
}

async function settleParents({ database, files, pictures, section, clock }: ApplyOptions): Promise<void> {
  const thumbs = await pictures.forUnsettledParents(section.id);
  await database.transaction((tx) => {
    pictures.set(tx, thumbs);
    files.settleParents(tx, section.id, seconds(clock));
  });
}

/** Folders whose pictures changed: their items get the new ones, each told by one bare 5. */
async function refreshPictures({ database, files, pictures, section, clock, signal }: ApplyOptions): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const row = database.read.get(
      "SELECT id, folder_id FROM scan_changes WHERE section_id = ? AND kind = 'pictures' ORDER BY id LIMIT 1",
      section.id,
    );
    if (row === undefined) return;
    const thumbs = await pictures.changedIn(Number(row.folder_id));
    await database.transaction((tx) => {
      pictures.set(tx, thumbs);
      for (const { itemId } of thumbs) files.settleItem(tx, itemId, seconds(clock));
      tx.run("DELETE FROM scan_changes WHERE id = ?", row.id ?? null);
    });
  }
}

function seconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
