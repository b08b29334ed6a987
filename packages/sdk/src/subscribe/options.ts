import type { NotificationType } from "@reelay/protocol";

/** How lost connections come back. Times in milliseconds. */
export interface ReconnectOptions {
  /** The wait before the first attempt is random, up to this. Default 250. */
  readonly initialDelayMs?: number;
  /** Doubling ends here. Default 5000. */
  readonly maxDelayMs?: number;
}

/** Options of `subscribe`; all may be left out. */
export interface SubscribeOptions {
  /** Notification types. None, or an empty list: everything except `log`. */
  readonly filter?: readonly NotificationType[];
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
