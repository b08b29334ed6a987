import type { Rights } from "../events/index.ts";
import type { Database } from "../storage/index.ts";
import { visibleTo } from "./history-query.ts";

/** For one plot. */
const TIME_LIMIT_MS = 5_000;
/** How far behind its place in the log the time of an event's cause may lie: what was played offline is told later. */
const LATENESS_MS = 3_600_000;

export interface RateWindow {
  /** Epoch ms. */
  readonly from: number;
  readonly bucketMs: number;
  readonly buckets: number;
}

export interface EventRates {
  readonly from: number;
  readonly bucketMs: number;
  readonly families: Readonly<Record<string, number[]>>;
}

/** How many facts of each family these rights may see in each bucket; counted in the worker. */
export async function eventRates(
  database: Database,
  { from, bucketMs, buckets }: RateWindow,
  rights: Rights,
  signal: AbortSignal,
): Promise<EventRates> {
  const conditions = visibleTo(rights);
  const where = [
    "reelay_alive()",
    "seq >= ?",
    "time >= ?",
    "time < ?",
    "progress_key IS NULL",
    ...conditions.map(({ sql }) => sql),
  ].join(" AND ");
  const rows = await database.readLong(
    `SELECT family, CAST((time - ?) / ? AS INTEGER) AS bucket, count(*) AS n FROM events WHERE ${where} GROUP BY family, bucket`,
    [
      from,
      bucketMs,
      firstSince(database, from - LATENESS_MS),
      from,
      from + bucketMs * buckets,
      ...conditions.flatMap(({ params }) => params),
    ],
    { maxRows: 100 * buckets, timeoutMs: TIME_LIMIT_MS, signal },
  );
  const families: Record<string, number[]> = {};
  for (const { family, bucket, n } of rows) {
    const counts = families[String(family)] ?? new Array<number>(buckets).fill(0);
    counts[Number(bucket)] = Number(n);
    families[String(family)] = counts;
  }
  return { from, bucketMs, families };
}

/** About where the log was at that time, by some twenty look-ups: times have no index, and follow the places closely. */
function firstSince(database: Database, time: number): number {
  const bounds = database.read.get("SELECT min(seq) AS low, max(seq) AS high FROM events");
  let low = Number(bounds?.low ?? 0);
  let high = Number(bounds?.high ?? 0) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = database.read.get("SELECT time FROM events WHERE seq >= ? ORDER BY seq LIMIT 1", middle);
    if (row === undefined || Number(row.time) >= time) high = middle;
    else low = middle + 1;
  }
  return low;
}
