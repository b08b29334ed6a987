/** What a player says that it does, as in `/:/timeline` and in `playing` notifications. */
export type PlayerState = "playing" | "paused" | "buffering" | "stopped" | "error";

/** What became known of a player: a `/:/timeline` request, or the entry of a `playing` notification. Times are epoch milliseconds. */
export interface SessionReport {
  /** The server's key of the session, where a server told. */
  readonly sessionKey?: string;
  /** The player's `X-Plex-Client-Identifier`. Missing in notifications of servers before 2019, and in malformed ones. */
  readonly clientIdentifier?: string;
  /** Who plays, if known: a player of two accounts counts as two, so that nobody ends somebody else's session by borrowing an identifier. */
  readonly account?: string;
  /** The item. Missing or empty in malformed notifications; for live television `key` tells what is seen. */
  readonly ratingKey?: string;
  /** Path of the item: `/library/metadata/42`, `/livetv/sessions/<uuid>`. */
  readonly key?: string;
  readonly state: PlayerState;
  /** Position in the item, milliseconds. Where it is missing, negative or not finite the last one stands. */
  readonly viewOffset?: number;
  /** Length of the item, milliseconds, if the report tells. Zero, negative and not finite count as not told. */
  readonly duration?: number;
  /** When the report came, by the receiver's clock. */
  readonly at: number;
  /** When it was made, by the player's clock: `updated` of `/:/timeline`, times 1000. Puts late reports in order. */
  readonly happenedAt?: number;
  /** Made while the player had no connection, told afterwards: `offline=1` of `/:/timeline`. Such playback is a session apart, in the past. */
  readonly offline?: boolean;
  /** With `stopped`: another item follows. */
  readonly continuing?: boolean;
}

/** One playback. A value: a later report makes another one. Times are epoch milliseconds. */
export interface PlaybackSession {
  /** Number within this state machine; never used twice. */
  readonly id: number;
  readonly sessionKey?: string;
  readonly clientIdentifier?: string;
  readonly account?: string;
  /** What is played: the `ratingKey`, else the `key`. */
  readonly item: string;
  readonly key?: string;
  /** As reported last; `stopped` or `error` once the session has ended. */
  readonly state: PlayerState;
  /** What the reports amount to: `opening` until it first plays; buffering changes nothing. */
  readonly phase: "opening" | "playing" | "paused";
  /** Position, milliseconds, as reported last. */
  readonly viewOffset: number;
  /** Position at which it was seen first, milliseconds: above 0 where it began from a stored offset. */
  readonly startOffset: number;
  /** Length of the item, milliseconds, once known. */
  readonly duration?: number;
  /** When it was seen first, perhaps buffering. */
  readonly openedAt: number;
  /** When it first played. Missing in a session that is still `opening`. */
  readonly startedAt?: number;
  readonly lastReportAt: number;
  readonly endedAt?: number;
  readonly scrobbled: boolean;
  readonly offline: boolean;
}

interface EventOf<Type extends string, Why extends string> {
  readonly type: Type;
  readonly why: Why;
  /** The session after the event. */
  readonly session: PlaybackSession;
  /** When it happened, epoch milliseconds: the report's or the tick's `at`; of offline playback when the player says. */
  readonly at: number;
  /** Where the position would have been, milliseconds, if it deviates by more than the tolerance: the player was moved. */
  readonly seekFrom?: number;
}

/**
 * What the state machine tells. Of one session in this order: `progress` while it opens, `started`, then any of `paused`, `resumed`,
 * `progress` and at most one `scrobbled`, at last one `stopped` or `failed`. A session that ends before it has played never tells `started`
 * or `stopped`: its end is a `progress` with `not-started` and an `endedAt`, or `failed`.
 */
export type SessionEvent =
  /** `next-item`: directly after another one on this player. `again`: the same item as the one before. `began`: anything else. */
  | EventOf<"started", "began" | "next-item" | "again">
  | EventOf<"paused", "reported">
  | EventOf<"resumed", "reported">
  /**
   * `reported`: by the player. `continuing`: the same, and another item follows. `another-item`, `another-session`: the player is seen with
   * one. `vanished`: nothing was heard for too long. `crowded-out`: more players than the limit. `ended`: by `end()`.
   */
  | EventOf<
      "stopped",
      "reported" | "continuing" | "another-item" | "another-session" | "vanished" | "crowded-out" | "ended"
    >
  /** `position`: the threshold was reached. `duration`: it had been, as the length shows that became known now. */
  | EventOf<"scrobbled", "position" | "duration">
  | EventOf<"failed", "reported">
  /** `repeat`: no change of state. `seek`: the same, elsewhere. `buffering`. `not-started`: it has not played yet, or never did. */
  | EventOf<"progress", "repeat" | "seek" | "buffering" | "not-started">;

/**
 * Why a report was not applied. `out-of-order`: older than one that was. `superseded`: of a session that another one of this player has
 * replaced. `not-playing`: the end of a session that does not exist or has ended. `unidentified`: it does not say of what.
 */
export type IgnoredReport = "out-of-order" | "superseded" | "not-playing" | "unidentified";

/** What a call did. */
export interface SessionOutcome {
  /** In the order in which they are to be told. */
  readonly events: readonly SessionEvent[];
  /** Present if the report was not applied; there are no events then. */
  readonly ignored?: IgnoredReport;
  /**
   * Puts back what the call changed, for a caller who could not store the events. Only valid while nothing was called since, or all of that
   * was undone, the newest first.
   */
  undo(): void;
}

/** Options of the state machine. */
export interface SessionOptions {
  /** A player that is silent for so long has stopped, milliseconds. Default 180,000. */
  readonly vanishAfterMs?: number;
  /** Part of the duration past which an item counts as played, above 0 and up to 1. Default 0.9. */
  readonly scrobbleAt?: number;
  /** A position this far from where it would be is a seek, milliseconds. Default 5,000, as plexwebsocket has it. */
  readonly seekToleranceMs?: number;
  /**
   * The most that passes between two calls, milliseconds; what the clock shows beyond that is a jump of the clock or a machine that slept, and
   * no silence of players. Call `tick` at least that often. Default 30,000.
   */
  readonly longestTickMs?: number;
  /** Players remembered; past that the one heard of longest ago is stopped. Default 10,000. */
  readonly maxPlayers?: number;
}
