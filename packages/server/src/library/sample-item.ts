import type { ItemSnapshot, NamedItemFacts } from "../events/index.ts";
import type { Queries } from "../storage/index.ts";
import { itemSnapshot } from "./item-snapshot.ts";
import { itemFacts, timelineTitle } from "./item-store.ts";
import type { Reader } from "./queries.ts";

/** An item as events name it, and as webhooks show it. */
export interface SampleItem {
  readonly item: NamedItemFacts;
  readonly snapshot: ItemSnapshot;
}

/**
 * An item to try something with.
 * @param itemId undefined: the newest film, episode or track that the reader may see
 * @returns undefined for one that is not there, or that the reader may not see
 */
export function sampleItem(
  queries: Queries,
  { accountId, sections }: Reader,
  itemId?: number | undefined,
): SampleItem | undefined {
  const row = queries.get(
    `SELECT * FROM items WHERE deleted_at IS NULL AND (id = ?1 OR ?1 IS NULL AND type IN ('movie', 'episode', 'track'))
     AND (?2 IS NULL OR section_id IN (SELECT value FROM json_each(?2))) ORDER BY id DESC LIMIT 1`,
    itemId ?? null,
    sections === "all" ? null : JSON.stringify([...sections]),
  );
  const snapshot = row && itemSnapshot(queries, { itemId: Number(row.id), accountId });
  if (row === undefined || snapshot === undefined) return undefined;
  return { item: { ...itemFacts(row), title: timelineTitle(queries, row) }, snapshot };
}
