import { type JsonObject, PlaybackSessions, type SessionEvent, type SessionReport } from "@reelay/protocol";
import type { Missed, ToldNotification } from "../events/index.ts";
import { aboutOfNotification, type ListedSession } from "./about.ts";
import type { PlexWebhook } from "./plex-webhook.ts";
import { textOf } from "./read-fields.ts";
import { PLAYED_FROM, reportOfNotification, reportOfWebhook } from "./session-reports.ts";
import { sessionRows, type WatchedSession } from "./session-rows.ts";
import { type Play, type SessionsOptions, SessionTeller } from "./session-teller.ts";

/**
 * Who plays what on an upstream, by its notifications and its list of sessions: what it
 * hears goes through the state machine, and what that says to the teller.
 */
export class UpstreamSessions {
  readonly #options: SessionsOptions;
  readonly #machine = new PlaybackSessions({ scrobbleAt: PLAYED_FROM });
  readonly #teller: SessionTeller;
  /** Session keys and players that were told of since this was emptied. */
  readonly touched = new Set<string>();

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#teller = new SessionTeller(options, {
      find: ({ report }) => this.find(report),
      onLength: (id, duration) => this.#learn(id, duration),
    });
    for (const stored of sessionRows.all(options.database.read, options.origin)) {
      if (stored.playback.endedAt === undefined) this.#adopt(stored);
      else this.#teller.ended.adopt(stored);
    }
  }

  /** The sessions that have not ended, as events tell them. */
  list(): readonly WatchedSession[] {
    return [...this.#teller.watched.values()];
  }

  /** Asks for what starts of before a restart still wait for. */
  resume(): void {
    const { lookUps, ended } = this.#teller;
    for (const { playback } of this.list()) if (lookUps.lacks(playback.id)) void lookUps.ask(playback.id);
    ended.resume();
  }

  /** Of one that has ended: it was played to its end, as the history says. @returns whether there is such a one */
  tellScrobbled({ item }: Play): boolean {
    return this.#teller.ended.tellScrobbled(item);
  }

  /** @returns whether the notification was told by an event; else it is to be passed on */
  take(entry: JsonObject, notification: ToldNotification, position: string | undefined): boolean {
    const { clock, directory } = this.#options;
    const report = reportOfNotification(entry, clock.now(), directory.lengthOf(textOf(entry.ratingKey) ?? ""));
    if (report === undefined) return false;
    this.touched.add(`key ${report.sessionKey}`).add(`player ${report.clientIdentifier}`);
    const outcome = this.#machine.report(report);
    if (outcome.ignored !== undefined) return false;
    this.#teller.commit(outcome, { notification, position, about: aboutOfNotification(entry) });
    return true;
  }

  /**
   * What the upstream's own webhook says. Of what a notification has told it tells nothing again; it may know who plays
   * what. What comes first is told, and the notification behind it is a repetition.
   */
  takeWebhook(webhook: PlexWebhook): void {
    const at = this.#options.clock.now();
    const told = reportOfWebhook(webhook, at);
    if (told === undefined) return;
    const { event, about } = webhook;
    const { type, item, player, report } = told;
    const waiting = this.list().find(({ playback }) => playback.item === item && playback.clientIdentifier === player);
    if (waiting?.untold !== undefined) {
      this.#teller.describe(waiting.playback.id, about);
      this.#teller.tellStart(waiting.playback.id);
    }
    if (this.#teller.lately.merges(event, type, item, player, at)) return;
    const outcome = this.#machine.report(report);
    if (outcome.ignored === undefined) this.#teller.commit(outcome, { about });
    // It was told now, by this very webhook.
    this.#teller.lately.merges(event, type, item, player, at);
  }

  /** Takes over what was there before anything was heard, without telling it. */
  adopt(listed: ListedSession): void {
    const { about, report } = listed;
    const playback = this.#machine.adopt(report);
    if (playback === undefined || this.#teller.watched.has(playback.id)) return;
    this.#options.store((tx) => {
      const key = sessionRows.insert(tx, this.#options.origin, { playback, about });
      this.#teller.watched.set(playback.id, { key, playback, about });
    });
  }

  /** Tells of a listed session what was missed of it. */
  compare({ report, about }: ListedSession, missed: Missed): void {
    const cause = { about, missed };
    const known = this.find(report)?.playback.id;
    // Heard of, and not told yet: what it waits for is here.
    if (known !== undefined) {
      this.#teller.describe(known, about);
      this.#teller.tellStart(known);
    }
    // Paused as it is, it must have played: both were missed.
    const isNew = this.find(report)?.playback.startedAt === undefined;
    if (isNew && report.state === "paused")
      this.#teller.commit(this.#machine.report({ ...report, state: "playing" }), cause);
    const outcome = this.#machine.report(report);
    if (outcome.ignored === undefined) this.#teller.commit(outcome, cause);
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
    this.#teller.commit({ ...outcome, events: scrobbled ? [scrobble, stop] : [stop] }, { missed });
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
    if (outcome.events.length > 0) this.#teller.commit(outcome, {});
    for (const { playback } of this.list()) this.#teller.lookUps.again(playback.id);
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
    if (playback !== undefined) this.#teller.watched.set(playback.id, { ...stored, playback });
  }

  /** The length of what is played; it may turn out to have been played to its end. */
  #learn(id: number, duration: number): void {
    const outcome = this.#machine.learnDuration(id, duration, this.#options.clock.now());
    if (outcome.events.length > 0) this.#teller.commit(outcome, {});
    const session = [...this.#machine].find((one) => one.id === id);
    const watched = this.#teller.watched.get(id);
    if (session === undefined || watched === undefined) return;
    this.#options.store((tx) => this.#teller.keep(tx, { ...watched, playback: session }));
  }
}
