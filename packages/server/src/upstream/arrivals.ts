import type { JsonObject } from "@reelay/protocol";
import { type ArrivalFacts, type ArrivedItem, type ItemFacts, type NewMediaEvent, rollUp } from "../events/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";
import { readItem, snapshotOf } from "./about.ts";
import type { Directory } from "./directory.ts";
import type { UpstreamOnDeck } from "./on-deck.ts";
import type { UpstreamPictures } from "./pictures.ts";
import type { PlexWebhook } from "./plex-webhook.ts";
import { integerOf, textOf } from "./read-fields.ts";
import { ToldFamilies } from "./told-families.ts";

/** After the last new item of a section: so long it may still get company. ms */
const QUIET_MS = 10_000;
/** After the first: then nothing is waited for any more. ms */
const DEADLINE_MS = 120_000;
/** Items that are told together. */
const MOST = 100;
/** Events named as rolled up into one. */
const MOST_NAMED = 100;

export interface ArrivalsOptions {
  readonly origin: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly pictures: UpstreamPictures;
  readonly onDeck: UpstreamOnDeck;
  readonly append: (tx: Transaction, events: readonly NewMediaEvent[]) => void;
  readonly store: (work: (tx: Transaction) => void) => void;
}

type Arrived = Extract<NewMediaEvent, { readonly type: "item.arrived" }>;

interface Waiting {
  readonly itemId: number;
  readonly readyEvent: string;
}

/**
 * Tells what is new on an upstream as `item.arrived`, once a section is quiet: what belongs together as one, by the rules
 * of the own library. What waits is in a table, so that nothing is forgotten by a restart.
 */
export class UpstreamArrivals {
  readonly #options: ArrivalsOptions;
  /** Of which notifications, and of which the upstream's own webhooks, have told. */
  readonly #heard = new ToldFamilies();
  readonly #announced = new ToldFamilies();
  #looking = false;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** A notification tells of something new. */
  heard({ itemId: id, parentId, rootId }: Omit<ItemFacts, "sectionId" | "metadataType" | "updatedAt">): void {
    this.#heard.add({ id, parentId, rootId }, this.#options.clock.now());
  }

