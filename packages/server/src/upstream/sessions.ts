import {
  type JsonObject,
  PlaybackSessions,
  type SessionEvent,
  type SessionOutcome,
  type SessionReport,
} from "@reelay/protocol";
import { type Missed, type NewMediaEvent, ProgressThrottle, type ToldNotification } from "../events/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";
import { type About, aboutOfNotification, type ListedSession } from "./about.ts";
import type { Directory } from "./directory.ts";
import { present, textOf } from "./read-fields.ts";
import { subjectOf, watchedEvent } from "./session-event.ts";
import { sessionRows, type Untold, type WatchedSession } from "./session-rows.ts";

/** A start is told without what is not known after so long. ms */
const LOOK_UP_MS = 3_000;

export interface SessionsOptions {
  readonly origin: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly accountOf: (upstreamAccount: number) => number | undefined;
  readonly append: (tx: Transaction, events: readonly NewMediaEvent[]) => void;
  /** One unit of work of the feed. @param position of the notification that it is for */
  readonly store: (work: (tx: Transaction) => void, position?: string) => void;
  /** A play past the threshold was told. */
  readonly onScrobbled: (play: Play) => void;
}

/** That something was played. */
export interface Play {
  readonly item: string;
  /** Of the upstream; missing where it did not say. */
  readonly account?: number;
}

/** From where a change comes, besides the state machine. */
interface Cause {
  readonly notification?: ToldNotification;
  readonly position?: string | undefined;
  readonly about?: About;
  readonly missed?: Missed;
}

/**
 * Who plays what on an upstream, by its notifications and its list of sessions. A start waits until the upstream has said
 * who plays what, at most some seconds; whatever else happens to the session meanwhile is told at once, behind it.
 */
