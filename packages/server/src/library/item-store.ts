import type { Arrival, ItemFacts, NewMediaEvent, Outbox } from "../events/index.ts";
import type { Queries, Row, Transaction } from "../storage/index.ts";
import { arrivalOfNew, arrivalStore, type Coming } from "./arrivals.ts";
import { respectingLocks } from "./fields.ts";
import type { ItemDraft, ItemType } from "./placement.ts";

/** Plex's metadata type numbers (`type` of timeline entries and of `/all?type=`). */
export const metadataTypeOf: Readonly<Record<ItemType, number>> = {
  movie: 1,
  show: 2,
  season: 3,
  episode: 4,
  artist: 8,
  album: 9,
  track: 10,
};

/** How long a deleted item is remembered, so that a file that returns keeps its key. */
export const REMEMBERED_SECONDS = 24 * 60 * 60;

/** Above an item in the library. */
export interface Parents {
  readonly parentId: number | null;
  readonly rootId: number | null;
}

export const noParents: Parents = { parentId: null, rootId: null };

/** An item's place and name, as events tell it. */
export function itemFacts(row: Row): ItemFacts {
  return {
    sectionId: Number(row.section_id),
    itemId: Number(row.id),
    ...(row.parent_id === null || row.parent_id === undefined ? {} : { parentId: Number(row.parent_id) }),
    ...(row.root_id === null || row.root_id === undefined ? {} : { rootId: Number(row.root_id) }),
    metadataType: metadataTypeOf[row.type as ItemType],
    updatedAt: Number(row.updated_at),
  };
}

/** An event about one item. */
function itemEvent<T extends "item.created" | "item.deleted">(type: T, row: Row): NewMediaEvent {
  const facts = itemFacts(row);
  return { type, audience: { kind: "section", sectionId: facts.sectionId }, subject: `item:${facts.itemId}`, facts };
}

/** The bare 5 that an item gets when it is settled for the first time. */
export function readyEvent(tx: Transaction, row: Row): NewMediaEvent {
  const facts = itemFacts(row);
  return {
    type: "item.ready",
    audience: { kind: "section", sectionId: facts.sectionId },
    subject: `item:${facts.itemId}`,
    facts: {
      ...facts,
      title: timelineTitle(tx, row),
      ...(row.arrival === null || row.arrival === undefined ? {} : { arrival: row.arrival as Arrival }),
    },
  };
}

/** The bare 5 of every later change. */
export function updatedEvent(tx: Transaction, row: Row, arrival?: "better-file"): NewMediaEvent {
  const facts = itemFacts(row);
  return {
    type: "item.updated",
    audience: { kind: "section", sectionId: facts.sectionId },
    subject: `item:${facts.itemId}`,
    facts: { ...facts, title: timelineTitle(tx, row), ...(arrival === undefined ? {} : { arrival }) },
  };
}

/** As captures show it: `<show> S%02d E%02d` for episodes, else the item's own title. */
export function timelineTitle(tx: Queries, row: Row): string {
  if (row.type !== "episode" || row.number === null) return String(row.title);
  const season = tx.get("SELECT number FROM items WHERE id = ?", row.parent_id ?? null);
  const show = tx.get("SELECT title FROM items WHERE id = ?", row.root_id ?? null);
  if (season?.number === null || season?.number === undefined || show === undefined) return String(row.title);
  const two = (value: unknown) => String(value).padStart(2, "0");
  return `${show.title} S${two(season.number)} E${two(row.number)}`;
}

export function itemRow(tx: Transaction, id: number): Row {
  const row = tx.get("SELECT * FROM items WHERE id = ?", id);
  if (row === undefined) throw new Error(`item ${id} does not exist`);
  return row;
}

/**
 * The item of this natural key: the living one, or one deleted within a day (it keeps its key), or a new one.
 * The last two are told by `item.created`.
 */
