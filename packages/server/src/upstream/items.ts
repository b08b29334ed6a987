import type { JsonObject } from "@reelay/protocol";
import type { ItemFacts, Missed, NewMediaEvent, ToldNotification } from "../events/index.ts";
import type { Queries, Transaction } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";
import { readItem, snapshotOf } from "./about.ts";
import { passedOn } from "./passed-on.ts";
import { integerOf, present, textOf } from "./read-fields.ts";

const LIBRARY = "com.plexapp.plugins.library";
/** Remembered per upstream; those that were touched longest ago are forgotten. */
const MOST = 5_000;

export interface ItemsOptions {
  readonly origin: string;
  readonly clock: Clock;
}

interface Remembered {
  readonly ready: boolean;
  readonly seen: string;
  /** That it is ready, while the upstream is asked what it is. */
  readonly untold?: NewMediaEvent;
}

/** What a notification tells of an item. */
export interface TakenItem {
  /** In their order. */
  readonly events: readonly NewMediaEvent[];
  /** Of which more is to be known: what waits is told by `release`. */
  readonly wanted?: number;
}

/** What becomes of the items of an upstream, by its `timeline` notifications and its newest items. */
export class UpstreamItems {
  readonly #origin: string;
  readonly #clock: Clock;

  constructor({ origin, clock }: ItemsOptions) {
    this.#origin = origin;
    this.#clock = clock;
  }

  /**
   * What a `timeline` notification tells; undefined for what is in no library, such as programme guides. That an item is
   * ready waits until the upstream has said what it is; what is told of it meanwhile comes behind it.
   */
  take(tx: Transaction, entry: JsonObject, notification: ToldNotification): TakenItem | undefined {
    const facts = factsOf(entry);
    if (facts === undefined) return undefined;
    const events: NewMediaEvent[] = this.release(tx, facts.itemId);
    const taken = this.#taken(tx, entry, facts, notification);
    if (taken.event !== undefined) events.push(taken.event);
    return { events, ...(taken.isWanted ? { wanted: facts.itemId } : {}) };
  }

  /** What of an item waits, with what is known of it now. @returns one event or none */
  release(tx: Transaction, itemId: number, entry?: JsonObject): NewMediaEvent[] {
    const known = this.#known(tx, itemId);
    if (known?.untold === undefined) return [];
    const { untold, ...rest } = known;
    this.#remember(tx, itemId, rest);
    return [entry === undefined ? untold : ({ ...untold, item: snapshotOf(entry) } as NewMediaEvent)];
  }

