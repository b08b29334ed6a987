import type { NewMediaEvent, Outbox } from "../events/index.ts";
import type { Row, Transaction } from "../storage/index.ts";
import type { ErrorCode } from "../support/index.ts";
import { arrivalStore, type Coming } from "./arrivals.ts";
import { joinBytes, nameText } from "./file-name.ts";
import {
  deleteEmptied,
  deleteItems,
  describe,
  findOrCreate,
  itemFacts,
  itemRow,
  noParents,
  type Parents,
  REMEMBERED_SECONDS,
  readyEvent,
  revive,
  timelineTitle,
  updatedEvent,
} from "./item-store.ts";
import type { TrackTags } from "./naming.ts";
import type { ItemDraft, Placement } from "./placement.ts";
import type { Fingerprint, MediaFacts } from "./probe.ts";

/** A staged change with the folder that it is in. */
export interface Change {
  readonly id: number;
  readonly sectionId: number;
  readonly kind: "new" | "moved" | "changed";
  readonly folderId: number;
  /** Absolute. */
  readonly root: Buffer;
  /** Relative to the root. */
  readonly folder: Buffer;
  readonly name: Buffer;
  readonly size: number;
  readonly mtime: number;
  readonly inode: number;
  readonly fileId: number | null;
}

export const CHANGE_COLUMNS = `c.id, c.section_id, c.kind, c.folder_id, c.name, c.size, c.mtime, c.inode, c.file_id,
  d.path AS folder, l.path AS root
  FROM scan_changes c JOIN folders d ON d.id = c.folder_id JOIN locations l ON l.id = d.location_id`;

export function toChange(row: Row): Change {
  return {
    id: Number(row.id),
    sectionId: Number(row.section_id),
    kind: row.kind as Change["kind"],
    folderId: Number(row.folder_id),
    root: Buffer.from(String(row.root)),
    folder: Buffer.from(row.folder as Uint8Array),
    name: Buffer.from(row.name as Uint8Array),
    size: Number(row.size),
    mtime: Number(row.mtime),
    inode: Number(row.inode),
    fileId: row.file_id === null ? null : Number(row.file_id),
  };
}

export function absolutePath(change: Pick<Change, "root" | "folder" | "name">): Buffer {
  return joinBytes(change.root, change.folder, change.name);
}

/** As names are read: relative to the location, as text. */
export function relativeText(change: Pick<Change, "folder" | "name">): string {
  return nameText(joinBytes(change.folder, change.name));
}

/** What is kept of a file's content besides its fingerprint. */
export type StoredMedia = MediaFacts & {
  readonly tags?: TrackTags;
  /** Hash of the embedded cover. */
  readonly cover?: string;
};

/** Who listens to what a scan does, each in the transaction in which it does it. */
export interface FileListeners {
  /** A file was added, and with it perhaps a new item. */
  readonly onAdded?: (tx: Transaction) => void;
  /** An item was settled for the first time. */
  readonly onReady?: (tx: Transaction, row: Row) => void;
}

/**
 * What scans do to files and items, each function one step inside the caller's transaction, together with its events.
 */
export class FileStore {
  readonly #outbox: Outbox;
  readonly #listeners: FileListeners;

  constructor(outbox: Outbox, listeners: FileListeners = {}) {
    this.#outbox = outbox;
    this.#listeners = listeners;
  }