export function findOrCreate(
  tx: Transaction,
  outbox: Outbox,
  sectionId: number,
  draft: ItemDraft,
  parents: Parents,
  coming: Coming,
): number {
  const { now } = coming;
  const living = tx.get(
    "SELECT id FROM items WHERE section_id = ? AND type = ? AND natural_key = ? AND deleted_at IS NULL",
    sectionId,
    draft.type,
    draft.naturalKey,
  );
  if (living !== undefined) return Number(living.id);
  const dead = tx.get(
    "SELECT id FROM items WHERE section_id = ? AND type = ? AND natural_key = ? AND deleted_at > ? ORDER BY deleted_at DESC",
    sectionId,
    draft.type,
    draft.naturalKey,
    now - REMEMBERED_SECONDS,
  );
  if (dead !== undefined) {
    revive(tx, outbox, Number(dead.id), draft, parents, now);
    return Number(dead.id);
  }
  const arrival = arrivalOfNew(tx, sectionId, coming);
  const id = insert(tx, sectionId, { ...draft, arrival }, parents, now);
  if (arrival === "new") arrivalStore.add(tx, { id, sectionId, root: parents.rootId ?? id }, now);
  outbox.append(tx, [itemEvent("item.created", itemRow(tx, id))]);
  return id;
}

/** Brings a deleted item back under its old key, with what its file is called now. */
export function revive(
  tx: Transaction,
  outbox: Outbox,
  id: number,
  draft: ItemDraft,
  parents: Parents,
  now: number,
): void {
  // One that came, went and came again before it was told is as new as it was.
  const arrival = arrivalStore.has(tx, id) ? "new" : "returned";
  if (arrival === "new") arrivalStore.readAgain(tx, id);
  tx.run("UPDATE items SET deleted_at = NULL, ready = 0, arrival = ? WHERE id = ?", arrival, id);
  describe(tx, id, draft, parents, now);
  outbox.append(tx, [itemEvent("item.created", itemRow(tx, id))]);
}

function insert(
  tx: Transaction,
  sectionId: number,
  draft: ItemDraft & { readonly arrival: Arrival },
  parents: Parents,
  now: number,
): number {
  return tx.run(
    `INSERT INTO items (section_id, type, parent_id, root_id, natural_key, title, title_sort, number, year,
       originally_available_at, extra, arrival, added_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    sectionId,
    draft.type,
    parents.parentId,
    parents.rootId,
    draft.naturalKey,
    draft.title,
    draft.titleSort,
    draft.number ?? null,
    draft.year ?? null,
    draft.originallyAvailableAt ?? null,
    JSON.stringify(draft.extra),
    draft.arrival,
    now,
    now,
  ).lastId;
}

/** Sets what a name says of an item, but for what a person has locked. @returns whether anything changed */
export function describe(tx: Transaction, id: number, draft: ItemDraft, parents: Parents, now: number): boolean {
  const { title, titleSort, year, originallyAvailableAt, extra } = respectingLocks(itemRow(tx, id), {
    ...draft,
    year: draft.year,
    originallyAvailableAt: draft.originallyAvailableAt,
  });
  const { changes } = tx.run(
    `UPDATE items SET natural_key = ?1, title = ?2, title_sort = ?3, number = ?4, year = ?5, originally_available_at = ?6,
       extra = ?7, parent_id = ?8, root_id = ?9, updated_at = ?10
     WHERE id = ?11 AND (natural_key, title, title_sort, number, year, originally_available_at, extra, parent_id, root_id)
       IS NOT (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
    draft.naturalKey,
    title,
    titleSort,
    draft.number ?? null,
    year ?? null,
    originallyAvailableAt ?? null,
    JSON.stringify(extra),
    parents.parentId,
    parents.rootId,
    now,
    id,
  );
  return changes > 0;
}

/** Deletes items and the parents that become empty, telling each; rows and files are remembered for a day. */
export function deleteItems(tx: Transaction, outbox: Outbox, ids: readonly number[], now: number): void {
  const parents = new Set<number>();
  for (const id of ids) {
    const row = tx.get("SELECT * FROM items WHERE id = ? AND deleted_at IS NULL", id);
    if (row === undefined) continue;
    tx.run("UPDATE items SET deleted_at = ?, updated_at = ? WHERE id = ?", now, now, id);
    outbox.append(tx, [itemEvent("item.deleted", { ...row, updated_at: now })]);
    if (row.parent_id !== null) parents.add(Number(row.parent_id));
  }
  deleteEmptied(tx, outbox, parents, now);
}

/** Of these parents, deletes those without a living child, and upwards from them. */
export function deleteEmptied(tx: Transaction, outbox: Outbox, parents: Iterable<number>, now: number): void {
  const empty = [...parents].filter(
    (id) => tx.get("SELECT 1 FROM items WHERE parent_id = ? AND deleted_at IS NULL LIMIT 1", id) === undefined,
  );
  if (empty.length > 0) deleteItems(tx, outbox, empty, now);
}
