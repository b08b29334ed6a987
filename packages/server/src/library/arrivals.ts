import type { Arrival, ArrivedItem } from "../events/index.ts";
import type { Queries, Row, Transaction } from "../storage/index.ts";

/** When a file is taken in, epoch seconds; and what it makes, where that is known to be nothing new. */
export interface Coming {
  readonly now: number;
  readonly arrival?: "returned" | "first-scan";
}

/** What an item is when it is made: nothing is new to a section that was never scanned to its end. */
export function arrivalOfNew(tx: Transaction, sectionId: number, { arrival }: Coming): Arrival {
  if (arrival !== undefined) return arrival;
  const section = tx.get("SELECT scanned_at FROM sections WHERE id = ?", sectionId);
  return section?.scanned_at === null ? "first-scan" : "new";
}

/** The table of new items that wait to be told: how they outlast the server. Times here are epoch seconds. */
export const arrivalStore = {
  /** A new item was made. */
  add(tx: Transaction, item: { readonly id: number; readonly sectionId: number; readonly root: number }, now: number) {
    tx.run(
      "INSERT INTO arrivals (item_id, section_id, root, created_at, touched_at) VALUES (?, ?, ?, ?4, ?4)",
      item.id,
      item.sectionId,
      item.root,
      now * 1000,
    );
  },

  /** Whether this item waits to be told. */
  has(tx: Queries, id: number): boolean {
    return tx.get("SELECT 1 FROM arrivals WHERE item_id = ?", id) !== undefined;
  },

  /** An item was settled. @param readyEvent of its `item.ready`, if this was the first time */
  touch(tx: Transaction, id: number, now: number, readyEvent?: string): void {
    tx.run(
      "UPDATE arrivals SET touched_at = ?, ready_event = coalesce(?, ready_event) WHERE item_id = ?",
      now * 1000,
      readyEvent ?? null,
      id,
    );
  },

  /** An item was deleted and came back before it was told: it is read again. */
  readAgain(tx: Transaction, id: number): void {
    tx.run("UPDATE arrivals SET ready_event = NULL WHERE item_id = ?", id);
  },

  /** Epoch ms of the oldest and of the last that was learnt of a section's; undefined when nothing waits. */
  spanOf(queries: Queries, sectionId: number): { readonly first: number; readonly last: number } | undefined {
    const first = queries.get("SELECT min(created_at) AS at FROM arrivals WHERE section_id = ?", sectionId)?.at;
    const last = queries.get("SELECT max(touched_at) AS at FROM arrivals WHERE section_id = ?", sectionId)?.at;
    return typeof first === "number" && typeof last === "number" ? { first, last } : undefined;
  },

  /** Some films, shows and artists of which everything new has been read. */
  settledRoots(queries: Queries, sectionId: number, most: number): number[] {
    return rootsOf(
      queries.all(
        `SELECT DISTINCT root FROM arrivals a WHERE section_id = ?1 AND NOT EXISTS (
           SELECT 1 FROM arrivals u JOIN items i ON i.id = u.item_id AND i.deleted_at IS NULL
           WHERE u.section_id = ?1 AND u.root = a.root AND u.ready_event IS NULL) LIMIT ?2`,
        sectionId,
        most,
      ),
    );
  },

  /** Some of which something has waited since `before`, or since a time that is still to come: a clock was set back. */
  overdueRoots(queries: Queries, sectionId: number, times: { before: number; now: number; most: number }): number[] {
    return rootsOf(
      queries.all(
        "SELECT DISTINCT root FROM arrivals WHERE section_id = ? AND (created_at <= ? OR created_at > ?) LIMIT ?",
        sectionId,
        times.before,
        times.now,
        times.most,
      ),
    );
  },

  /** Takes what waits of one root, without what is gone again. */
  take(
    tx: Transaction,
    sectionId: number,
    root: number,
  ): (ArrivedItem & { readonly readyEvent: string | undefined })[] {
    const rows = tx.all(
      `SELECT i.id, i.type, i.parent_id, i.root_id, i.deleted_at, a.ready_event FROM arrivals a JOIN items i ON i.id = a.item_id
       WHERE a.section_id = ? AND a.root = ? ORDER BY i.id`,
      sectionId,
      root,
    );
    tx.run("DELETE FROM arrivals WHERE section_id = ? AND root = ?", sectionId, root);
    return rows
      .filter((row) => row.deleted_at === null)
      .map((row) => ({
        id: Number(row.id),
        type: String(row.type),
        parentId: idOf(row.parent_id),
        rootId: idOf(row.root_id),
        readyEvent: row.ready_event === null ? undefined : String(row.ready_event),
      }));
  },
};

function rootsOf(rows: readonly Row[]): number[] {
  return rows.map(({ root }) => Number(root));
}

function idOf(value: Row[string] | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
