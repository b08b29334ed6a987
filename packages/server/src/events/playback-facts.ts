import type { ItemFacts } from "./item-facts.ts";
import type { Missed } from "./upstream-facts.ts";

/** What a player says of itself, and where it is. Texts that it left out are missing. */
export interface PlayerFacts {
  /** Its `X-Plex-Client-Identifier`: `clientIdentifier` in notifications, `uuid` in webhooks. */
  readonly uuid: string;
  /** For people. */
  readonly title: string;
  readonly product?: string;
  readonly version?: string;
  readonly platform?: string;
  readonly platformVersion?: string;
  readonly device?: string;
  readonly deviceClass?: string;
  readonly model?: string;
  readonly vendor?: string;
  readonly profile?: string;
  readonly protocolVersion?: string;
  /** Whose address its reports come from. */
  readonly address: string;
  /** It is on a network of the server's. */
  readonly local: boolean;
  /** As the internet sees it. */
  readonly publicAddress: string;
  /** Its reports come over TLS. */
  readonly secure: boolean;
}

/** An account as events about it show it. */
export interface PersonFacts {
  readonly id: number;
  readonly title: string;
  /** Where its picture is; missing where it has none. */
  readonly thumb?: string;
}

/** An item with its name, as timeline entries have it. */
export type NamedItemFacts = ItemFacts & { readonly title: string };

/** A playback at one moment. */
export interface SessionFacts {
  /** Counts up; never given twice. */
  readonly sessionKey: number;
  /** What `/status/sessions/terminate` takes: the player's `X-Plex-Session-Identifier`, or one made up. */
  readonly sessionId: string;
  readonly state: "playing" | "paused" | "buffering" | "stopped" | "error";
  /** ms */
  readonly viewOffset: number;
  /** Where it began, ms: above 0 when it was resumed from a stored offset. */
  readonly startOffset: number;
  /** ms; missing while nobody knows. */
  readonly duration?: number;
  readonly playQueueID?: number;
  readonly playQueueItemID?: number;
  /** Why it is told: `began`, `next-item`, `reported`, `vanished`, `seek`, `repeat` … */
  readonly why: string;
  /** Played without a connection and told afterwards: in the past. */
  readonly offline: boolean;
  readonly item: NamedItemFacts;
  readonly account: PersonFacts;
  readonly player: PlayerFacts;
  /** What an upstream could not be asked: these values mean nothing. */
  readonly unknown?: readonly ("item" | "account" | "player")[];
  /** Told afterwards: it happened between these times, when nobody listened. Such an event is synthetic. */
  readonly missed?: Missed;
}

export interface RatingFacts {
  /** 0 to 10; null when the rating was taken away. */
  readonly rating: number | null;
  readonly item: NamedItemFacts;
  readonly account: PersonFacts;
  /** Who asked, where the request named itself. */
  readonly player?: PlayerFacts;
}

/** An episode that is the next one for an account, told when it arrives. */
export interface OnDeckFacts {
  readonly item: NamedItemFacts;
  readonly account: PersonFacts;
}
