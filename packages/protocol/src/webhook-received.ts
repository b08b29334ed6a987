import type { JsonValue } from "./json.ts";
import type { WebhookEventName, webhookEvents } from "./webhook-types.ts";

/** What receivers can rely on of an account: servers of different years leave out different things. */
export interface ReceivedAccount {
  readonly id?: number;
  readonly title?: string;
  /** Address of the avatar. */
  readonly thumb?: string;
}

export interface ReceivedServer {
  readonly title?: string;
  /** Its machine identifier. */
  readonly uuid?: string;
}

export interface ReceivedPlayer {
  readonly local?: boolean;
  readonly publicAddress?: string;
  readonly title?: string;
  /** Its client identifier. */
  readonly uuid?: string;
}

/**
 * The item. The fields that are named here have the type that is named here, or are missing: ids of another type are converted, anything else
 * is left out. All other fields are as they came.
 */
export interface ReceivedMetadata {
  /** `movie`, `episode`, `track`, `clip` (trailers and extras), `show`, `season`, `artist`, `album`, `photo`. */
  readonly type?: string;
  readonly title?: string;
  readonly ratingKey?: string;
  readonly key?: string;
  readonly parentRatingKey?: string;
  readonly grandparentRatingKey?: string;
  readonly guid?: string;
  /** The season, the album. */
  readonly parentTitle?: string;
  /** The show, the artist. */
  readonly grandparentTitle?: string;
  readonly originalTitle?: string;
  readonly librarySectionType?: string;
  readonly librarySectionTitle?: string;
  readonly librarySectionID?: number;
  readonly summary?: string;
  readonly index?: number;
  readonly parentIndex?: number;
  readonly year?: number;
  /** ms */
  readonly duration?: number;
  /** ms; missing at the beginning. */
  readonly viewOffset?: number;
  readonly thumb?: string;
  readonly [key: string]: JsonValue | undefined;
}

type Kind<N extends WebhookEventName> = (typeof webhookEvents)[N];

/** A webhook as a receiver gets it. A part that an event always has is always there, though maybe empty; others may be missing. */
export type ReceivedWebhook<N extends WebhookEventName = WebhookEventName> = N extends WebhookEventName
  ? {
      readonly event: N;
      /** The hook's account caused it. */
      readonly user: boolean;
      /** The hook's account owns the server. */
      readonly owner: boolean;
      readonly Account: ReceivedAccount;
      readonly Server: ReceivedServer;
    } & (Kind<N>["player"] extends true ? { readonly Player: ReceivedPlayer } : { readonly Player?: ReceivedPlayer }) &
      (Kind<N>["metadata"] extends true
        ? { readonly Metadata: ReceivedMetadata }
        : { readonly Metadata?: ReceivedMetadata }) &
      // Servers of 2021 wrote a text, those of today a number; here it is a number. 0 to 10.
      (N extends "media.rate" ? { readonly rating?: number } : { readonly rating?: undefined })
  : never;

/** An event that this version has no name for: a newer server's. */
export interface UnknownWebhook {
  readonly event: string;
  readonly user: boolean;
  readonly owner: boolean;
  readonly Account: ReceivedAccount;
  readonly Server: ReceivedServer;
  readonly Player?: ReceivedPlayer;
  readonly Metadata?: ReceivedMetadata;
  readonly rating?: number;
}
