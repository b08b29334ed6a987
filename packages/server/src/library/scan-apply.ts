import { stat } from "node:fs/promises";
import type { Database, Transaction } from "../storage/index.ts";
import type { Clock, ErrorCode } from "../support/index.ts";
import type { Coming } from "./arrivals.ts";
import type { ArtworkStore } from "./artwork.ts";
import { joinBytes } from "./file-name.ts";
import { absolutePath, type Change, type FileStore, relativeText, type StoredMedia } from "./file-store.ts";
import type { FirstScans } from "./first-scan.ts";
import type { ItemPictures, Thumb } from "./item-pictures.ts";
import { placeFile } from "./placement.ts";
import type { ProbePool, ProbeResult } from "./probe.ts";
import { changesInOrder } from "./scan-order.ts";
import type { Section } from "./section-store.ts";

export interface ApplyOptions {
  readonly database: Database;
  readonly files: FileStore;
  readonly pictures: ItemPictures;
  readonly artwork: ArtworkStore;
  readonly probes: ProbePool;
  /** How many files are probed while as many are written. */
  readonly ahead: number;
  readonly clock: Clock;
  readonly section: Section;
  /** Folders of the section that lie on another disk than before: what is in them is nothing new. */
  readonly remounted: ReadonlySet<string>;
  readonly firstScans: FirstScans;
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

interface Started {
  readonly change: Change;
  /** Known before the probe for videos, whose names tell everything; tracks need their tags. */
  readonly fileId: number | undefined;
  readonly probed: Promise<ProbeResult>;
}

/** A file that was read, and is still what the walk found. */
interface Read {
  readonly change: Change;
  readonly fileId: number | undefined;
  readonly probe: ProbeResult;
  readonly media: StoredMedia | undefined;
}

/**
 * Takes new and changed files in, in the order of their paths and some at a time: while the workers probe one batch, the
 * batch before it is written, so that the workers are busy, commits are shared and the order of events is that of names.
 */
export async function applyChanges(options: ApplyOptions): Promise<Applied> {
  const { database, section, signal } = options;
  const counted = database.read.get(
    "SELECT count(*) AS n FROM scan_changes WHERE section_id = ? AND kind IN ('new', 'changed')",
    section.id,
  );
  const total = Number(counted?.n);
  const result = { added: 0, changed: 0, unsettled: [] as Buffer[] };
  let done = 0;
  let shelf: string | undefined;
  let probing: Started[] = [];
  const finishProbed = async () => {
    if (probing.length === 0) return;
    const settled = await finish(options, probing);
    for (const [index, { change }] of probing.entries()) {
      if (settled[index] !== true) result.unsettled.push(joinBytes(change.root, change.folder));
      else if (change.kind === "new") result.added++;
      else result.changed++;
    }
    done += probing.length;
    const name = relativeText(probing.at(-1)?.change ?? { folder: Buffer.alloc(0), name: Buffer.alloc(0) });
    options.onProgress(name, Math.floor((100 * done) / Math.max(total, done)));
    // What lies in one top folder is one show or artist: the parents are settled when it is done.
    const top = name.slice(0, Math.max(0, name.indexOf("/")));
    if (shelf !== undefined && top !== shelf) await settleParents(options);
    shelf = top;
    probing = [];
  };
  for await (const changes of changesInOrder({ database, section, total, size: options.ahead, signal })) {
    signal.throwIfAborted();
    const started = await start(options, changes, total - done);
    await finishProbed();
    probing = started;
  }
  await finishProbed();
  await settleParents(options);
  await refreshPictures(options);
  return result;
}

/** Makes the items of videos and begins to probe; all in one commit. */
async function start(options: ApplyOptions, changes: readonly Change[], queueSize: number): Promise<Started[]> {
  const { database, files, section, probes } = options;
  const kind = section.type === "artist" ? "audio" : "video";
  return Promise.all(
    changes.map(async (change, index) => {
      const known = change.fileId ?? undefined;
      const added =
        known !== undefined || kind === "audio"
          ? undefined
          : database.transaction((tx) =>
              files.add(
                tx,
                change,
                placeFile(section.type, relativeText(change), undefined),
                comingOf(options, change),
                queueSize - index,
              ),
            );
      const fileId = known ?? (await added);
      const probed = probes.probe(absolutePath(change), kind);
      // A scan that is cancelled leaves these behind; nobody waits for them then.
      probed.catch(() => undefined);
      return { change, fileId, probed };
    }),
  );
}

function comingOf({ clock, remounted, firstScans, section }: ApplyOptions, change: Change): Coming {
  const now = seconds(clock);
  if (remounted.has(change.root.toString())) return { now, arrival: "returned" };
  const first = firstScans.has(section.id, joinBytes(change.root, change.folder));
  return first ? { now, arrival: "first-scan" } : { now };
}

/**
 * Writes what was read. All units of a step run in one turn, in order, and share its commit.
 * @returns for each, false when the file changed while it was read: it is left for the next scan
 */
async function finish(options: ApplyOptions, started: readonly Started[]): Promise<boolean[]> {
  const { database, files, pictures, section } = options;
  const reads = await Promise.all(started.map((one) => readingOf(options, one)));
  const known = await Promise.all(
    reads.map((read) => {
      if (typeof read === "string" || read.fileId !== undefined)
        return typeof read === "string" ? undefined : read.fileId;
      const placement = placeFile(section.type, relativeText(read.change), read.probe.tags);
      return database.transaction((tx) => files.add(tx, read.change, placement, comingOf(options, read.change), 0));
    }),
  );
  const thumbs = await Promise.all(
    reads.map((read, index) => {
      const fileId = known[index];
      return typeof read === "string" || fileId === undefined ? [] : pictures.forFile(fileId, read.media?.cover);
    }),
  );
  return Promise.all(
    reads.map(async (read, index) => {
      const fileId = known[index];
      if (read === "changing") return false;
      await database.transaction((tx) => {
        if (read === "vanished") forgetVanished(tx, options, started[index]);
        else if (fileId !== undefined) settle(tx, options, read, fileId, thumbs[index] ?? []);
      });
      return true;
    }),
  );
}

async function readingOf(
  options: ApplyOptions,
  { change, fileId, probed }: Started,
): Promise<Read | "changing" | "vanished"> {
  const probe = await probed;
  const now = await unchangedSince(change);
  return now === "settled" ? { change, fileId, probe, media: await storedMedia(options, probe) } : now;
}

function forgetVanished(tx: Transaction, { files, clock }: ApplyOptions, started: Started | undefined): void {
  if (started === undefined) return;
  if (started.fileId !== undefined) files.remove(tx, [started.fileId], seconds(clock));
  tx.run("DELETE FROM scan_changes WHERE id = ?", started.change.id);
}

function settle(tx: Transaction, options: ApplyOptions, read: Read, fileId: number, thumbs: readonly Thumb[]): void {
  const { files, pictures, section, clock, tellProblem } = options;
  const { change, probe, media } = read;
  if (change.kind === "changed" && section.type === "artist") {
    files.replace(tx, change, fileId, placeFile(section.type, relativeText(change), probe.tags), seconds(clock));
  }
  pictures.set(tx, thumbs);
  // A file that took too long is tried again by the next scan: without a fingerprint it counts as unread.
  const again = probe.fingerprint === undefined || probe.error?.code === "REELAY_MEDIA_TIMEOUT";
  const facts = {
    ...(again ? {} : { fingerprint: probe.fingerprint }),
    ...(media === undefined ? {} : { media }),
    ...(probe.error === undefined ? {} : { error: probe.error.code }),
  };
  const error = files.settle(tx, fileId, change, facts, seconds(clock));
  tx.run("DELETE FROM scan_changes WHERE id = ?", change.id);
  if (error !== undefined) tellProblem(tx, absolutePath(change), error);
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
  if (section.type === "movie") return;
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