  /** The upstream's own webhook says what is new: told unless notifications did, and then told by them no more. */
  takeWebhook({ metadata, about: { item, unknown, snapshot } }: PlexWebhook): void {
    const { origin, clock, store, append } = this.#options;
    const { itemId: id, parentId, rootId, sectionId } = item;
    const family = { id, parentId, rootId };
    const now = clock.now();
    if (unknown.includes("item") || sectionId === 0) return;
    if (this.#heard.has(family, now) || this.#announced.has(family, now)) return;
    this.#announced.add(family, now);
    store((tx) =>
      append(tx, [
        {
          type: "item.arrived",
          origin,
          audience: { kind: "section", sectionId },
          subject: `item:${id}`,
          facts: { ...item, count: integerOf(metadata.leafCount) ?? 1, rolledUp: [] },
          ...(snapshot === undefined ? {} : { item: snapshot }),
        },
      ]),
    );
  }

  /** An item is new and ready. */
  add(tx: Transaction, item: Omit<ItemFacts, "metadataType" | "updatedAt">, readyEvent: string): void {
    this.heard(item);
    tx.run(
      "INSERT OR IGNORE INTO upstream_arrivals (origin, item_id, section_id, ready_event, at) VALUES (?, ?, ?, ?, ?)",
      this.#options.origin,
      item.itemId,
      item.sectionId,
      readyEvent,
      this.#options.clock.now(),
    );
  }

  /** It was deleted, or is told now. @returns whether it waited */
  forget(tx: Transaction, itemId: number): boolean {
    const sql = "DELETE FROM upstream_arrivals WHERE origin = ? AND item_id = ?";
    return tx.run(sql, this.#options.origin, itemId).changes > 0;
  }

  /** Tells what is complete by now. Never rejects: what could not be looked up is tried again the next time. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const sectionId of this.#due()) await this.#tell(sectionId);
    } catch {
      // The upstream does not answer now.
    } finally {
      this.#looking = false;
    }
  }

  /** The sections in which nothing more is waited for. */
  #due(): number[] {
    const { database, origin, clock } = this.#options;
    const now = clock.now();
    return database.read
      .all(
        "SELECT section_id, min(at) AS first, max(at) AS last FROM upstream_arrivals WHERE origin = ? GROUP BY section_id",
        origin,
      )
      .filter(({ first, last }) => Number(last) + QUIET_MS <= now || Number(first) + DEADLINE_MS <= now)
      .map(({ section_id }) => Number(section_id));
  }

  async #tell(sectionId: number): Promise<void> {
    const { pictures, onDeck, store, append } = this.#options;
    const waiting = this.#waitingIn(sectionId);
    const entries = await this.#entriesOf(waiting.map(({ itemId }) => itemId));
    const groups = rollUp(waiting.flatMap(({ itemId }) => arrivedOf(itemId, entries.get(itemId)) ?? []));
    // A season or an album to which something was added did not arrive itself.
    const parents = await this.#entriesOf(groups.map(({ id }) => id).filter((id) => !entries.has(id)));
    const readyEvents = new Map(waiting.map(({ itemId, readyEvent }) => [itemId, readyEvent]));
    const arrived = groups.flatMap((group) => {
      const entry = entries.get(group.id) ?? parents.get(group.id);
      const rolledUp = group.items.flatMap((one) => readyEvents.get(one) ?? []).slice(0, MOST_NAMED);
      return (entry && this.#arrived(entry, { sectionId, count: group.leaves.length, rolledUp })) ?? [];
    });
    const entered = await onDeck.entered([...entries.values()]);
    await pictures.fetch([...arrived, ...entered].map(({ item }) => item));
    store((tx) => {
      // Deleted meanwhile, or told by another look: not again.
      const left = waiting.filter(({ itemId }) => this.forget(tx, itemId));
      const isLeft = (id: string | undefined) => left.some(({ readyEvent }) => readyEvent === id);
      append(tx, [
        ...arrived.filter(({ facts }) => facts.rolledUp.some(isLeft)),
        ...entered.filter(({ facts }) => isLeft(readyEvents.get(facts.item.itemId))),
      ]);
    });
  }

  #waitingIn(sectionId: number): readonly Waiting[] {
    const { database, origin } = this.#options;
    return database.read
      .all(
        "SELECT item_id, ready_event FROM upstream_arrivals WHERE origin = ? AND section_id = ? ORDER BY at LIMIT ?",
        origin,
        sectionId,
        MOST,
      )
      .map((row) => ({ itemId: Number(row.item_id), readyEvent: String(row.ready_event) }));
  }

  async #entriesOf(ids: readonly number[]): Promise<ReadonlyMap<number, JsonObject>> {
    const entries = await this.#options.directory.items(ids);
    return new Map(entries.map((entry) => [integerOf(entry.ratingKey) ?? 0, entry]));
  }

  /** @returns undefined for what is no item, and for what its webhook has told */
  #arrived(entry: JsonObject, facts: Pick<ArrivalFacts, "sectionId" | "count" | "rolledUp">): Arrived | undefined {
    const { origin, clock } = this.#options;
    const item = readItem(entry);
    if (item === undefined || this.#announced.has({ ...item, id: item.itemId }, clock.now())) return undefined;
    return {
      type: "item.arrived",
      origin,
      audience: { kind: "section", sectionId: facts.sectionId },
      subject: `item:${item.itemId}`,
      facts: { ...item, ...facts },
      item: snapshotOf(entry),
    };
  }
}

/** @returns undefined for one that the upstream does not have any more */
function arrivedOf(id: number, entry: JsonObject | undefined): ArrivedItem | undefined {
  const type = entry && textOf(entry.type);
  if (entry === undefined || type === undefined) return undefined;
  return { id, type, parentId: integerOf(entry.parentRatingKey), rootId: integerOf(entry.grandparentRatingKey) };
}
