import type { PlaybackSession, SessionEvent } from "@reelay/protocol";
import { changeView, viewOf } from "../library/index.ts";
import type { Transaction } from "../storage/index.ts";
import { addToHistory } from "./history.ts";
import type { About } from "./session-events.ts";

/** What counts as played, and from where on a place is kept. */
export interface ProgressRules {
  /** Part of the length, above 0 and up to 1. */
  readonly playedFrom: number;
  /** ms; a place at this or before it is not kept. */
  readonly leastProgress: number;
}

/** Plex's number of tracks: songs begin from their beginning. */
const TRACK = 10;

/** Keeps what an event of a session means for its account: where to go on, or that the item was played. */
export function keepProgress(tx: Transaction, about: About, event: SessionEvent, rules: ProgressRules): void {
  const { session, type } = event;
  if (type === "scrobbled") {
    keepPlayed(tx, about, event.at);
  } else if (session.startedAt !== undefined) {
    // Not of the event: a player that vanished was last seen before.
    keepOffset(tx, about, session, session.lastReportAt, rules);
  }
}

function keepPlayed(tx: Transaction, { account, item, player }: About, at: number): void {
  if (!isKept(tx, account.id, item.itemId)) return;
  const { viewCount, lastViewedAt } = viewOf(tx, account.id, item.itemId);
  const viewedAt = Math.floor(at / 1000);
  changeView(tx, account.id, item.itemId, {
    viewCount: viewCount + 1,
    viewOffset: undefined,
    lastViewedAt: Math.max(viewedAt, lastViewedAt ?? 0),
  });
  addToHistory(tx, { accountId: account.id, itemId: item.itemId, viewedAt, clientIdentifier: player.uuid });
}

/** What of a session tells where to go on. */
export type Standing = Pick<PlaybackSession, "viewOffset" | "offline" | "scrobbled"> & {
  readonly duration?: number;
};

/** Where a session stands, as the place to go on from: unless that is the beginning, or the end. */
export function keepOffset(
  tx: Transaction,
  { account, item }: Pick<About, "account" | "item">,
  { viewOffset, duration, offline, scrobbled }: Standing,
  at: number,
  { playedFrom, leastProgress }: ProgressRules,
): void {
  if (item.metadataType === TRACK || viewOffset <= leastProgress || !isKept(tx, account.id, item.itemId)) return;
  const viewedAt = Math.floor(at / 1000);
  const before = viewOf(tx, account.id, item.itemId);
  if (duration !== undefined && viewOffset >= duration * playedFrom) {
    // Moved back after it had counted as played, and played to its end again.
    if (scrobbled && before.viewOffset !== undefined)
      changeView(tx, account.id, item.itemId, { viewOffset: undefined });
    return;
  }
  // Played without a connection, told after it was played elsewhere: the later place counts.
  if (offline && viewedAt < (before.lastViewedAt ?? 0)) return;
  changeView(tx, account.id, item.itemId, { viewOffset, lastViewedAt: viewedAt });
}

/** Whether both are there still: one can go while somebody plays. */
function isKept(tx: Transaction, accountId: number, itemId: number): boolean {
  const row = tx.get("SELECT 1 FROM items, accounts WHERE items.id = ? AND accounts.id = ?", itemId, accountId);
  return row !== undefined;
}
