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

type Entered = Extract<NewMediaEvent, { readonly type: "ondeck.entered" }>;

/** What is new on an upstream and, as soon as it is there, on its owner's On Deck: each item once, whoever says it first. */
export class UpstreamOnDeck {
  readonly #options: UpstreamOnDeckOptions;
  readonly #told = new ToldFamilies();

  constructor(options: UpstreamOnDeckOptions) {
    this.#options = options;
  }

  /** That those of the new items that are on it have entered it; each once. Empty where the upstream does not say. */
  async entered(added: readonly JsonObject[]): Promise<readonly Entered[]> {
    const { directory } = this.#options;
    if (!added.some(({ type }) => type === "episode")) return [];
    // Only the owner's token is somebody's of whom it is known who they are there.
    const title = (await directory.names()).get(OWNER_THERE);
    if (title === undefined) return [];
    const listed = await directory.onDeck().catch((): readonly JsonObject[] => []);
    const onDeck = new Set(listed.map(({ ratingKey }) => integerOf(ratingKey)));
    return added
      .filter(({ ratingKey }) => onDeck.has(integerOf(ratingKey)))
      .flatMap((entry) => this.#entered(entry, { id: OWNER_THERE, title }) ?? []);
  }

  takeWebhook({ metadata, about: { account } }: PlexWebhook): void {
    const { store, append } = this.#options;
    const entered = this.#entered(metadata, account);
    if (entered !== undefined) store((tx) => append(tx, [entered]));
  }

  /** @returns undefined for what is no item, and for what was told */
  #entered(entry: JsonObject, account: PersonFacts): Entered | undefined {
    const { origin, clock, accountOf } = this.#options;
    const item = readItem(entry);
    const now = clock.now();
    if (item === undefined || this.#told.has({ id: item.itemId }, now)) return undefined;
    this.#told.add({ id: item.itemId }, now);
    const accountId = accountOf(account.id);
    return {
      type: "ondeck.entered",
      origin,
      audience: accountId === undefined ? { kind: "admins" } : { kind: "account", accountId },
      subject: `item:${item.itemId}`,
      facts: { item, account },
      item: snapshotOf(entry),
    };
  }
}
