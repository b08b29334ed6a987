import type { SessionEvent, SessionOutcome } from "@reelay/protocol";
import { type Missed, type NewMediaEvent, ProgressThrottle, type ToldNotification } from "../events/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";
import { type About, aboutOfNotification } from "./about.ts";
import type { Directory } from "./directory.ts";
import { EndedSessions } from "./ended-sessions.ts";
import type { UpstreamPictures } from "./pictures.ts";
import { present } from "./read-fields.ts";
import { subjectOf, watchedEvent } from "./session-event.ts";
import { type LookUpTarget, SessionLookUps } from "./session-look-ups.ts";
import { sessionRows, type Untold, type WatchedSession } from "./session-rows.ts";
import { ToldLately } from "./told-lately.ts";

export interface SessionsOptions {
  readonly origin: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly accountOf: (upstreamAccount: number) => number | undefined;
  readonly append: (tx: Transaction, events: readonly NewMediaEvent[]) => void;
  /** One unit of work of the feed. @param position of the notification that it is for */
  readonly store: (work: (tx: Transaction) => void, position?: string) => void;
  readonly pictures: UpstreamPictures;
  /** A start was told. */
  readonly onStarted: (tx: Transaction, about: About) => void;
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
export interface Cause {
  readonly notification?: ToldNotification;
  readonly position?: string | undefined;
  readonly about?: About;
  readonly missed?: Missed;
}

/**
 * Stores and tells what the state machine says of playback on an upstream. A start waits until the upstream has said who
 * plays what, at most some seconds; whatever else happens to the session meanwhile is told at once, behind it.
 */
export class SessionTeller {
  readonly #options: SessionsOptions;
  readonly #throttle: ProgressThrottle;
  readonly ended: EndedSessions;
  readonly lookUps: SessionLookUps;
  readonly lately = new ToldLately();
  /** By the state machine's number. */
  readonly watched = new Map<number, WatchedSession>();

  constructor(options: SessionsOptions, target: LookUpTarget) {
    this.#options = options;
    this.#throttle = new ProgressThrottle(options.clock, (event) =>
      options.store((tx) => {
        const watched = [...this.watched.values()].find(({ key }) => subjectOf(key) === event.subject);
        if (watched !== undefined) sessionRows.update(tx, watched);
        options.append(tx, [event]);
      }),
    );
    this.ended = new EndedSessions({
      ...options,
      tell: (tx, watched, event) => this.#tell(tx, watched, event, {}),
    });
    this.lookUps = new SessionLookUps({
      ...options,
      ...target,
      get: (id) => this.watched.get(id),
      onAbout: (id, about) => this.describe(id, about),
      onOver: (id) => this.tellStart(id),
    });
  }

  /** Stores what the state machine tells, and tells it. */
  commit(outcome: SessionOutcome, cause: Cause): void {
    const own = outcome.events.findLast(({ type }) => type !== "scrobbled");
    const [first, ...more] = outcome.events;
    const isLive = first?.session.endedAt === undefined && this.watched.has(first?.session.id ?? 0);
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
        for (const id of asks) void this.lookUps.ask(id);
      });
    }, cause.position);
  }

  /** @returns whether its start has to be looked up before it is told */
  #apply(tx: Transaction, event: SessionEvent, { notification, about, missed }: Cause): boolean {
    const { session } = event;
    const before = this.watched.get(session.id);
    const known = before?.about ?? about ?? aboutOfNotification({ ratingKey: session.item });
    const better = about !== undefined && about.unknown.length < known.unknown.length ? about : known;
    const lacks = better.unknown.length > 0 || this.#options.pictures.lacks(better.snapshot);
    const isStart = event.type === "started" && missed === undefined && lacks;
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
    this.keep(tx, watched);
    return untold !== undefined;
  }

  #tell(tx: Transaction, watched: WatchedSession, event: SessionEvent, of: Cause): void {
    const { origin, accountOf, append, onScrobbled } = this.#options;
    append(tx, [watchedEvent(watched, event, { origin, accountOf, notification: of.notification, missed: of.missed })]);
    this.lately.add(event.type, event.session.item, watched.about.player.uuid, this.#options.clock.now());
    if (event.type === "started") this.#options.onStarted(tx, watched.about);
    if (event.type !== "scrobbled") return;
    const { account, unknown } = watched.about;
    onScrobbled({ item: event.session.item, ...(unknown.includes("account") ? {} : { account: account.id }) });
  }

  keep(tx: Transaction, watched: WatchedSession): void {
    if (watched.playback.endedAt === undefined) {
      sessionRows.update(tx, watched);
      this.watched.set(watched.playback.id, watched);
      return;
    }
    this.watched.delete(watched.playback.id);
    this.lookUps.forget(watched.playback.id);
    this.ended.add(tx, watched);
  }

  /** Something was learnt of who plays what. */
  describe(id: number, about: About): void {
    const watched = this.watched.get(id);
    if (watched !== undefined) this.#options.store((tx) => this.keep(tx, { ...watched, about }));
  }

  /** Tells the start that waits, if it does, with what is known by now. */
  tellStart(id: number): void {
    const watched = this.watched.get(id);
    if (watched?.untold === undefined) return;
    const { untold, ...rest } = watched;
    const { duration } = rest.playback;
    const session = { ...untold.event.session, ...present({ duration }) };
    this.#options.store((tx) => {
      this.#tell(tx, rest, { ...untold.event, session }, untold);
      this.keep(tx, rest);
    });
  }

  /** Progress: at most two a second. While the start is not told, none. */
  #moveOn(event: SessionEvent, { notification, position }: Cause): void {
    const { origin, accountOf, store } = this.#options;
    const watched = this.watched.get(event.session.id);
    if (watched === undefined) return;
    const moved: WatchedSession = { ...watched, playback: event.session };
    this.watched.set(event.session.id, moved);
    store((tx) => {
      if (moved.untold !== undefined) sessionRows.update(tx, moved);
    }, position);
    if (moved.untold === undefined)
      this.#throttle.offer(watchedEvent(moved, event, { origin, accountOf, notification }));
  }
}
