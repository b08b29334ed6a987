import { PlaybackSessions, type SessionEvent, type SessionOutcome, type SessionReport } from "@reelay/protocol";
import { type NewMediaEvent, type Outbox, type PersonFacts, ProgressThrottle } from "../events/index.ts";
import type { Database, Row, Transaction } from "../storage/index.ts";
import { type Clock, type Logger, randomHex } from "../support/index.ts";
import { namedItem } from "./items.ts";
import { keepOffset, keepProgress, type ProgressRules } from "./progress.ts";
import { type About, sessionEvent, shownEvent } from "./session-events.ts";
import { type LiveSession, sessionStore } from "./session-store.ts";
import { type Termination, Terminations } from "./terminations.ts";
import type { TimelineReport } from "./timeline-report.ts";

/** How often silence is looked for. */
const TICK_MS = 5_000;
/** A player that is not heard of for so long has gone. */
const VANISHED_MS = 180_000;

export interface SessionsOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly rules: () => ProgressRules;
  readonly personOf: (accountId: number) => PersonFacts;
}

/**
 * Who plays what. The state machine decides what a report means; one transaction stores the session and what its
 * account has seen, and appends the event. A report that only moves the position is told at most twice a second, the
 * last one always.
 */
export class Sessions implements AsyncDisposable {
  readonly #options: SessionsOptions;
  readonly #terminations: Terminations;
  readonly #throttle: ProgressThrottle;
  readonly #stopTicking: () => void;
  /** By the state machine's number. */
  readonly #live = new Map<number, LiveSession>();
  /** The state machine's number by `sessionKey`. */
  readonly #ids = new Map<number, number>();
  #machine: PlaybackSessions;
  /** Memory may have what was not stored, or lack what was. */
  #stale = false;
  #lastWrite: Promise<void> | undefined;

  /** Takes over the sessions of the time before a restart; those that were silent for too long have ended. */
  static async open(options: SessionsOptions): Promise<Sessions> {
    const sessions = new Sessions(options);
    await sessions.#load();
    return sessions;
  }

