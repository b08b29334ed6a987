import {
  hasSameKey,
  type Identity,
  isCompatible,
  isSame,
  keyAfter,
  named,
  playerKey,
  together,
} from "./sessions-identity.ts";
import { applyReport, itemOf, type Player } from "./sessions-report.ts";
import { end, isPastThreshold, openSession, remember, type SessionRules, scrobbleOf } from "./sessions-transition.ts";
import type {
  IgnoredReport,
  PlaybackSession,
  SessionEvent,
  SessionOptions,
  SessionOutcome,
  SessionReport,
} from "./sessions-types.ts";

/** What is known besides a report of a session that was there before it was watched. */
export interface KnownSession {
  /** When it began, epoch milliseconds. Default: the report's `at`. */
  readonly startedAt?: number;
  /** Position at which it began, milliseconds. Default: the report's. */
  readonly startOffset?: number;
  /** Whether its scrobble was told. Default: whether it is past the threshold. */
  readonly scrobbled?: boolean;
}

/**
 * The one state machine of playback: reports of players go in, what happened comes out. Pure: no timers, no clock; time is in every call.
 *
 * - A session begins when its item first plays on its player; buffering is no start, repeats of `playing` (which players send on seek and
 *   resume) are none, and playing again after a stop is one, whatever offset it begins from.
 * - A player has one session at a time. Another item, or another `sessionKey` of the same item, ends the first as stopped; reports of the
 *   replaced `sessionKey` are ignored while the new one lives. So of two tabs of one browser, which share an identifier, the younger counts.
 * - Players are told apart by `clientIdentifier` and `account`; reports without an identifier find their session by `sessionKey`, and those
 *   with neither by item, if it is played only once.
 * - A session learns `clientIdentifier` and `account` from any report of it. A report without an account finds it still if it began without one,
 *   and so does one with the account that was learned. What would make it a second session of a player that has one is no report of it.
 * - A session ends by `stopped`, by `error` (`failed`), by silence, by another one, or by `end()`. It is then dropped, and a late `stopped` of
 *   it ignored as `not-playing`: who keeps offsets may still take its position. What remains for the time of a silence is its key, item and
 *   the time of its last report, so that reports which the player made before do not bring it back.
 * - `scrobbled` is told once per session, past the threshold, by whatever report or length shows it, that of the stop included.
 * - Time that the clock jumps over is not silence; see `longestTickMs`.
 *
 * Memory is bounded by `maxPlayers`. Sources: Tautulli's and Home Assistant's rule for `buffering`, plexwebsocket's for seeks.
 */
export class PlaybackSessions {
  readonly #rules: SessionRules;
  readonly #longestTickMs: number;
  readonly #maxPlayers: number;
  /** By the `playerKey` that the session began with, see `keyAfter`; the one heard of longest ago comes first. */
  readonly #players = new Map<string, RankedPlayer>();
  #lastId = 0;
  #lastRank = 0;
  /** Own clock, milliseconds: never goes back, never jumps. */
  #clock = 0;
  #lastAt: number | undefined;