  /** The items of which something waits, since before a restart. */
  untold(queries: Queries): readonly number[] {
    const sql = "SELECT item_id FROM upstream_items WHERE origin = ? AND untold IS NOT NULL";
    return queries.all(sql, this.#origin).map(({ item_id }) => Number(item_id));
  }

  #taken(
    tx: Transaction,
    entry: JsonObject,
    facts: ItemFacts,
    notification: ToldNotification,
  ): { readonly event?: NewMediaEvent; readonly isWanted?: boolean } {
    const { state, metadataState, mediaState, queueSize } = entry;
    const audience = { kind: "section", sectionId: facts.sectionId } as const;
    const common = { origin: this.#origin, audience, subject: `item:${facts.itemId}`, notification };
    const title = textOf(entry.title) ?? "";
    if (state === 0 && metadataState === "created") {
      this.#remember(tx, facts.itemId, { ready: false, seen: "" });
      return { event: { type: "item.created", ...common, facts } };
    }
    if (state === 9 && metadataState === "deleted") {
      tx.run("DELETE FROM upstream_items WHERE origin = ? AND item_id = ?", this.#origin, facts.itemId);
      return { event: { type: "item.deleted", ...common, facts } };
    }
    const isSettled = state === 5 && metadataState === undefined && mediaState === undefined && queueSize === undefined;
    const asItCame = () => passedOn(this.#origin, notification, audience);
    if (!isSettled) return { event: asItCame() };
    const known = this.#known(tx, facts.itemId);
    const seen = `${facts.updatedAt} ${title}`;
    // A settled entry is sent again and again for a while; and when the item was rated.
    if (known?.ready === true && known.seen === seen) return { event: asItCame(), isWanted: true };
    const isReady = known?.ready === false;
    const event: NewMediaEvent = {
      ...{ type: isReady ? "item.ready" : "item.updated", ...common, facts: { ...facts, title } },
      time: this.#clock.now(),
    };
    this.#remember(tx, facts.itemId, { ready: true, seen, ...(isReady ? { untold: event } : {}) });
    return { ...(isReady ? {} : { event }), isWanted: true };
  }

  /** Takes for known what was there before anything was heard. */
  adopt(tx: Transaction, entries: readonly JsonObject[]): void {
    for (const entry of entries) {
      const item = readItem(entry);
      if (item !== undefined) this.#remember(tx, item.itemId, { ready: true, seen: `${item.updatedAt} ${item.title}` });
    }
  }

  /** What was missed of the newest items: those that were not known, and those that have settled since. */
  compare(
    tx: Transaction,
    entries: readonly JsonObject[],
    { since, missed }: { readonly since: number; readonly missed: Missed },
  ): NewMediaEvent[] {
    const told: NewMediaEvent[] = [];
    for (const entry of entries) {
      const item = readItem(entry);
      if (item === undefined || item.sectionId === 0) continue;
      const known = this.#known(tx, item.itemId);
      // Older ones are listed because others have gone.
      if (known?.ready === true || (known === undefined && (integerOf(entry.addedAt) ?? 0) < since)) continue;
      const { title, ...facts } = { ...item, missed };
      const audience = { kind: "section", sectionId: item.sectionId } as const;
      const common = { origin: this.#origin, audience, subject: `item:${item.itemId}` };
      if (known === undefined) told.push({ type: "item.created", ...common, facts });
      told.push({ type: "item.ready", ...common, facts: { ...facts, title }, item: snapshotOf(entry) });
      this.#remember(tx, item.itemId, { ready: true, seen: `${item.updatedAt} ${title}` });
    }
    return told;
  }

  #known(tx: Transaction, itemId: number): Remembered | undefined {
    const sql = "SELECT ready, seen, untold FROM upstream_items WHERE origin = ? AND item_id = ?";
    const row = tx.get(sql, this.#origin, itemId);
    if (row === undefined) return undefined;
    const untold = typeof row.untold === "string" ? { untold: JSON.parse(row.untold) as NewMediaEvent } : {};
    return { ready: row.ready === 1, seen: String(row.seen), ...untold };
  }

  #remember(tx: Transaction, itemId: number, { ready, seen, untold }: Remembered): void {
    tx.run(
      `INSERT OR REPLACE INTO upstream_items (origin, item_id, ready, seen, untold, touched_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
      this.#origin,
      itemId,
      ready ? 1 : 0,
      seen,
      untold === undefined ? null : JSON.stringify(untold),
      this.#clock.now(),
    );
    if (itemId % 100 !== 0) return;
    tx.run(
      `DELETE FROM upstream_items WHERE origin = ?1 AND item_id IN
         (SELECT item_id FROM upstream_items WHERE origin = ?1 ORDER BY touched_at DESC LIMIT -1 OFFSET ?2)`,
      this.#origin,
      MOST,
    );
  }
}

function factsOf(entry: JsonObject): ItemFacts | undefined {
  const sectionId = integerOf(entry.sectionID);
  const itemId = integerOf(entry.itemID);
  if (entry.identifier !== LIBRARY || !sectionId || itemId === undefined) return undefined;
  return {
    sectionId,
    itemId,
    ...present({ parentId: integerOf(entry.parentItemID), rootId: integerOf(entry.rootItemID) }),
    metadataType: integerOf(entry.type) ?? 0,
    updatedAt: integerOf(entry.updatedAt) ?? 0,
  };
}
