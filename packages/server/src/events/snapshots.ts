import { hash as digest } from "node:crypto";
import type { MediaContainer } from "@reelay/protocol";
import type { Queries, Transaction } from "../storage/index.ts";

/** What webhooks show of an item besides an event's facts, as it was when the event happened. */
export interface ItemSnapshot {
  /** The library's JSON of the item as the event's account sees it, `librarySectionType` first, without `Media`. */
  readonly metadata: MediaContainer;
  /** The hash of its picture in the store of pictures; null where it has none. */
  readonly thumb: string | null;
}

/** Stores it unless the same content is there. @returns the hash by which it is found */
export function storeSnapshot(tx: Transaction, snapshot: ItemSnapshot, now: number): string {
  const content = JSON.stringify({ metadata: snapshot.metadata, thumb: snapshot.thumb });
  const hash = digest("sha256", content, "hex").slice(0, 32);
  tx.run(
    "INSERT INTO snapshots (hash, content, thumb, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING",
    hash,
    content,
    snapshot.thumb,
    now,
  );
  return hash;
}

/** @returns undefined for one that was removed, together with all that referred to it */
export function readSnapshot(queries: Queries, hash: string): ItemSnapshot | undefined {
  const row = queries.get("SELECT content FROM snapshots WHERE hash = ?", hash);
  return row === undefined ? undefined : (JSON.parse(String(row.content)) as ItemSnapshot);
}

/**
 * Of the next `rows` snapshots after `from`, those that no event and no message of a delivery refers to any more are removed.
 * @returns the last hash that was looked at; undefined at the end
 */
export function removeUnusedSnapshots(tx: Transaction, from: string, rows: number): string | undefined {
  const last = tx.get(
    "SELECT max(hash) AS hash FROM (SELECT hash FROM snapshots WHERE hash > ? ORDER BY hash LIMIT ?)",
    from,
    rows,
  )?.hash;
  if (typeof last !== "string") return undefined;
  tx.run(
    `DELETE FROM snapshots WHERE hash > ? AND hash <= ?
       AND NOT EXISTS (SELECT 1 FROM events WHERE events.snapshot = snapshots.hash)
       AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.snapshot = snapshots.hash)`,
    from,
    last,
  );
  return last;
}