  /**
   * A new file: makes (or finds) its items and tells those that are new. The file counts as unread until `settle`.
   */
  add(tx: Transaction, change: Change, placement: Placement, coming: Coming, queueSize: number): number {
    const fileId = tx.run(
      "INSERT INTO files (folder_id, name, size, mtime, inode, part) VALUES (?, ?, ?, ?, ?, ?)",
      change.folderId,
      change.name,
      change.size,
      change.mtime,
      change.inode,
      placement.part,
    ).lastId;
    const parents = this.#ancestors(tx, change.sectionId, placement.ancestors, coming);
    for (const leaf of placement.leaves) {
      const id = findOrCreate(tx, this.#outbox, change.sectionId, leaf, parents, coming);
      tx.run("INSERT OR IGNORE INTO item_files (item_id, file_id) VALUES (?, ?)", id, fileId);
      this.#tellProcessing(tx, id, queueSize);
    }
    this.#listeners.onAdded?.(tx);
    // From here on the file is known: a scan that is killed finds it unread and goes on with it.
    tx.run("UPDATE scan_changes SET kind = 'changed', file_id = ? WHERE id = ?", fileId, change.id);
    return fileId;
  }

  #ancestors(tx: Transaction, sectionId: number, drafts: readonly ItemDraft[], coming: Coming): Parents {
    let parents: Parents = noParents;
    for (const draft of drafts) {
      const id = findOrCreate(tx, this.#outbox, sectionId, draft, parents, coming);
      parents = { parentId: id, rootId: parents.rootId ?? id };
    }
    return parents;
  }

  #tellProcessing(tx: Transaction, id: number, queueSize: number): void {
    const row = itemRow(tx, id);
    if (row.ready === 1) return;
    this.#outbox.append(tx, [
      {
        ...about(row),
        type: "item.processing",
        facts: { ...itemFacts(row), title: timelineTitle(tx, row), state: 1, queueSize },
      },
      analyzing(tx, row, "analyzing"),
    ]);
  }

  /**
   * A file was read: keeps its facts and settles its items, each by one bare 5.
   * @param media undefined when it could not be read
   * @returns the error when it is told for the first time
   */
  settle(
    tx: Transaction,
    fileId: number,
    change: Pick<Change, "size" | "mtime" | "inode">,
    read: { readonly fingerprint?: Fingerprint; readonly media?: StoredMedia; readonly error?: ErrorCode },
    now: number,
  ): ErrorCode | undefined {
    const before = tx.get("SELECT error, head FROM files WHERE id = ?", fileId);
    tx.run(
      `UPDATE files SET size = ?, mtime = ?, inode = ?, head = ?, tail = ?, media = ?, error = ?, unavailable_since = NULL
       WHERE id = ?`,
      change.size,
      change.mtime,
      change.inode,
      read.fingerprint?.head ?? null,
      read.fingerprint?.tail ?? null,
      read.media === undefined ? null : JSON.stringify(read.media),
      read.error ?? null,
      fileId,
    );
    for (const { item_id } of tx.all("SELECT item_id FROM item_files WHERE file_id = ?", fileId)) {
      this.settleItem(tx, Number(item_id), now, before?.head === null);
    }
    return read.error !== undefined && before?.error !== read.error ? read.error : undefined;
  }

  /**
   * Takes an item's length from its files and tells that it is settled: once `item.ready`, later `item.updated`.
   * @param another because of a file that it did not have before
   */
  settleItem(tx: Transaction, id: number, now: number, another = false): void {
    const before = itemRow(tx, id);
    if (before.deleted_at !== null) return;
    tx.run(
      `UPDATE items SET ready = 1, updated_at = ?, duration = (
         SELECT CASE WHEN max(f.part) > 0 THEN sum(f.media ->> 'durationMs') ELSE max(f.media ->> 'durationMs') END
         FROM item_files x JOIN files f ON f.id = x.file_id WHERE x.item_id = items.id AND f.deleted_at IS NULL)
       WHERE id = ?`,
      now,
      id,
    );
    const row = itemRow(tx, id);
    if (before.ready === 1) {
      const better = another && !arrivalStore.has(tx, id);
      arrivalStore.touch(tx, id, now);
      this.#outbox.append(tx, [updatedEvent(tx, row, better ? "better-file" : undefined)]);
    } else {
      const [, ready] = this.#outbox.append(tx, [analyzing(tx, row, "thumbnailing"), readyEvent(tx, row)]);
      arrivalStore.touch(tx, id, now, ready);
      this.#listeners.onReady?.(tx, row);
    }
  }

  /** Settles the parents whose children are all settled: seasons and albums first, then shows and artists. */
  settleParents(tx: Transaction, sectionId: number, now: number): number[] {
    const settled: number[] = [];
    for (const types of ["'season', 'album'", "'show', 'artist'"]) {
      const rows = tx.all(
        `SELECT id FROM items i WHERE section_id = ? AND ready = 0 AND deleted_at IS NULL AND type IN (${types})
         AND NOT EXISTS (SELECT 1 FROM items c WHERE c.parent_id = i.id AND c.ready = 0 AND c.deleted_at IS NULL) ORDER BY id`,
        sectionId,
      );
      for (const { id } of rows) {
        this.#outbox.append(tx, [analyzing(tx, itemRow(tx, Number(id)), "analyzing")]);
        this.settleItem(tx, Number(id), now);
        settled.push(Number(id));
      }
    }
    return settled;
  }

  /** A known file lies elsewhere now, or is back within a day: its items keep their keys. */
  move(tx: Transaction, change: Change, placement: Placement, now: number): void {
    const fileId = change.fileId;
    if (fileId === null) throw new Error("a move names the file that moved");
    const wasDeleted = tx.get("SELECT deleted_at FROM files WHERE id = ?", fileId)?.deleted_at !== null;
    tx.run(
      `UPDATE files SET folder_id = ?, name = ?, size = ?, mtime = ?, inode = ?, part = ?, deleted_at = NULL,
       unavailable_since = NULL WHERE id = ?`,
      change.folderId,
      change.name,
      change.size,
      change.mtime,
      change.inode,
      placement.part,
      fileId,
    );
    const touched = this.replace(tx, change, fileId, placement, now);
    tx.run(FOUND_AGAIN, change.id, fileId);
    for (const id of touched) {
      if (wasDeleted) this.#tellProcessing(tx, id, 0);
      this.settleItem(tx, id, now);
    }
  }

  /** Brings a file's items to what its name and tags say now. @returns the items that hold it now */
  replace(tx: Transaction, change: Change, fileId: number, placement: Placement, now: number): number[] {
    const current = tx
      .all(
        "SELECT i.* FROM item_files x JOIN items i ON i.id = x.item_id WHERE x.file_id = ? ORDER BY i.number, i.id",
        fileId,
      )
      .map((row) => ({
        id: Number(row.id),
        key: String(row.natural_key),
        parentId: row.parent_id,
        rootId: row.root_id,
      }));
    const oldParents = new Set(current.flatMap((item) => (item.parentId === null ? [] : [Number(item.parentId)])));
    const parents = this.#renamedAncestors(tx, change.sectionId, placement.ancestors, current[0], now);
    tx.run("DELETE FROM item_files WHERE file_id = ?", fileId);
    const touched: number[] = [];
    for (const [index, draft] of placement.leaves.entries()) {
      const own = current.find((item) => item.key === draft.naturalKey) ?? current[index];
      const id = this.#leafFor(tx, change.sectionId, own?.id, draft, parents, now);
      tx.run("INSERT OR IGNORE INTO item_files (item_id, file_id) VALUES (?, ?)", id, fileId);
      touched.push(id);
    }
    const orphans = current
      .filter((item) => !touched.includes(item.id) && !hasFiles(tx, item.id))
      .map((item) => item.id);
    deleteItems(tx, this.#outbox, orphans, now);
    deleteEmptied(tx, this.#outbox, oldParents, now);
    return touched;
  }

  /** The item for a leaf: one that has this name already, else the file's own under its new name, else a new one. */
  #leafFor(
    tx: Transaction,
    sectionId: number,
    own: number | undefined,
    draft: ItemDraft,
    parents: Parents,
    now: number,
  ): number {
    const named = tx.get(
      "SELECT id FROM items WHERE section_id = ? AND type = ? AND natural_key = ? AND deleted_at IS NULL",
      sectionId,
      draft.type,
      draft.naturalKey,
    );
    if (named !== undefined && Number(named.id) !== own) return Number(named.id);
    if (own === undefined || hasFiles(tx, own))
      return findOrCreate(tx, this.#outbox, sectionId, draft, parents, { now });
    if (itemRow(tx, own).deleted_at !== null) revive(tx, this.#outbox, own, draft, parents, now);
    else describe(tx, own, draft, parents, now);
    return own;
  }

  /** As {@link #ancestors}, but a parent that this scan empties is renamed instead of replaced: it keeps its key too. */
  #renamedAncestors(
    tx: Transaction,
    sectionId: number,
    drafts: readonly ItemDraft[],
    leaf: { readonly parentId: unknown; readonly rootId: unknown } | undefined,
    now: number,
  ): Parents {
    const old = leaf === undefined ? [] : [leaf.rootId, leaf.parentId];
    let parents: Parents = noParents;
    for (const [depth, draft] of drafts.entries()) {
      const oldId = typeof old[depth] === "number" ? old[depth] : undefined;
      if (
        oldId !== undefined &&
        this.#isFree(tx, sectionId, oldId, draft) &&
        describe(tx, oldId, draft, parents, now)
      ) {
        this.#outbox.append(tx, [updatedEvent(tx, itemRow(tx, oldId))]);
      }
      const id = findOrCreate(tx, this.#outbox, sectionId, draft, parents, { now });
      parents = { parentId: id, rootId: parents.rootId ?? id };
    }
    return parents;
  }

  /** Whether a parent may take this name: nobody has it, and everything below it leaves with this scan. */
  #isFree(tx: Transaction, sectionId: number, oldId: number, draft: ItemDraft): boolean {
    const old = itemRow(tx, oldId);
    if (old.deleted_at !== null || old.natural_key === draft.naturalKey) return false;
    const named = tx.get(
      "SELECT 1 FROM items WHERE section_id = ? AND type = ? AND natural_key = ? AND deleted_at IS NULL",
      sectionId,
      draft.type,
      draft.naturalKey,
    );
    if (named !== undefined) return false;
    const stays = tx.get(
      `SELECT 1 FROM items i JOIN item_files x ON x.item_id = i.id JOIN files f ON f.id = x.file_id
       WHERE (i.parent_id = ?1 OR i.root_id = ?1) AND i.deleted_at IS NULL AND f.deleted_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM scan_changes c WHERE c.section_id = ?2 AND c.kind IN ('missing', 'moved') AND c.file_id = f.id)
       LIMIT 1`,
      oldId,
      sectionId,
    );
    return stays === undefined;
  }

  /** Files are gone: so are the items that have no other file, and the parents that are emptied. */
  remove(tx: Transaction, fileIds: readonly number[], now: number): void {
    const items = new Set<number>();
    for (const id of fileIds) {
      tx.run("UPDATE files SET deleted_at = ? WHERE id = ?", now, id);
      for (const row of tx.all("SELECT item_id FROM item_files WHERE file_id = ?", id)) items.add(Number(row.item_id));
    }
    const orphans = [...items].filter((id) => !hasFiles(tx, id));
    deleteItems(tx, this.#outbox, orphans, now);
    for (const id of items) if (!orphans.includes(id)) this.settleItem(tx, id, now);
  }

  /** Forgets what was deleted more than a day ago. @returns whether there is more to forget */
  forget(tx: Transaction, now: number): boolean {
    const before = now - REMEMBERED_SECONDS;
    const files = tx.run(forgetSlices.files, before).changes;
    const items = tx.run(forgetSlices.items, before).changes;
    return files > 0 || items > 0;
  }
}

/** A file that was missing, and is elsewhere, is neither new nor missing. */
export const FOUND_AGAIN = "DELETE FROM scan_changes WHERE id = ? OR (kind = 'missing' AND file_id = ?)";

/** What one unit of the forgetting does. */
export const forgetSlices = {
  files: "DELETE FROM files WHERE id IN (SELECT id FROM files WHERE deleted_at < ? LIMIT 500)",
  items: `DELETE FROM items WHERE id IN (SELECT id FROM items i WHERE deleted_at < ?
    AND NOT EXISTS (SELECT 1 FROM items c WHERE c.parent_id = i.id OR c.root_id = i.id) LIMIT 500)`,
} as const;

function hasFiles(tx: Transaction, itemId: number): boolean {
  const row = tx.get(
    "SELECT 1 FROM item_files x JOIN files f ON f.id = x.file_id WHERE x.item_id = ? AND f.deleted_at IS NULL LIMIT 1",
    itemId,
  );
  return row !== undefined;
}

function about(row: Row) {
  return { audience: { kind: "section" as const, sectionId: Number(row.section_id) }, subject: `item:${row.id}` };
}

function analyzing(tx: Transaction, row: Row, mediaState: "analyzing" | "thumbnailing"): NewMediaEvent {
  return {
    ...about(row),
    type: "item.analyzing",
    facts: { ...itemFacts(row), title: timelineTitle(tx, row), mediaState },
  };
}
