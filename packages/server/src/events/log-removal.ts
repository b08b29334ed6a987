import type { Row, Transaction } from "../storage/index.ts";

/** What a slice removed, for the books. */
export interface Removed {
  readonly rows: number;
  readonly facts: number;
  readonly families: ReadonlyMap<string, Holding>;
}

/** What a family holds, or what was taken from it. */
export interface Holding {
  readonly rows: number;
  readonly facts: number;
  readonly bytes: number;
}

/**
 * What one event takes in the file, estimated: its columns, 240 bytes for ids, origin, names and overhead, its entries in
 * three indexes, and what is stored of its item.
 */
export const BYTES = `octet_length(facts) + octet_length(subject) + 2 * ifnull(octet_length(progress_key), 0) + 240
  + iif(snapshot IS NULL, 0, 1800)`;

const RETURNING = `RETURNING seq, family, progress_key IS NULL AS fact, ${BYTES} AS bytes`;

/** The oldest events, as long as they were appended before `time` (epoch ms); undefined when there is none. */
export function removeOlderThan(tx: Transaction, rows: number, time: number): Removed | undefined {
  const removed = tx.all(
    `DELETE FROM events WHERE seq IN (SELECT seq FROM (SELECT seq, id FROM events ORDER BY seq LIMIT ?) WHERE id < ?)
     ${RETURNING}`,
    rows,
    idAt(time),
  );
  return removed.length === 0 ? undefined : forGood(tx, removed);
}

/** The oldest events of a family, facts and what progress is left between them. */
export function removeOldestOf(tx: Transaction, family: string, rows: number): Removed {
  const removed = tx.all(
    `DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE family = ? ORDER BY seq LIMIT ?) ${RETURNING}`,
    family,
    rows,
  );
  return forGood(tx, removed);
}

/**
 * Progress that has grown old and is not the newest of its key, among the next `rows` events after `from`.
 * @returns undefined when there is none that old
 */
export function thinProgress(
  tx: Transaction,
  from: number,
  rows: number,
  time: number,
): { readonly through: number; readonly removed: Removed } | undefined {
  const reached = tx.get(
    "SELECT max(seq) AS seq FROM (SELECT seq, id FROM events WHERE seq > ? ORDER BY seq LIMIT ?) WHERE id < ?",
    from,
    rows,
    idAt(time),
  )?.seq;
  if (typeof reached !== "number") return undefined;
  const removed = tx.all(
    `DELETE FROM events WHERE seq > ? AND seq <= ? AND progress_key IS NOT NULL AND id < ?
       AND EXISTS (SELECT 1 FROM events AS newer WHERE newer.progress_key = events.progress_key AND newer.seq > events.seq)
     ${RETURNING}`,
    from,
    reached,
    idAt(time),
  );
  return { through: reached, removed: counted(removed) };
}

/** Old progress that was the newest of its key until something between `from` (excluded) and `through` came. */
export function thinReplaced(tx: Transaction, from: number, through: number, time: number): Removed {
  const removed = tx.all(
    `DELETE FROM events WHERE seq <= ?1 AND id < ?3 AND progress_key IN
       (SELECT progress_key FROM events WHERE seq > ?1 AND seq <= ?2 AND progress_key IS NOT NULL)
     ${RETURNING}`,
    from,
    through,
    idAt(time),
  );
  return counted(removed);
}

/** Ids are UUIDv7 and so begin with the time of the append: less than this means before. */
function idAt(time: number): string {
  const digits = Math.max(0, time).toString(16).padStart(12, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

/** Remembers how far a family's history is gone; thinned-out progress is no loss and needs none of this. */
function forGood(tx: Transaction, rows: readonly Row[]): Removed {
  const newest = new Map<string, number>();
  for (const row of rows) {
    const family = String(row.family);
    newest.set(family, Math.max(newest.get(family) ?? 0, Number(row.seq)));
  }
  for (const [family, seq] of newest) {
    tx.run(
      `INSERT INTO retained (family, removed_through) VALUES (?, ?)
       ON CONFLICT (family) DO UPDATE SET removed_through = max(removed_through, excluded.removed_through)`,
      family,
      seq,
    );
  }
  return counted(rows);
}

function counted(rows: readonly Row[]): Removed {
  const families = new Map<string, Holding>();
  let facts = 0;
  for (const row of rows) {
    const family = String(row.family);
    const before = families.get(family) ?? { rows: 0, facts: 0, bytes: 0 };
    facts += Number(row.fact);
    families.set(family, {
      rows: before.rows + 1,
      facts: before.facts + Number(row.fact),
      bytes: before.bytes + Number(row.bytes),
    });
  }
  return { rows: rows.length, facts, families };
}
