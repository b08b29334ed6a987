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
import { type About, aboutOfNotification, type ListedSession, withItem } from "./about.ts";
import { UpstreamError } from "./client.ts";
import type { Directory } from "./directory.ts";
import type { PlexWebhook } from "./plex-webhook.ts";
import { integerOf, present, textOf } from "./read-fields.ts";
import { subjectOf, watchedEvent } from "./session-event.ts";
import { sessionRows, type Untold, type WatchedSession } from "./session-rows.ts";
import { ToldLately } from "./told-lately.ts";

/** What the state machine calls what Plex's own webhooks tell. */
const webhookTypes: Readonly<Record<string, SessionEvent["type"]>> = {
  "media.play": "started",
  "playback.started": "started",
  "media.pause": "paused",
  "media.resume": "resumed",
  "media.stop": "stopped",
  "media.scrobble": "scrobbled",
};

/** A start is told without what is not known after so long. ms */
const LOOK_UP_MS = 3_000;
/** So often the upstream is asked for one playback. */
const MOST_LOOKS = 5;
/** The part of an item from which on it counts as played. */
export const PLAYED_FROM = 0.9;

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
  readonly #machine = new PlaybackSessions({ scrobbleAt: PLAYED_FROM });
  /** By the state machine's number. */
  readonly #watched = new Map<number, WatchedSession>();
  /** Those that have ended before it was known how long their item is: whether they were played to its end is open. By key. */
  readonly #ended = new Map<number, WatchedSession>();
  readonly #throttle: ProgressThrottle;
  /** Being looked up, and how often each was. */
  readonly #looking = new Set<number>();
  readonly #looks = new Map<number, number>();
  readonly #lately = new ToldLately();
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
    for (const stored of sessionRows.all(options.database.read, options.origin)) {
      if (stored.playback.endedAt === undefined) this.#adopt(stored);
      else this.#ended.set(stored.key, stored);
    }
  }

  /** The sessions that have not ended, as events tell them. */
  list(): readonly WatchedSession[] {
    return [...this.#watched.values()];
  }

  /** Asks for what starts of before a restart still wait for. */
  resume(): void {
    for (const { playback } of this.#watched.values()) if (this.#lacks(playback.id)) void this.#lookUp(playback.id);
    for (const ended of this.#ended.values()) void this.#judge(ended);
  }

  /** Of one that has ended: it was played to its end, as the history says. @returns whether there is such a one */
  tellScrobbled({ item }: Play): boolean {
    const ended = [...this.#ended.values()].find(({ playback }) => playback.item === item);
    if (ended !== undefined) this.#settle(ended, true);
    return ended !== undefined;
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

  /**
   * What the upstream's own webhook says. Of what a notification has told it tells nothing again; it may know who plays
   * what. What comes first is told, and the notification behind it is a repetition.
   */
  takeWebhook({ event, about, metadata }: PlexWebhook): void {
    const type = Object.hasOwn(webhookTypes, event) ? webhookTypes[event] : undefined;
    const item = textOf(metadata.ratingKey) ?? textOf(metadata.key);
    if (type === undefined || item === undefined || about.player.uuid === "") return;
    const at = this.#options.clock.now();
    const player = about.player.uuid;
    const waiting = this.list().find(({ playback }) => playback.item === item && playback.clientIdentifier === player);
    if (waiting?.untold !== undefined) this.#tellStart(waiting.playback.id, about);
    if (this.#lately.merges(event, type, item, player, at)) return;
    const duration = integerOf(metadata.duration);
    const offset = integerOf(metadata.viewOffset);
    // The webhook of a play to the end says so, whatever its position.
    const viewOffset =
      type === "scrobbled" && duration !== undefined
        ? Math.max(offset ?? 0, Math.ceil(duration * PLAYED_FROM))
        : offset;
    const state = type === "paused" ? "paused" : type === "stopped" ? "stopped" : "playing";
    const report = {
      ...{ state, at, clientIdentifier: player },
      ...present({ ratingKey: textOf(metadata.ratingKey), key: textOf(metadata.key), viewOffset, duration }),
    } as SessionReport;
    const outcome = this.#machine.report(report);
    if (outcome.ignored === undefined) this.#commit(outcome, { about });
    // It was told now, by this very webhook.
    this.#lately.merges(event, type, item, player, at);
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
    const known = this.find(report)?.playback.id;
    // Heard of, and not told yet: what it waits for is here.
    if (known !== undefined) this.#tellStart(known, about);
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
    for (const { playback } of this.#watched.values()) {
      const looks = this.#looks.get(playback.id) ?? 0;
      if (looks < MOST_LOOKS && this.#lacks(playback.id)) void this.#lookUp(playback.id);
    }
  }

  /** Whether something is not known of it that its upstream may say. */
  #lacks(id: number): boolean {
    const watched = this.#watched.get(id);
    if (watched?.playback.startedAt === undefined) return false;
    return watched.untold !== undefined || watched.playback.duration === undefined;
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
        duration: this.#options.directory.lengthOf(textOf(entry.ratingKey) ?? ""),
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
    this.#lately.add(event.type, event.session.item, watched.about.player.uuid, this.#options.clock.now());
    if (event.type !== "scrobbled") return;
    const { account, unknown } = watched.about;
    onScrobbled({ item: event.session.item, ...(unknown.includes("account") ? {} : { account: account.id }) });
  }

  #keep(tx: Transaction, watched: WatchedSession): void {
    if (watched.playback.endedAt === undefined) {
      sessionRows.update(tx, watched);
      this.#watched.set(watched.playback.id, watched);
      return;
    }
    this.#watched.delete(watched.playback.id);
    this.#looks.delete(watched.playback.id);
    const { duration, scrobbled, startedAt, viewOffset } = watched.playback;
    if (duration !== undefined || scrobbled || startedAt === undefined || viewOffset === 0) {
      sessionRows.remove(tx, watched.key);
      return;
    }
    sessionRows.update(tx, watched);
    this.#ended.set(watched.key, watched);
    tx.afterCommit(() => void this.#judge(watched));
  }

  /** Asks how long the item of an ended session is, and so whether it was played to its end. */
  async #judge(ended: WatchedSession): Promise<void> {
    const { item: key, viewOffset } = ended.playback;
    try {
      const item = await this.#options.directory.item(key);
      const duration = this.#options.directory.lengthOf(key);
      this.#settle(ended, item !== undefined && duration !== undefined && viewOffset >= PLAYED_FROM * duration);
    } catch (error) {
      // Asked again when the stream is open the next time.
      if (error instanceof UpstreamError && error.trouble === "not-found") this.#settle(ended, false);
    }
  }

  #settle(ended: WatchedSession, scrobbled: boolean): void {
    if (!this.#ended.delete(ended.key)) return;
    const session = { ...ended.playback, scrobbled: true };
    const event: SessionEvent = { type: "scrobbled", why: "duration", session, at: this.#options.clock.now() };
    this.#options.store((tx) => {
      if (scrobbled) this.#tell(tx, ended, event, {});
      sessionRows.remove(tx, ended.key);
    });
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
    const { clock } = this.#options;
    if (this.#looking.has(id)) return;
    this.#looking.add(id);
    this.#looks.set(id, (this.#looks.get(id) ?? 0) + 1);
    const isWaiting = () => this.#watched.get(id)?.untold !== undefined;
    let listed: ListedSession | undefined;
    let item: JsonObject | undefined;
    const cancel = clock.after(LOOK_UP_MS, () => isWaiting() && this.#tellStart(id));
    try {
      const isIt = (listed: ListedSession) => this.find(listed.report)?.playback.id === id;
      listed = await this.#options.directory.session(isIt, () => this.#lacks(id));
      const key = this.#watched.get(id)?.playback.item;
      if (listed === undefined && key !== undefined) item = await this.#options.directory.item(key);
    } catch {
      // Told without it, and the event says what is not known.
    } finally {
      cancel();
      this.#looking.delete(id);
    }
    const known = this.#watched.get(id);
    this.#tellStart(id, listed?.about ?? (item && known && withItem(known.about, item)));
    const duration = this.#options.directory.lengthOf(known?.playback.item ?? "");
    if (duration !== undefined) this.#learn(id, duration);
  }

  /** Tells the start that waits, if it does, with what is known by now. */
  #tellStart(id: number, about?: About): void {
    const watched = this.#watched.get(id);
    if (watched === undefined || (watched.untold === undefined && about === undefined)) return;
    this.#options.store((tx) => {
      const { untold, ...rest } = { ...watched, about: about ?? watched.about };
      if (untold !== undefined) this.#tell(tx, rest, untold.event, untold);
      this.#keep(tx, rest);
    });
  }

  /** The length of what is played; it may turn out to have been played to its end. */
  #learn(id: number, duration: number): void {
    const outcome = this.#machine.learnDuration(id, duration, this.#options.clock.now());
    if (outcome.events.length > 0) this.#commit(outcome, {});
    const session = [...this.#machine].find((one) => one.id === id);
    const watched = this.#watched.get(id);
    if (session === undefined || watched === undefined) return;
    this.#options.store((tx) => this.#keep(tx, { ...watched, playback: session }));
  }
}
