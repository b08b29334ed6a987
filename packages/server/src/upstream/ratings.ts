import type { JsonObject } from "@reelay/protocol";
import type { NewMediaEvent, PersonFacts } from "../events/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";
import { readItem, snapshotOf } from "./about.ts";
import type { Directory } from "./directory.ts";
import type { PlexWebhook } from "./plex-webhook.ts";
import { integerOf, OWNER_THERE } from "./read-fields.ts";
import type { KnownLists } from "./store.ts";

/** A rating that is older was not given now. By the upstream's clock; its notification, or ours, may be late. ms */
const FRESH_MS = 120_000;
/** Remembered, so that none is told twice. */
const MOST = 50;

export interface UpstreamRatingsOptions {
  readonly origin: string;
  readonly clock: Clock;
  readonly directory: Directory;
  /** Changed here, stored by `store`. */
  readonly lists: KnownLists;
  readonly accountOf: (upstreamAccount: number) => number | undefined;
  readonly append: (tx: Transaction, events: readonly NewMediaEvent[]) => void;
  readonly store: (work: (tx: Transaction) => void) => void;
}

/**
 * What is rated on an upstream: by its own webhooks, and for the owner, whose token this server has, by looking at items
 * of which a notification says that they have changed. One rating is one event.
 */
export class UpstreamRatings {
  readonly #options: UpstreamRatingsOptions;

  constructor(options: UpstreamRatingsOptions) {
    this.#options = options;
  }

  /** What the item of a notification looks like now. */
  async look(entry: JsonObject): Promise<void> {
    const { clock, directory } = this.#options;
    const rating = ratingOf(entry.userRating);
    const ratedAt = integerOf(entry.lastRatedAt);
    if (rating === undefined || ratedAt === undefined) return;
    if (Math.abs(clock.now() + directory.skewMs - ratedAt * 1_000) > FRESH_MS) return;
    // Only the owner's token is somebody's of whom it is known who they are there.
    const title = (await directory.names()).get(OWNER_THERE);
    if (title !== undefined) this.#tell(entry, { rating, ratedAt, account: { id: OWNER_THERE, title } });
  }

  takeWebhook({ metadata, about, rating }: PlexWebhook): void {
    if (rating === undefined || rating < 0 || rating > 10) return;
    const { account, player, unknown } = about;
    const ratedAt = integerOf(metadata.lastRatedAt);
    this.#tell(metadata, {
      ...{ rating, account, ...(ratedAt === undefined ? {} : { ratedAt }) },
      ...(unknown.includes("player") ? {} : { player }),
    });
  }

  #tell(
    entry: JsonObject,
    {
      ratedAt,
      ...rated
    }: { rating: number; ratedAt?: number; account: PersonFacts } & Partial<Pick<PlexWebhook["about"], "player">>,
  ): void {
    const { origin, accountOf, lists, store, append, clock } = this.#options;
    const item = readItem(entry);
    if (item === undefined) return;
    const now = clock.now();
    const { rating, account } = rated;
    const one = {
      item: item.itemId,
      account: account.id,
      rating,
      at: now,
      ...(ratedAt === undefined ? {} : { ratedAt }),
    };
    const isTold = (lists.ratings ?? []).some(
      (told) =>
        told.item === one.item &&
        told.account === one.account &&
        told.rating === rating &&
        (told.ratedAt === undefined || ratedAt === undefined
          ? Math.abs(now - told.at) < FRESH_MS
          : told.ratedAt === ratedAt),
    );
    if (isTold) return;
    const accountId = accountOf(account.id);
    store((tx) => {
      lists.ratings = [...(lists.ratings ?? []).filter(({ at }) => Math.abs(now - at) < 2 * FRESH_MS), one].slice(
        -MOST,
      );
      append(tx, [
        {
          type: "item.rated",
          origin,
          audience: accountId === undefined ? { kind: "admins" } : { kind: "account", accountId },
          subject: `item:${item.itemId}`,
          facts: { ...rated, item },
          item: snapshotOf(entry),
        },
      ]);
    });
  }
}

function ratingOf(value: unknown): number | undefined {
  const rating = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  return rating >= 0 && rating <= 10 ? rating : undefined;
}
