import {
  type Match,
  matches,
  PlaybackSessions,
  type PlaySessionStateNotification,
  parseMatch,
  type SessionEvent,
  type SessionOutcome,
} from "@reelay/protocol";
import type { PlexAPICore } from "../core.ts";
import { SDKValidationError } from "../models/errors.ts";
import type { GapEvent } from "../stream/events.ts";
import { type Environment, systemEnvironment } from "../subscribe/environment.ts";
import { EventQueue } from "../subscribe/event-queue.ts";
import { LiveSubscription } from "../subscribe/live-subscription.ts";
import { type SessionDetails, toReport } from "./details.ts";
import { find, SessionDirectory } from "./directory.ts";
import type { SessionMatch, SessionUpdate, WatchOptions } from "./types.ts";

const TICK_MS = 10_000;
/** Updates that wait to be taken. */
const MOST_WAITING = 10_000;

const WEBHOOK_OF = {
  started: "media.play",
  paused: "media.pause",
  resumed: "media.resume",
  stopped: "media.stop",
  failed: "media.stop",
  scrobbled: "media.scrobble",
} as const satisfies Partial<Record<SessionEvent["type"], SessionUpdate["event"]>>;

const events = [...new Set(Object.values(WEBHOOK_OF))];

/** What happens to playbacks. Iterate it; it ends when closed. */
export interface SessionWatch extends AsyncIterableIterator<SessionUpdate | GapEvent>, AsyncDisposable {
  /** Ends the connection and the iteration. Safe to call again. */
  close(): Promise<void>;
}

/**
 * Tells what a webhook would: playbacks that start, pause, resume, stop and are played to 90 %, with item, player and account, from any server,
 * without Plex Pass. Sessions that are there already are known, but not told as started.
 * @throws SDKValidationError for a filter that is none; it names the field that was probably meant
 */
export function watchSessions(client: PlexAPICore, match: SessionMatch = {}, options: WatchOptions = {}): SessionWatch {
  return new Watch(client, match, options, systemEnvironment);
}

/** @internal */
export class Watch implements SessionWatch {
  readonly #match: Match;
  readonly #environment: Environment;
  readonly #machine: PlaybackSessions;
  readonly #directory: SessionDirectory;
  readonly #subscription: LiveSubscription;
  readonly #queue = new EventQueue<SessionUpdate>(MOST_WAITING);
  readonly #stop = new AbortController();
  /** Updates are told in the order of their causes, whatever look-up takes how long. */
  #last: Promise<void> = Promise.resolve();
  #adopted = false;
  #cancelTick: () => void = () => undefined;

  constructor(client: PlexAPICore, match: SessionMatch, options: WatchOptions, environment: Environment) {
    const parsed = parseMatch(match, { events });
    if (!parsed.ok) throw new SDKValidationError("Input validation failed", parsed.error.message, match);
    const { signal, transport, onError = () => undefined, vanishAfterMs, scrobbleAt } = options;
    this.#match = parsed.value;
    this.#environment = environment;
    this.#machine = new PlaybackSessions({
      ...(vanishAfterMs === undefined ? {} : { vanishAfterMs }),
      ...(scrobbleAt === undefined ? {} : { scrobbleAt }),
    });
    this.#directory = new SessionDirectory(client, environment, this.#stop.signal, onError);
    this.#subscription = new LiveSubscription(
      client,
      { filter: ["playing"], ...(signal ? { signal } : {}), ...(transport ? { transport } : {}) },
      environment,
    );
    this.#subscription.on("state", ({ state }) => state === "open" && !this.#adopted && this.#compare(true));
    this.#subscription.on("gap", () => this.#compare(false));
    this.#subscription.on("playing", ({ entry }) => this.#report(entry));
    this.#subscription.on("error", onError);
    this.#subscription.closed.then(
      () => this.#finish(),
      (error: Error) => this.#finish(error),
    );
    this.#tick();
  }

  next(): Promise<IteratorResult<SessionUpdate | GapEvent, undefined>> {
    return this.#queue.next();
  }

  async return(): Promise<IteratorResult<SessionUpdate | GapEvent, undefined>> {
    this.#queue.discard();
    await this.close();
    return { value: undefined, done: true };
  }

  async close(): Promise<void> {
    await this.#subscription.close();
    this.#finish();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Looks at the server's list: at first for what is there already, after a gap for what was missed. */
  #compare(adopt: boolean): void {
    this.#adopted = true;
    this.#inOrder(async () => {
      const list = await this.#directory.list();
      if (list === undefined) return;
      const at = this.#environment.now();
      for (const session of [...this.#machine])
        if (!find(list, session)) await this.#tell(this.#machine.end(session.id, at).events);
      for (const details of list) {
        const report = toReport(details, at);
        if (report === undefined) continue;
        const session = adopt ? this.#machine.adopt(report) : undefined;
        if (session) this.#directory.remember(session, details);
        else if (!adopt) await this.#tellOutcome(this.#machine.report(report), details);
      }
    });
  }

  #report(entry: PlaySessionStateNotification): void {
    const at = this.#environment.now();
    // In order with the look-ups: what the list adopts must be known before the report of the same session.
    this.#inOrder(() => this.#tellOutcome(this.#machine.report({ ...entry, at })));
  }

  #tick(): void {
    this.#cancelTick = this.#environment.after(TICK_MS, () => {
      const at = this.#environment.now();
      this.#inOrder(() => this.#tellOutcome(this.#machine.tick(at)));
      this.#tick();
    });
  }

  async #tellOutcome({ events }: SessionOutcome, details?: SessionDetails): Promise<void> {
    for (const { session } of events) if (details) this.#directory.remember(session, details);
    await this.#tell(events);
  }

  async #tell(events: readonly SessionEvent[]): Promise<void> {
    for (const event of events) {
      const { session } = event;
      if (event.type !== "progress") {
        const details = await this.#directory.of(session);
        await this.#push(event, details);
        if (session.endedAt === undefined && session.duration === undefined && details.item.duration !== undefined)
          await this.#tell(
            this.#machine.learnDuration(session.id, details.item.duration, this.#environment.now()).events,
          );
      }
      if (session.endedAt !== undefined) this.#directory.forget(session);
    }
  }

  async #push(event: Exclude<SessionEvent, { type: "progress" }>, details: SessionDetails): Promise<void> {
    const { session, why, at } = event;
    const { item, player, account } = details;
    const name = WEBHOOK_OF[event.type];
    const verdict = matches(this.#match, {
      event: name,
      player,
      account,
      ...(player.local === undefined ? {} : { local: player.local }),
      ...(item.type === undefined ? {} : { type: item.type }),
      ...(item.section === undefined ? {} : { section: item.section }),
      ...(item.duration === undefined ? {} : { duration: item.duration }),
      server: await this.#directory.server(),
    });
    // What depends on something that the server does not tell is not told either.
    if (verdict !== true) return;
    this.#queue.push({
      type: event.type === "failed" ? "stopped" : event.type,
      why,
      event: name,
      session: session.id,
      ...(session.sessionKey === undefined ? {} : { sessionKey: session.sessionKey }),
      viewOffset: session.viewOffset,
      at,
      item,
      player,
      account,
    } as SessionUpdate);
  }

  #inOrder(step: () => Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (!this.#stop.signal.aborted) await step();
    });
    this.#last.catch((error: unknown) => this.#finish(error instanceof Error ? error : new Error(String(error))));
  }

  #finish(error?: Error): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#cancelTick();
    this.#queue.end(error);
    void this.#subscription.close();
  }
}
