import type { ItemSnapshot } from "../events/index.ts";
import type { Queries } from "../storage/index.ts";
import { itemColumns, toMetadataAt } from "./metadata.ts";

export interface SnapshotOptions {
  readonly itemId: number;
  /** Whose views and ratings it shows. */
  readonly accountId: number;
  /** Where it is played now, ms; 0 for the beginning. Default: where the account would go on. */
  readonly viewOffset?: number | undefined;
}

/**
 * An item as webhooks show it, read in one query. Its picture is its own, else that of the season or album, else that of
 * the show or artist: what arrives alone looks like what it belongs to.
 * @returns undefined for an item that is not even remembered any more
 */
export function itemSnapshot(
  queries: Queries,
  { itemId, accountId, viewOffset }: SnapshotOptions,
): ItemSnapshot | undefined {
  const row = queries.get(`SELECT ${itemColumns(accountId, false)} WHERE i.id = ?`, itemId);
  if (row === undefined) return undefined;
  const offset = viewOffset === undefined ? row.view_offset : viewOffset > 0 ? viewOffset : null;
  const hash = row.thumb ?? row.parent_thumb ?? row.root_thumb;
  return {
    metadata: { librarySectionType: String(row.section_type), ...toMetadataAt(row, offset) },
    thumb: hash === null || hash === undefined ? null : String(hash),
  };
}