  /** @throws RangeError for a `scrobbleAt` that is not above 0 and up to 1. */
  constructor(options: SessionOptions = {}) {
    this.#rules = {
      vanishAfterMs: options.vanishAfterMs ?? 180_000,
      scrobbleAt: options.scrobbleAt ?? 0.9,
      seekToleranceMs: options.seekToleranceMs ?? 5_000,
    };
    this.#longestTickMs = options.longestTickMs ?? 30_000;
    this.#maxPlayers = Math.max(1, options.maxPlayers ?? 10_000);
    const { scrobbleAt } = this.#rules;
    if (!(scrobbleAt > 0 && scrobbleAt <= 1)) throw new RangeError("scrobbleAt is a part of the duration, up to 1");
  }

  /** The sessions that have not ended, those that are still opening included; in no order that means anything. */
  *[Symbol.iterator](): IterableIterator<PlaybackSession> {
    for (const { session } of this.#players.values()) if (session) yield session;
  }

  /** Takes a report. Exactly one of the events is the report's own; a stop of the session before may precede it, a scrobble stand beside it. */
  report(report: SessionReport): SessionOutcome {
    const at = this.#passTo(report.at);
    const found = this.#find(report);
    if (found === undefined) return this.#outcome([], [], "unidentified");
    const player = this.#players.get(found);
    const known = { ...named(report, player?.session), at };
    const applied = applyReport(player, known, this.#clock, () => ++this.#lastId, this.#rules);
    if (typeof applied === "string") return this.#outcome([], [], applied);
    const changes: Change[] = [];
    const key = keyAfter(found, player?.session, applied.events.at(-1)?.session);
    if (key !== found) this.#set(found, undefined, changes);
    this.#set(key, applied.player, changes);
    return this.#outcome([...this.#crowdOut(at, changes), ...applied.events], changes);
  }

  /** Lets time pass: ends the sessions of players that have gone silent. At least every `longestTickMs`. */
  tick(at: number): SessionOutcome {
    const now = this.#passTo(at);
    const changes: Change[] = [];
    const events: SessionEvent[] = [];
    for (const [key, { session, heard }] of [...this.#players]) {
      if (this.#clock - heard < this.#rules.vanishAfterMs) continue;
      if (session) events.push(end(session, session.offline ? session.lastReportAt : now, "vanished"));
      this.#set(key, undefined, changes);
    }
    return this.#outcome(events, changes);
  }

  /**
   * Takes over a session that began before it was watched: found on a server's list on connecting, or stored before a restart. Tells nothing.
   * @returns It, or the one that this player has already; nothing if the report is of none (`stopped`, `error`, no item, no key).
   */
  adopt(report: SessionReport, known: KnownSession = {}): PlaybackSession | undefined {
    const at = this.#passTo(report.at);
    const item = itemOf(report);
    const key = this.#find(report);
    if (item === undefined || key === undefined || report.state === "stopped" || report.state === "error") return;
    const live = this.#players.get(key)?.session;
    if (live) return live;
    const opened = openSession(report, item, at, ++this.#lastId);
    const session: PlaybackSession = {
      ...opened,
      phase: report.state === "paused" ? "paused" : "playing",
      startedAt: known.startedAt ?? at,
      startOffset: known.startOffset ?? opened.startOffset,
      scrobbled: known.scrobbled ?? isPastThreshold(opened, this.#rules),
    };
    this.#set(key, { session, heard: this.#clock }, []);
    return session;
  }

  /** Tells the length of a session's item, milliseconds, once it was looked up; the scrobble may follow. Without effect on one that has ended. */
  learnDuration(id: number, duration: number, at: number): SessionOutcome {
    const now = this.#passTo(at);
    const [key, player] = this.#byId(id);
    if (!player?.session || !(duration > 0 && Number.isFinite(duration))) return this.#outcome([], []);
    const learned: PlaybackSession = { ...player.session, duration };
    const scrobble = scrobbleOf(learned, now, "duration", this.#rules);
    const changes: Change[] = [];
    this.#set(key, { ...player, session: scrobble?.session ?? learned }, changes);
    return this.#outcome(scrobble ? [scrobble] : [], changes);
  }

  /** Ends a session from outside: an administrator, or a server's list that no longer has it. What its player reports next begins another. */
  end(id: number, at: number): SessionOutcome {
    const now = this.#passTo(at);
    const [key, player] = this.#byId(id);
    if (!player?.session) return this.#outcome([], []);
    const event = end(player.session, now, "ended");
    const { session, ...rest } = player;
    const changes: Change[] = [];
    this.#set(key, { ...rest, before: remember(session) }, changes);
    return this.#outcome([event], changes);
  }

  /** @returns The time, or the last one where what was given is none. */
  #passTo(at: number): number {
    const now = Number.isFinite(at) ? at : (this.#lastAt ?? 0);
    this.#clock += Math.min(Math.max(now - (this.#lastAt ?? now), 0), this.#longestTickMs);
    this.#lastAt = now;
    return now;
  }

  /** Key of the player that a report is of, whether it is known or not; nothing if the report does not say. */
  #find(report: SessionReport): string | undefined {
    const live = this.#liveOf(report);
    if (live !== undefined) return live;
    const own = playerKey(report);
    const item = itemOf(report);
    let only: string | undefined;
    for (const [key, { session }] of this.#players) {
      if (!session || !isCompatible(session, report)) continue;
      if (own === undefined ? item !== session.item : !hasSameKey(session, report)) continue;
      if ((this.#liveOf(together(session, report)) ?? key) !== key) continue;
      if (own !== undefined) return key;
      if (only !== undefined) return undefined;
      only = key;
    }
    return own ?? only;
  }

  /** Key of the live session that began as this player's, or has become its. */
  #liveOf(who: Identity): string | undefined {
    const own = playerKey(who);
    if (own === undefined || this.#players.get(own)?.session) return own;
    for (const [key, { session }] of this.#players) if (session && isSame(session, who)) return key;
    return undefined;
  }

  #byId(id: number): [string, Player | undefined] {
    for (const entry of this.#players) if (entry[1].session?.id === id) return entry;
    return ["", undefined];
  }

  #crowdOut(at: number, changes: Change[]): SessionEvent[] {
    const events: SessionEvent[] = [];
    for (const [key, { session }] of this.#players) {
      if (this.#players.size <= this.#maxPlayers) break;
      this.#set(key, undefined, changes);
      if (session) events.push(end(session, at, "crowded-out"));
    }
    return events;
  }

  #set(key: string, player: Player | undefined, changes: Change[]): void {
    changes.push([key, this.#players.get(key)]);
    this.#players.delete(key);
    if (player) this.#players.set(key, { ...player, rank: ++this.#lastRank });
  }

  #outcome(events: readonly SessionEvent[], changes: Change[], ignored?: IgnoredReport): SessionOutcome {
    const undo = () => {
      for (const [key, player] of changes.splice(0).reverse()) {
        if (player) this.#players.set(key, player);
        else this.#players.delete(key);
      }
      const inOrder = [...this.#players].sort(([, a], [, b]) => a.rank - b.rank);
      this.#players.clear();
      for (const [key, player] of inOrder) this.#players.set(key, player);
    };
    return ignored ? { events, ignored, undo } : { events, undo };
  }
}

/** A player with its place among all, by which an undone call puts it back there. */
interface RankedPlayer extends Player {
  readonly rank: number;
}

/** A player before a call. */
type Change = [key: string, player: RankedPlayer | undefined];
