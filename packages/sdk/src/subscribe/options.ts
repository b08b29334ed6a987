import type { NotificationType } from "@reelay/protocol";
import type { GapEvent, NotificationEvent } from "../stream/events.ts";
import type { ReelayEvent, ReelayEventFacts } from "../stream/reelay-events.ts";

/** How lost connections come back. Times in milliseconds. */
export interface ReconnectOptions {
  /** The wait before the first attempt is random, up to this. Default 250. */
  readonly initialDelayMs?: number;
  /** Doubling ends here. Default 5000. */
  readonly maxDelayMs?: number;
}

/** Options of `subscribe`; all may be left out. */
export interface SubscribeOptions extends ConnectionOptions {
  /** `plex`: the notifications that every Plex server tells. */
  readonly source?: "plex";
  /** Notification types. None, or an empty list: everything except `log`. */
  readonly filter?: readonly NotificationType[];
  /** Of the other source. */
  readonly types?: never;
}

/** Options of `subscribe` for Reelay's own events. */
export interface ReelaySubscribeOptions extends ConnectionOptions {
  /** `reelay`: the events of Reelay's log as they are, also those that clients of Plex are told nothing of. Reelay only. */
  readonly source: "reelay";
  /** Names of events: `item.created`, or `session.*` for all that begin so. None, or an empty list: everything except `log`. */
  readonly types?: readonly EventPattern[];
  /** Of the other source. */
  readonly filter?: never;
}

/** The name of an event, or all whose names begin alike. */
export type EventPattern = keyof ReelayEventFacts | `${string}.*`;

export type AnySubscribeOptions = SubscribeOptions | ReelaySubscribeOptions;

/** What a subscription with these options tells. */
export type EventOf<O> = O extends { readonly source: "reelay" } ? ReelayEvent | GapEvent : NotificationEvent;

/** How `subscribe` connects. */
export interface ConnectionOptions {
  /**
   * `auto` (the default): WebSocket where PINGs are seen, and in browsers, because a Plex server lets pages of other sites use nothing else; else
   * the event stream. The other one is tried when the first is refused.
   */
  readonly transport?: "auto" | "websocket" | "eventsource";
  /** Closes the subscription when aborted. */
  readonly signal?: AbortSignal;
  /** Go on after this position; `earliest` for all that the server keeps. Reelay only. */
  readonly lastEventId?: string;
  /** False: the first end of the connection ends the subscription. Default: it comes back for ever. */
  readonly reconnect?: boolean | ReconnectOptions;
  /** A connection on which nothing came for so long is dead; half-way there it is asked for a sign of life. Default 20,000 ms. */
  readonly heartbeatTimeoutMs?: number;
  /** For one attempt to connect. Default 10,000 ms. */
  readonly connectTimeoutMs?: number;
  /** Events that wait for an iterator. When it is full the oldest go, and a `gap` with reason `overflow` comes. Default 10,000. */
  readonly buffer?: number;
  /** Longest message that is read, bytes; what is longer is skipped and reported. Default 4 MiB. */
  readonly maxFrameBytes?: number;
}

/** What a subscription does. */
export type SubscriptionState =
  | { readonly state: "connecting" }
  | { readonly state: "open"; readonly transport: "websocket" | "eventsource" }
  | { readonly state: "waiting"; readonly retryInMs: number; readonly error?: Error }
  | { readonly state: "closed"; readonly error?: Error };
