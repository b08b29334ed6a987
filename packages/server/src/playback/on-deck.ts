import type { NewMediaEvent, Outbox, PersonFacts } from "../events/index.ts";
import { itemSnapshot, type Reader, viewOf } from "../library/index.ts";
import type { Queries, Row, Transaction } from "../storage/index.ts";
import { namedItem } from "./items.ts";

/** An item that an account would go on with. */
export interface OnDeckItem {
  readonly itemId: number;
  /** Epoch seconds: of the viewing that put it there. */
  readonly at: number;
}

/** Shows and films looked at, those last viewed first: what is further back is not what anybody goes on with. */
const MOST = 500;

/**
 * What an account goes on with: films that it has partly watched, and of each show in progress one episode, the partly
 * watched one or the next. What was watched last comes first.
 */
export function onDeck(queries: Queries, { accountId, sections }: Reader): OnDeckItem[] {
  const films = queries.all(
    `SELECT v.item_id, v.last_viewed_at, i.section_id FROM views v JOIN items i ON i.id = v.item_id
     WHERE v.account_id = ? AND v.view_offset IS NOT NULL AND i.type = 'movie' AND i.deleted_at IS NULL
     ORDER BY v.last_viewed_at DESC LIMIT ${MOST}`,
    accountId,
  );
  const shows = queries.all(
    `SELECT i.root_id, max(v.last_viewed_at) AS last_viewed_at, i.section_id FROM views v JOIN items i ON i.id = v.item_id
     WHERE v.account_id = ? AND v.last_viewed_at IS NOT NULL AND (v.view_count > 0 OR v.view_offset IS NOT NULL)
       AND i.type = 'episode' AND i.deleted_at IS NULL
     GROUP BY i.root_id ORDER BY 2 DESC LIMIT ${MOST}`,
    accountId,
  );
  const allowed = (row: Row) => sections === "all" || sections.has(Number(row.section_id));
  const items: OnDeckItem[] = films
    .filter(allowed)
    .map((row) => ({ itemId: Number(row.item_id), at: Number(row.last_viewed_at) }));
  for (const row of shows.filter(allowed)) {
    const itemId = nextEpisode(queries, accountId, Number(row.root_id));
    if (itemId !== undefined) items.push({ itemId, at: Number(row.last_viewed_at) });
  }
  return items.sort((a, b) => b.at - a.at || a.itemId - b.itemId);
}

/**
 * The episode that an account would go on with in a show that it has begun: the one viewed last, if it was not finished,
 * else the first one behind it that was not watched. Specials come only behind specials.
 */
function nextEpisode(queries: Queries, accountId: number, showId: number): number | undefined {
  const last = queries.get(
    `SELECT i.id, v.view_offset, p.number AS season, i.number FROM views v
     JOIN items i ON i.id = v.item_id JOIN items p ON p.id = i.parent_id
     WHERE v.account_id = ? AND i.root_id = ? AND i.type = 'episode' AND i.deleted_at IS NULL
       AND (v.view_count > 0 OR v.view_offset IS NOT NULL)
     ORDER BY v.last_viewed_at DESC, p.number DESC, i.number DESC LIMIT 1`,
    accountId,
    showId,
  );
  if (last === undefined) return undefined;
  if (last.view_offset !== null) return Number(last.id);
  const next = queries.get(
    `SELECT i.id FROM items i JOIN items p ON p.id = i.parent_id LEFT JOIN views v ON v.item_id = i.id AND v.account_id = ?
     WHERE i.root_id = ? AND i.type = 'episode' AND i.deleted_at IS NULL AND coalesce(v.view_count, 0) = 0
       AND (coalesce(p.number, 0), coalesce(i.number, 0)) > (?, ?) AND (coalesce(p.number, 0) > 0 OR ? = 0)
     ORDER BY p.number, i.number, i.id LIMIT 1`,
    accountId,
    showId,
    last.season ?? 0,
    last.number ?? 0,
    last.season ?? 0,
  );
  return next === undefined ? undefined : Number(next.id);
}

export interface NewcomerOptions {
  readonly outbox: Outbox;
  /** Undefined for an account that is gone. */
  readonly readerOf: (accountId: number) => (Reader & { readonly person: PersonFacts }) | undefined;
}

/**
 * Tells the accounts for whom a new episode is the next one: that they have come to the end of what there was, and now
 * there is more. In the transaction that settles the episode.
 */
export function tellOnDeck(tx: Transaction, row: Row, { outbox, readerOf }: NewcomerOptions): void {
  if (row.type !== "episode" || row.root_id === null || row.root_id === undefined) return;
  if (row.arrival === "returned") return;
  const accounts = tx.all(
    `SELECT DISTINCT v.account_id FROM items i JOIN views v ON v.item_id = i.id
     WHERE i.root_id = ? AND i.type = 'episode' AND (v.view_count > 0 OR v.view_offset IS NOT NULL)`,
    row.root_id,
  );
  for (const { account_id } of accounts) {
    const accountId = Number(account_id);
    const reader = readerOf(accountId);
    if (reader === undefined) continue;
    if (reader.sections !== "all" && !reader.sections.has(Number(row.section_id))) continue;
    if (nextEpisode(tx, accountId, Number(row.root_id)) !== row.id) continue;
    // One that was begun before its file came back is not new to anybody.
    if (viewOf(tx, accountId, Number(row.id)).viewOffset !== undefined) continue;
    const item = itemSnapshot(tx, { itemId: Number(row.id), accountId });
    const event: NewMediaEvent = {
      type: "ondeck.entered",
      audience: { kind: "account", accountId },
      subject: `item:${row.id}`,
      facts: { item: namedItem(tx, row), account: reader.person },
      ...(item === undefined ? {} : { item }),
    };
    outbox.append(tx, [event]);
  }
}
