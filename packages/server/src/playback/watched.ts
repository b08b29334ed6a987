import { setImmediate as nextTurn } from "node:timers/promises";
import type { NewMediaEvent, Outbox, PersonFacts, PlayerFacts } from "../events/index.ts";
import { changeView, itemSnapshot, updatedEvent, viewOf } from "../library/index.ts";
import type { Database, Row, Transaction } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";
import { addToHistory } from "./history.ts";
import { namedItem } from "./items.ts";

/** Items marked in one transaction: a show of a thousand episodes holds up nobody. */
const SLICE = 50;

export interface WatchedOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly personOf: (accountId: number) => PersonFacts;
}

/** Who says something of an item by hand. */
export interface Marker {
  readonly accountId: number;
  readonly player: PlayerFacts | undefined;
}

/** What people say themselves of what they have seen: marks, ratings, where to go on. Each is told to its account alone. */
export class Watched {
  readonly #options: WatchedOptions;

  constructor(options: WatchedOptions) {
    this.#options = options;
  }

  /** Marks an item, or all that can be played below it, as played or not. What is so already stays as it is. */
  async mark(row: Row, played: boolean, marker: Marker): Promise<void> {
    const { database } = this.#options;
    const leaves = database.read.all(
      `SELECT id FROM items WHERE deleted_at IS NULL AND type IN ('movie', 'episode', 'track')
       AND (id = ?1 OR parent_id = ?1 OR root_id = ?1) ORDER BY id`,
      Number(row.id),
    );
    for (let at = 0; at < leaves.length; at += SLICE) {
      if (at > 0) await nextTurn();
      await database.transaction((tx) => {
        for (const leaf of leaves.slice(at, at + SLICE)) this.#markLeaf(tx, Number(leaf.id), played, marker);
      });
    }
  }

  #markLeaf(tx: Transaction, id: number, played: boolean, { accountId, player }: Marker): void {
    const row = tx.get("SELECT * FROM items WHERE id = ? AND deleted_at IS NULL", id);
    if (row === undefined) return;
    const { viewCount, viewOffset } = viewOf(tx, accountId, id);
    const done = viewOffset === undefined && (played ? viewCount > 0 : viewCount === 0);
    if (done) return;
    const viewedAt = Math.floor(this.#options.clock.now() / 1000);
    if (played) {
      changeView(tx, accountId, id, { viewCount: viewCount + 1, viewOffset: undefined, lastViewedAt: viewedAt });
      addToHistory(tx, { accountId, itemId: id, viewedAt, clientIdentifier: player?.uuid });
    } else {
      changeView(tx, accountId, id, { viewCount: 0, viewOffset: undefined, lastViewedAt: undefined });
    }
    this.#tell(tx, accountId, updatedEvent(tx, row));
  }

  /** Where to go on, ms; 0 for from the beginning. */
  async setProgress(row: Row, time: number, { accountId }: Marker): Promise<void> {
    const { database, clock } = this.#options;
    await database.transaction((tx) => {
      changeView(tx, accountId, Number(row.id), {
        viewOffset: time === 0 ? undefined : time,
        lastViewedAt: Math.floor(clock.now() / 1000),
      });
      this.#tell(tx, accountId, updatedEvent(tx, row));
    });
  }

  /**
   * @param rating 0 to 10; undefined takes it away
   * @param ratedAt epoch seconds
   */
  async rate(row: Row, rating: number | undefined, ratedAt: number, { accountId, player }: Marker): Promise<void> {
    const { database, personOf } = this.#options;
    await database.transaction((tx) => {
      changeView(tx, accountId, Number(row.id), {
        userRating: rating,
        lastRatedAt: rating === undefined ? undefined : ratedAt,
      });
      const item = itemSnapshot(tx, { itemId: Number(row.id), accountId });
      this.#tell(tx, accountId, {
        type: "item.rated",
        audience: { kind: "account", accountId },
        subject: `item:${row.id}`,
        facts: {
          rating: rating ?? null,
          item: namedItem(tx, row),
          account: personOf(accountId),
          ...(player === undefined ? {} : { player }),
        },
        ...(item === undefined ? {} : { item }),
      });
    });
  }

  /** Nobody else sees what an account has watched. */
  #tell(tx: Transaction, accountId: number, event: NewMediaEvent): void {
    this.#options.outbox.append(tx, [{ ...event, audience: { kind: "account", accountId } } as NewMediaEvent]);
  }
}
