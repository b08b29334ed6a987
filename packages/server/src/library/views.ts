import type { Queries, Row, Transaction } from "../storage/index.ts";

/** What one account has seen of one item, and how it likes it. */
export interface ItemView {
  /** Where to go on, ms; undefined: from the beginning. */
  readonly viewOffset: number | undefined;
  readonly viewCount: number;
  /** Epoch seconds. */
  readonly lastViewedAt: number | undefined;
  /** 0 to 10. */
  readonly userRating: number | undefined;
  /** Epoch seconds. */
  readonly lastRatedAt: number | undefined;
}

const nothing: ItemView = {
  viewOffset: undefined,
  viewCount: 0,
  lastViewedAt: undefined,
  userRating: undefined,
  lastRatedAt: undefined,
};

export function viewOf(queries: Queries, accountId: number, itemId: number): ItemView {
  const row = queries.get("SELECT * FROM views WHERE account_id = ? AND item_id = ?", accountId, itemId);
  if (row === undefined) return nothing;
  return {
    viewOffset: numberOf(row.view_offset),
    viewCount: Number(row.view_count),
    lastViewedAt: numberOf(row.last_viewed_at),
    userRating: numberOf(row.user_rating),
    lastRatedAt: numberOf(row.last_rated_at),
  };
}

/** Changes what is given and leaves the rest; `undefined` clears. @returns the view afterwards */
export function changeView(tx: Transaction, accountId: number, itemId: number, change: Partial<ItemView>): ItemView {
  const view = { ...viewOf(tx, accountId, itemId), ...change };
  tx.run(
    `INSERT OR REPLACE INTO views (account_id, item_id, view_offset, view_count, last_viewed_at, user_rating, last_rated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    accountId,
    itemId,
    view.viewOffset ?? null,
    view.viewCount,
    view.lastViewedAt ?? null,
    view.userRating ?? null,
    view.lastRatedAt ?? null,
  );
  return view;
}

function numberOf(value: Row[string] | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