  private constructor(options: SessionsOptions) {
    this.#options = options;
    this.#terminations = new Terminations(options.database);
    this.#machine = this.#newMachine();
    this.#throttle = new ProgressThrottle(options.clock, (event) => {
      if (event.type !== "session.progressed") return;
      this.#lastWrite = this.#store((tx) => this.#writeProgress(tx, event, event.facts.sessionKey));
      this.#lastWrite.catch((error: unknown) => options.log.warn({ err: error }, "progress could not be stored"));
    });
    this.#stopTicking = options.clock.every(TICK_MS, () => void this.#tick());
  }

  /** The running ones, oldest first. Playback without a connection is told afterwards and is no running session. */
  list(): LiveSession[] {
    return [...this.#live.values()].filter(({ playback }) => !playback.offline).sort((a, b) => a.key - b.key);
  }

  /**
   * Takes a report about an item that its account may play.
   * @param row the item's place, name and length
   * @returns why the player is to stop, if an administrator has ended its session
   */
  async report(report: TimelineReport, row: Row): Promise<Termination | undefined> {
    if (this.#stale) await this.#load();
    const termination = this.#terminations.of(report, this.#options.clock.now());
    if (termination !== undefined) {
      if (report.state === "stopped" || report.state === "error") {
        await this.#store((tx) => this.#terminations.forget(tx, report.accountId, report.player.uuid));
      }
      return termination;
    }
    const outcome = this.#machine.report(this.#toMachine(report, row));
    const [event, ...more] = outcome.events;
    const live = event === undefined ? undefined : this.#live.get(event.session.id);
    if (live !== undefined && event?.type === "progress" && more.length === 0 && event.session.endedAt === undefined) {
      await this.#moveOn(live, report, event);
    } else if (outcome.ignored === undefined) {
      await this.#commit(outcome, { report, row });
    } else if (outcome.ignored === "not-playing" && report.state === "stopped" && !report.offline) {
      await this.#keepLateOffset(report, row);
    }
    return undefined;
  }

  /** Ends a session; its player learns it in the answer to its next report. @returns whether there is such a session */
  async terminate(sessionId: string, reason: string): Promise<boolean> {
    const found = [...this.#live].find(([, { about }]) => about.sessionId === sessionId);
    if (found === undefined) return false;
    const [id, { about }] = found;
    const now = this.#options.clock.now();
    await this.#commit(this.#machine.end(id, now), undefined, (tx) =>
      this.#terminations.add(tx, {
        sessionId,
        accountId: about.account.id,
        clientIdentifier: about.player.uuid,
        itemId: about.item.itemId,
        reason,
        at: now,
      }),
    );
    return true;
  }

  /** Goes by the rules as they are now, from the next report on. */
  applyRules(): Promise<void> {
    return this.#load();
  }

  /** Stores the last progress of all. Sessions go on: their players will report again. */
  async close(): Promise<void> {
    this.#stopTicking();
    await this.#store((tx) => this.#flush(tx));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Makes memory what the table says: at a start, for new rules, and when the disk refused what memory has. */
  async #load(): Promise<void> {
    const { database, outbox, clock } = this.#options;
    const wasStale = this.#stale;
    this.#stale = true;
    await database.transaction((tx) => {
      if (!wasStale) this.#flush(tx);
      this.#machine = this.#newMachine();
      this.#live.clear();
      this.#ids.clear();
      const now = clock.now();
      for (const stored of sessionStore.all(tx)) {
        const { playback, about, key } = stored;
        const opening = playback.startedAt === undefined;
        if (!opening && now - playback.lastReportAt <= VANISHED_MS && this.#adopt(stored)) continue;
        // It has not begun, or it was silent too long: either way it is over, and its place stays as it was kept.
        const ended = { ...playback, state: "stopped", endedAt: now } as const;
        const event: SessionEvent = opening
          ? { type: "progress", why: "not-started", session: ended, at: now }
          : { type: "stopped", why: "vanished", session: ended, at: now };
        outbox.append(tx, [shownEvent(tx, key, about, event)]);
        sessionStore.remove(tx, key);
      }
      this.#stale = false;
    });
  }

  #newMachine(): PlaybackSessions {
    return new PlaybackSessions({ vanishAfterMs: VANISHED_MS, scrobbleAt: this.#options.rules().playedFrom });
  }

  #adopt(stored: LiveSession): boolean {
    const { playback, about } = stored;
    const { sessionKey, clientIdentifier, account, duration, startedAt, startOffset, scrobbled, phase } = playback;
    const adopted = this.#machine.adopt(
      {
        ratingKey: playback.item,
        state: phase === "paused" ? "paused" : "playing",
        viewOffset: playback.viewOffset,
        at: playback.lastReportAt,
        offline: playback.offline,
        ...(sessionKey === undefined ? {} : { sessionKey }),
        ...(clientIdentifier === undefined ? {} : { clientIdentifier }),
        ...(account === undefined ? {} : { account }),
        ...(duration === undefined ? {} : { duration }),
      },
      { startOffset, scrobbled, ...(startedAt === undefined ? {} : { startedAt }) },
    );
    if (adopted === undefined || this.#live.has(adopted.id)) return false;
    this.#remember({ key: stored.key, playback: adopted, about });
    return true;
  }

  #toMachine(report: TimelineReport, row: Row): SessionReport {
    const duration = row.duration === null || row.duration === undefined ? report.duration : Number(row.duration);
    const { sessionId, happenedAt } = report;
    return {
      clientIdentifier: report.player.uuid,
      account: String(report.accountId),
      ratingKey: String(report.itemId),
      state: report.state,
      // Players round: past the end is the end.
      viewOffset: Math.min(report.time, duration ?? report.time),
      at: this.#options.clock.now(),
      offline: report.offline,
      continuing: report.continuing,
      ...(duration === undefined ? {} : { duration }),
      ...(sessionId === undefined ? {} : { sessionKey: sessionId }),
      ...(happenedAt === undefined ? {} : { happenedAt }),
    };
  }

  #remember(live: LiveSession): void {
    const { id, endedAt } = live.playback;
    if (endedAt === undefined) {
      this.#live.set(id, live);
      this.#ids.set(live.key, id);
    } else {
      this.#live.delete(id);
      this.#ids.delete(live.key);
    }
  }

  /** Progress: told and stored now, or when half a second is over. */
  async #moveOn(live: LiveSession, report: TimelineReport, event: SessionEvent): Promise<void> {
    const moved: LiveSession = { ...live, playback: event.session, about: withReport(live.about, report) };
    this.#remember(moved);
    this.#lastWrite = undefined;
    this.#throttle.offer(sessionEvent(moved.key, moved.about, event));
    await this.#lastWrite;
  }

  #writeProgress(tx: Transaction, event: NewMediaEvent, key: number): void {
    const live = this.#live.get(this.#ids.get(key) ?? 0);
    if (live === undefined) return;
    this.#options.outbox.append(tx, [event]);
    sessionStore.update(tx, live);
    keepOffset(tx, live.about, live.playback, live.playback.lastReportAt, this.#options.rules());
  }

  /** Writes what the throttle holds. */
  #flush(tx: Transaction): void {
    for (const { key } of this.#live.values()) {
      for (const event of this.#throttle.take("session.progressed", subjectOf(key))) {
        this.#writeProgress(tx, event, key);
      }
    }
  }

  /** Stores what the state machine tells, and all that follows from it, in one transaction. */
  async #commit(
    outcome: SessionOutcome,
    of?: { readonly report: TimelineReport; readonly row: Row },
    also: (tx: Transaction) => void = () => undefined,
  ): Promise<void> {
    const own = of === undefined ? undefined : outcome.events.at(-1)?.session.id;
    await this.#store((tx) => {
      const changed = new Map<number, LiveSession>();
      let inserted: LiveSession | undefined;
      for (const event of outcome.events) {
        const { id } = event.session;
        let live = changed.get(id) ?? this.#live.get(id);
        if (live === undefined) {
          if (of === undefined) throw new Error("a session that nobody has reported");
          const about = this.#aboutOf(tx, of.report, of.row);
          live = { key: sessionStore.insert(tx, event.session, about), playback: event.session, about };
          inserted = live;
        } else {
          const about = of !== undefined && id === own ? withReport(live.about, of.report) : live.about;
          live = { ...live, playback: event.session, about };
        }
        changed.set(id, live);
        // What is held is older than this.
        this.#throttle.take("session.progressed", subjectOf(live.key));
        keepProgress(tx, live.about, event, this.#options.rules());
        this.#options.outbox.append(tx, [shownEvent(tx, live.key, live.about, event)]);
      }
      for (const live of changed.values()) {
        if (live.playback.endedAt !== undefined) sessionStore.remove(tx, live.key);
        else if (live !== inserted) sessionStore.update(tx, live);
      }
      if (of !== undefined) this.#terminations.forget(tx, of.report.accountId, of.report.player.uuid);
      also(tx);
      for (const live of changed.values()) this.#remember(live);
    }, outcome);
  }

  /** One unit of work. Where it fails, memory goes back to what is stored. */
  async #store(work: (tx: Transaction) => void, outcome?: SessionOutcome): Promise<void> {
    let done = false;
    try {
      // A player waits for it, and perhaps a lamp for what it tells.
      await this.#options.database.soon((tx) => {
        try {
          work(tx);
          done = true;
        } catch (error) {
          outcome?.undo();
          throw error;
        }
      });
    } catch (error) {
      // Refused at the COMMIT, perhaps with other units: the table knows what is true.
      if (done) this.#stale = true;
      throw error;
    }
  }

  /** A stop of a session that has ended already, of one that vanished perhaps: it tells where to go on. */
  #keepLateOffset(report: TimelineReport, row: Row): Promise<void> {
    const { viewOffset = 0, duration, at } = this.#toMachine(report, row);
    return this.#store((tx) => {
      keepOffset(
        tx,
        { account: this.#options.personOf(report.accountId), item: namedItem(tx, row) },
        { viewOffset, offline: false, scrobbled: false, ...(duration === undefined ? {} : { duration }) },
        at,
        this.#options.rules(),
      );
    });
  }

  async #tick(): Promise<void> {
    const now = this.#options.clock.now();
    try {
      if (this.#stale) await this.#load();
      const outcome = this.#machine.tick(now);
      if (outcome.events.length > 0) await this.#commit(outcome);
      if (this.#terminations.hasOld(now)) await this.#store((tx) => this.#terminations.forgetOld(tx, now));
    } catch (error) {
      this.#options.log.warn({ err: error }, "silent players could not be stopped");
    }
  }

  #aboutOf(tx: Transaction, report: TimelineReport, row: Row): About {
    return withReport(
      {
        sessionId: report.sessionId ?? randomHex(12),
        item: namedItem(tx, row),
        account: this.#options.personOf(report.accountId),
        player: report.player,
      },
      report,
    );
  }
}

function subjectOf(key: number): string {
  return `session:${key}`;
}

/** What a later report says of a session; what it leaves out stays. */
function withReport(
  about: About,
  { player, playQueueID, playQueueItemID, bandwidth, location }: TimelineReport,
): About {
  return {
    ...about,
    player,
    ...(playQueueID === undefined ? {} : { playQueueID }),
    ...(playQueueItemID === undefined ? {} : { playQueueItemID }),
    ...(bandwidth === undefined ? {} : { bandwidth }),
    ...(location === undefined ? {} : { location }),
  };
}