export class UpstreamSessions {
  readonly #options: SessionsOptions;
  readonly #machine = new PlaybackSessions();
  /** By the state machine's number. */
  readonly #watched = new Map<number, WatchedSession>();
  readonly #throttle: ProgressThrottle;
  /** Session keys and players that were told of since this was emptied. */
  readonly touched = new Set<string>();

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#throttle = new ProgressThrottle(options.clock, (event) =>
      options.store((tx) => {
        const watched = [...this.#watched.values()].find(({ key }) => subjectOf(key) === event.subject);
        if (watched !== undefined) sessionRows.update(tx, watched);
        options.append(tx, [event]);
      }),
    );
    for (const stored of sessionRows.all(options.database.read, options.origin)) this.#adopt(stored);
  }

  /** The sessions that have not ended, as events tell them. */
  list(): readonly WatchedSession[] {
    return [...this.#watched.values()];
  }

  /** Asks for what starts of before a restart still wait for. */
  resume(): void {
    for (const { playback, untold } of this.#watched.values()) if (untold) void this.#lookUp(playback.id);
  }

  /** @returns whether the notification was told by an event; else it is to be passed on */
  take(entry: JsonObject, notification: ToldNotification, position: string | undefined): boolean {
    const report = this.#reportOf(entry);
    if (report === undefined) return false;
    this.touched.add(`key ${report.sessionKey}`).add(`player ${report.clientIdentifier}`);
    const outcome = this.#machine.report(report);
    if (outcome.ignored !== undefined) return false;
    this.#commit(outcome, { notification, position, about: aboutOfNotification(entry) });
    return true;
  }

  /** Takes over what was there before anything was heard, without telling it. */
  adopt(listed: ListedSession): void {
    const { about, report } = listed;
    const playback = this.#machine.adopt(report);
    if (playback === undefined || this.#watched.has(playback.id)) return;
    this.#options.store((tx) => {
      const key = sessionRows.insert(tx, this.#options.origin, { playback, about });
      this.#watched.set(playback.id, { key, playback, about });
    });
  }

  /** Tells of a listed session what was missed of it. */
  compare({ report, about }: ListedSession, missed: Missed): void {
    const cause = { about, missed };
    // Paused as it is, it must have played: both were missed.
    const isNew = this.find(report)?.playback.startedAt === undefined;
    if (isNew && report.state === "paused") this.#commit(this.#machine.report({ ...report, state: "playing" }), cause);
    const outcome = this.#machine.report(report);
    if (outcome.ignored === undefined) this.#commit(outcome, cause);
  }

  /** Ends a session that is not listed any more. @param scrobbled it was played to its end, as the history says */
  end({ playback }: WatchedSession, missed: Missed, scrobbled: boolean): void {
    const at = this.#options.clock.now();
    const outcome = this.#machine.end(playback.id, at);
    const [stop] = outcome.events;
    if (stop === undefined) return;
    const scrobble: SessionEvent = {
      type: "scrobbled",
      why: "position",
      session: { ...playback, scrobbled: true },
      at,
    };
    this.#commit({ ...outcome, events: scrobbled ? [scrobble, stop] : [stop] }, { missed });
  }

  /** The session that a listed one is. */
  find(of: Pick<SessionReport, "sessionKey" | "clientIdentifier" | "ratingKey" | "key">): WatchedSession | undefined {
    const item = of.ratingKey ?? of.key;
    return this.list().find(({ playback }) =>
      playback.sessionKey !== undefined && of.sessionKey !== undefined
        ? playback.sessionKey === of.sessionKey && playback.item === item
        : playback.clientIdentifier === of.clientIdentifier && playback.item === item,
    );
  }

  /** While the stream is open: ends the sessions of players that have gone silent. */
  tick(): void {
    const outcome = this.#machine.tick(this.#options.clock.now());
    if (outcome.events.length > 0) this.#commit(outcome, {});
  }

  #reportOf(entry: JsonObject): SessionReport | undefined {
    const { state, viewOffset } = entry;
    if (state !== "playing" && state !== "paused" && state !== "buffering" && state !== "stopped" && state !== "error")
      return undefined;
    return {
      state,
      at: this.#options.clock.now(),
      ...present({
        sessionKey: textOf(entry.sessionKey),
        clientIdentifier: textOf(entry.clientIdentifier),
        ratingKey: textOf(entry.ratingKey),
        key: textOf(entry.key),
        viewOffset: typeof viewOffset === "number" ? viewOffset : undefined,
      }),
    } as SessionReport;
  }

  #adopt(stored: WatchedSession): void {
    const { item, state: _state, phase, lastReportAt, startedAt, startOffset, scrobbled, ...known } = stored.playback;
    const state = phase === "paused" ? "paused" : phase === "opening" ? "buffering" : "playing";
    const report = { ...known, ratingKey: item, state, at: lastReportAt } as const;
    const playback = this.#machine.adopt(report, {
      startOffset,
      scrobbled,
      ...(startedAt === undefined ? {} : { startedAt }),
    });
    if (playback !== undefined) this.#watched.set(playback.id, { ...stored, playback });
  }

  /** Stores what the state machine tells, and tells it. */
  #commit(outcome: SessionOutcome, cause: Cause): void {
    const own = outcome.events.findLast(({ type }) => type !== "scrobbled");
    const [first, ...more] = outcome.events;
    const isLive = first?.session.endedAt === undefined && this.#watched.has(first?.session.id ?? 0);
    if (first?.type === "progress" && more.length === 0 && isLive) {
      this.#moveOn(first, cause);
      return;
    }
    const asks: number[] = [];
    this.#options.store((tx) => {
      for (const event of outcome.events) {
        const { notification, ...rest } = cause;
        const started = this.#apply(tx, event, event === own && notification ? { ...rest, notification } : rest);
        if (started) asks.push(event.session.id);
      }
      tx.afterCommit(() => {
        for (const id of asks) void this.#lookUp(id);
      });
    }, cause.position);
  }

  /** @returns whether its start has to be looked up before it is told */
  #apply(tx: Transaction, event: SessionEvent, { notification, about, missed }: Cause): boolean {
    const { session } = event;
    const before = this.#watched.get(session.id);
    const known = before?.about ?? about ?? aboutOfNotification({ ratingKey: session.item });
    const better = about !== undefined && about.unknown.length < known.unknown.length ? about : known;
    const isStart = event.type === "started" && missed === undefined && better.unknown.length > 0;
    const untold: Untold | undefined = isStart
      ? { event, ...(notification === undefined ? {} : { notification }) }
      : undefined;
    const values = { playback: session, about: better, ...(untold === undefined ? {} : { untold }) };
    const key = before?.key ?? sessionRows.insert(tx, this.#options.origin, values);
    const watched: WatchedSession = { key, ...values };
    // What is held is older than this.
    this.#throttle.take("session.progressed", subjectOf(key), this.#options.origin);
    if (before?.untold !== undefined) this.#tell(tx, before, before.untold.event, before.untold);
    if (untold === undefined) this.#tell(tx, watched, event, { ...present({ notification, missed }) });
    this.#keep(tx, watched);
    return untold !== undefined;
  }

  #tell(tx: Transaction, watched: WatchedSession, event: SessionEvent, of: Cause): void {
    const { origin, accountOf, append, onScrobbled } = this.#options;
    append(tx, [watchedEvent(watched, event, { origin, accountOf, notification: of.notification, missed: of.missed })]);
    if (event.type !== "scrobbled") return;
    const { account, unknown } = watched.about;
    onScrobbled({ item: event.session.item, ...(unknown.includes("account") ? {} : { account: account.id }) });
  }

  #keep(tx: Transaction, watched: WatchedSession): void {
    if (watched.playback.endedAt === undefined) {
      sessionRows.update(tx, watched);
      this.#watched.set(watched.playback.id, watched);
    } else {
      sessionRows.remove(tx, watched.key);
      this.#watched.delete(watched.playback.id);
    }
  }

  /** Progress: at most two a second. While the start is not told, none. */
  #moveOn(event: SessionEvent, { notification, position }: Cause): void {
    const { origin, accountOf, store } = this.#options;
    const watched = this.#watched.get(event.session.id);
    if (watched === undefined) return;
    const moved: WatchedSession = { ...watched, playback: event.session };
    this.#watched.set(event.session.id, moved);
    store((tx) => {
      if (moved.untold !== undefined) sessionRows.update(tx, moved);
    }, position);
    if (moved.untold === undefined)
      this.#throttle.offer(watchedEvent(moved, event, { origin, accountOf, notification }));
  }

  /** Learns who plays what, and tells the start that waits for it. */
  async #lookUp(id: number): Promise<void> {
    const { clock, store } = this.#options;
    const isWaiting = () => this.#watched.get(id)?.untold !== undefined;
    let about: About | undefined;
    let duration: number | undefined;
    const done = () =>
      store((tx) => {
        const watched = this.#watched.get(id);
        if (watched === undefined) return;
        const { untold, ...rest } = { ...watched, about: about ?? watched.about };
        if (untold !== undefined) this.#tell(tx, rest, untold.event, untold);
        this.#keep(tx, rest);
        if (duration === undefined || watched.playback.duration !== undefined) return;
        const learned = this.#machine.learnDuration(id, duration, clock.now());
        for (const event of learned.events) this.#apply(tx, event, {});
        const now = [...this.#machine].find((session) => session.id === id);
        const kept = this.#watched.get(id);
        if (now !== undefined && kept !== undefined) this.#keep(tx, { ...kept, playback: now });
      });
    const cancel = clock.after(LOOK_UP_MS, () => isWaiting() && done());
    try {
      const isIt = (listed: ListedSession) => this.find(listed.report)?.playback.id === id;
      const listed = await this.#options.directory.session(isIt, () => this.#watched.has(id));
      about = listed?.about;
      duration = listed?.report.duration;
    } catch {
      // Told without it, and the event says what is not known.
    } finally {
      cancel();
    }
    done();
  }
}
