import type { JsonObject } from "@reelay/protocol";
import type { NewMediaEvent, PersonFacts } from "../events/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";
import { readItem, snapshotOf } from "./about.ts";
import type { Directory } from "./directory.ts";
import type { PlexWebhook } from "./plex-webhook.ts";
import { integerOf, OWNER_THERE } from "./read-fields.ts";
import { ToldFamilies } from "./told-families.ts";

export interface UpstreamOnDeckOptions {
  readonly origin: string;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly accountOf: (upstreamAccount: number) => number | undefined;
  readonly append: (tx: Transaction, events: readonly NewMediaEvent[]) => void;
  readonly store: (work: (tx: Transaction) => void) => void;
}

/** What is new on an upstream and, as soon as it is there, on its owner's On Deck: each item once, whoever says it first. */
export class UpstreamOnDeck {
  readonly #options: UpstreamOnDeckOptions;
  readonly #told = new ToldFamilies();

  constructor(options: UpstreamOnDeckOptions) {
    this.#options = options;
  }

  /** Those of the new items that are on it. Empty where the upstream does not say. */
  async find(added: readonly JsonObject[]): Promise<readonly JsonObject[]> {
    const { directory } = this.#options;
    if (!added.some(({ type }) => type === "episode")) return [];
    try {
      const onDeck = new Set((await directory.onDeck()).map(({ ratingKey }) => integerOf(ratingKey)));
      return added.filter(({ ratingKey }) => onDeck.has(integerOf(ratingKey)));
    } catch {
      return [];
    }
  }

  /** Tells of those of whom it was not told. */
  async tell(entries: readonly JsonObject[]): Promise<void> {
    if (entries.length === 0) return;
    // Only the owner's token is somebody's of whom it is known who they are there.
    const title = (await this.#options.directory.names()).get(OWNER_THERE);
    if (title === undefined) return;
    for (const entry of entries) this.#tell(entry, { id: OWNER_THERE, title });
  }

  takeWebhook({ metadata, about: { account } }: PlexWebhook): void {
    this.#tell(metadata, account);
  }

  #tell(entry: JsonObject, account: PersonFacts): void {
    const { origin, clock, accountOf, append, store } = this.#options;
    const item = readItem(entry);
    const now = clock.now();
    if (item === undefined || this.#told.has({ id: item.itemId }, now)) return;
    this.#told.add({ id: item.itemId }, now);
    const accountId = accountOf(account.id);
    store((tx) =>
      append(tx, [
        {
          type: "ondeck.entered",
          origin,
          audience: accountId === undefined ? { kind: "admins" } : { kind: "account", accountId },
          subject: `item:${item.itemId}`,
          facts: { item, account },
          item: snapshotOf(entry),
        },
      ]),
    );
  }
}
