import type { Queries } from "../storage/index.ts";

const timeOf = { events: "time", deliveries: "created_at" } as const;

/**
 * The `seq` of the first row that may be as young: rows are in the order of their time, but for what was told afterwards and
 * for a clock that was set back. Needs no index on the time.
 */
export function firstSince(queries: Queries, table: keyof typeof timeOf, time: number): number {
  let low = 0;
  let high = Number(queries.get(`SELECT max(seq) AS last FROM ${table}`)?.last ?? 0) + 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = queries.get(
      `SELECT seq, ${timeOf[table]} AS time FROM ${table} WHERE seq >= ? ORDER BY seq LIMIT 1`,
      middle,
    );
    if (row !== undefined && Number(row.time) < time) low = Number(row.seq) + 1;
    else high = middle;
  }
  return low;
}
