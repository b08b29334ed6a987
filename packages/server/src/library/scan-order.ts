import type { Database } from "../storage/index.ts";
import { CHANGE_COLUMNS, type Change, toChange } from "./file-store.ts";
import type { Section } from "./section-store.ts";

export interface OrderOptions {
  readonly database: Database;
  readonly section: Section;
  /** How many there are about: few are read sooner than the reader is asked. */
  readonly total: number;
  /** Of one batch. */
  readonly size: number;
  readonly signal: AbortSignal;
}

/** Each reading sorts all that is left, so a first scan must not read for each batch. */
const AT_ONCE = 1_000;

const NEXT = `SELECT ${CHANGE_COLUMNS} WHERE c.section_id = ?1 AND c.kind IN ('new', 'changed')
  AND (?2 IS NULL OR (l.path, d.path, c.name) > (?2, ?3, ?4)) ORDER BY l.path, d.path, c.name LIMIT ${AT_ONCE}`;

/** New and changed files in the order of their paths, in batches. Those that are read ahead must stay as they are until their turn. */
export async function* changesInOrder(options: OrderOptions): AsyncGenerator<readonly Change[], void> {
  const { database, section, total, size, signal } = options;
  for (let last: Change | undefined; ; ) {
    const params = [section.id, last?.root.toString() ?? null, last?.folder ?? null, last?.name ?? null];
    const rows =
      total > AT_ONCE ? await database.readLong(NEXT, params, { signal }) : database.read.all(NEXT, ...params);
    const changes = rows.map(toChange);
    for (let at = 0; at < changes.length; at += size) yield changes.slice(at, at + size);
    if (changes.length < AT_ONCE) return;
    last = changes.at(-1);
  }
}
