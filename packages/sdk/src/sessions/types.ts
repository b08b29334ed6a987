import type { Match, SessionEvent } from "@reelay/protocol";

/** What is played. */
export interface SessionItem {
  readonly ratingKey: string;
  /** `movie`, `episode`, `track` … Missing where the server could not be asked. */
  readonly type?: string;
  readonly title?: string;
  /** Season or album. */
  readonly parentTitle?: string;
  /** Show or artist. */
  readonly grandparentTitle?: string;
  /** Number of the episode or track. */
  readonly index?: number;
  /** Number of the season or disc. */
  readonly parentIndex?: number;
  readonly year?: number;
  readonly guid?: string;
  readonly thumb?: string;
  /** Milliseconds. */
  readonly duration?: number;
  readonly section?: { readonly id?: string; readonly title?: string };
}

/** What plays it. */
export interface SessionPlayer {
  /** Its `X-Plex-Client-Identifier`: `Player.uuid` of webhooks. */
  readonly uuid?: string;
  readonly title?: string;
  readonly product?: string;
  readonly platform?: string;
  readonly address?: string;
  /** Whether it is in the server's own network. */
  readonly local?: boolean;
}

/** Who plays it. */
export interface SessionAccount {
  readonly id?: string;
  readonly title?: string;
  readonly thumb?: string;
}

/** What every update has. */
export interface SessionUpdateFields {
  /** What the webhook of the same cause is called. */
  readonly event: "media.play" | "media.pause" | "media.resume" | "media.stop" | "media.scrobble";
  /** Number of the session within this watch; all its events have it. */
  readonly session: number;
  /** The server's key of the session. */
  readonly sessionKey?: string;
  /** Position, milliseconds. */
  readonly viewOffset: number;
  /** When it happened, epoch milliseconds by this machine's clock. */
  readonly at: number;
  readonly item: SessionItem;
  readonly player: SessionPlayer;
  readonly account: SessionAccount;
}

type Why<T extends SessionEvent["type"]> = Extract<SessionEvent, { readonly type: T }>["why"];

/** What happened to a playback; switch on `type`. `why` is the state machine's reason, such as `vanished`. */
export type SessionUpdate = {
  readonly [T in "started" | "paused" | "resumed" | "stopped" | "scrobbled"]: SessionUpdateFields & {
    readonly type: T;
    readonly why: T extends "stopped" ? Why<"stopped"> | Why<"failed"> : Why<T>;
  };
}["started" | "paused" | "resumed" | "stopped" | "scrobbled"];

/** Which playbacks are told: the filter of webhooks. All fields that are given must fit; of a list, one value must. */
export type SessionMatch = Match;

/** Options of `watchSessions`. */
export interface WatchOptions {
  /** Ends the watch when aborted. */
  readonly signal?: AbortSignal;
  readonly transport?: "auto" | "websocket" | "eventsource";
  /** A player that is silent for so long has stopped, milliseconds. Default 180,000. */
  readonly vanishAfterMs?: number;
  /** Part of the duration past which an item counts as played. Default 0.9. */
  readonly scrobbleAt?: number;
  /** Told of what went wrong and did not end the watch, such as a look-up that the server refused. */
  readonly onError?: (error: Error) => void;
}
