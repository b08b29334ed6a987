import { type NotificationEvent, PlexAPI, PlexAPIError, type Subscription } from "@reelay/sdk";
import {
  type NewMediaEvent,
  type Outbox,
  ProgressThrottle,
  type ToldNotification,
  type UpstreamFacts,
} from "../events/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { Clock, Logger } from "../support/index.ts";
import { type UpstreamClient, UpstreamError } from "./client.ts";
import { passedOn } from "./passed-on.ts";
import { upstreamStore } from "./store.ts";

/** The SDK takes a stream that is silent for so long for dead: what it was open longer ago than this was heard. ms */
const SILENCE_MS = 20_000;
/** How often it is written down that the stream is open. ms */
const MARK_MS = 10_000;
/** Longest notification that is taken, bytes: it is kept in the log. */
const LONGEST = 262_144;

export interface FeedOptions {
  readonly client: UpstreamClient;
  /** Machine identifier of the upstream. */
  readonly origin: string;
  readonly facts: () => UpstreamFacts;
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onOpen: () => void;
  readonly onLost: (reason: string) => void;
}

/**
 * The event stream of one upstream, into the log. What a notification tells and how far the stream was heard are one
 * transaction: whatever is killed when, an event is told once.
 */
export class Feed {
  readonly #options: FeedOptions;
  readonly #throttle: ProgressThrottle;
  readonly #closing = Promise.withResolvers<void>();
  #subscription: Subscription | undefined;
  #isOpen = false;
  /** Epoch ms: until then nothing was missed. Undefined: it was never listened to. */
  #heardAt: number | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#throttle = new ProgressThrottle(options.clock, (event) => this.#store((tx) => this.#append(tx, [event])));
  }

  /** Listens until the stream has to be begun anew, or is closed. @throws UpstreamError if the token is refused */
  async run(): Promise<void> {
    const { database, origin, client, clock } = this.#options;
    const mark = upstreamStore.read(database.read, origin);
    this.#heardAt = mark?.heardAt;
    const stopMarking = clock.every(MARK_MS, () => this.#mark());
    const api = new PlexAPI({
      serverURL: client.url,
      clientIdentifier: client.headers["x-plex-client-identifier"] ?? "",
      product: "Reelay",
      ...(client.token === undefined ? {} : { token: client.token }),
    });
    const subscription = api.events.subscribe({
      maxFrameBytes: LONGEST,
      heartbeatTimeoutMs: SILENCE_MS,
      ...(mark?.position === undefined ? {} : { lastEventId: mark.position }),
    });
    this.#subscription = subscription;
    // A stream that was never asked to resume cannot tell that something is missing in front of it.
    let unasked = mark !== undefined && mark.position === undefined;
    subscription.on("state", (now) => {
      if (now.state === "open") {
        this.#opened();
        if (unasked) this.#missed();
        unasked = false;
      } else if (now.state === "waiting") this.#lost(now.error);
    });
    subscription.on("*", (event) => this.#take(event));
    subscription.on("error", (error) => this.#options.log.debug({ err: error, origin }, "a notification was skipped"));
    try {
      await Promise.race([subscription.closed, this.#closing.promise]);
    } catch (error) {
      throw asUpstreamError(error);
    } finally {
      stopMarking();
      await subscription.close();
      this.#subscription = undefined;
      if (this.#isOpen) this.#lost(undefined);
    }
  }

  close(): void {
    this.#closing.resolve();
  }

  #opened(): void {
    this.#isOpen = true;
    const isNew = this.#heardAt === undefined;
    if (isNew) this.#heard();
    this.#options.onOpen();
    if (isNew) this.#store(() => undefined);
  }

  #lost(error: Error | undefined): void {
    if (this.#isOpen) this.#heard(this.#options.clock.now() - SILENCE_MS);
    this.#isOpen = false;
    this.#options.onLost(error?.message ?? "The connection was lost.");
  }

  /** What was told between two times is gone. */
  #missed(): void {
    const { clock, facts, origin } = this.#options;
    const now = clock.now();
    const from = Math.min(this.#heardAt ?? now, now);
    const gap: NewMediaEvent = {
      type: "upstream.gap",
      audience: { kind: "admins" },
      subject: `upstream:${facts().name}`,
      origin,
      facts: { ...facts(), from, to: now, healed: 0, unasked: ["sessions", "history", "recently added"] },
    };
    this.#heard();
    this.#store((tx) => this.#append(tx, [gap]));
  }

  #take(event: NotificationEvent): void {
    if (event.type === "gap") {
      this.#missed();
      return;
    }
    this.#heard();
    this.#tell(passedOn(this.#options.origin, toldBy(event)), event.id);
  }

  #tell(event: NewMediaEvent, position: string | undefined): void {
    if (event.type === "upstream.progressed") {
      this.#throttle.offer(event);
      this.#store(() => undefined, position);
      return;
    }
    // What is held about the same is older.
    const held = this.#throttle.take("upstream.progressed", event.subject, event.origin);
    this.#store((tx) => this.#append(tx, [...held, event]), position);
  }

  #append(tx: Transaction, events: readonly NewMediaEvent[]): void {
    this.#options.outbox.append(tx, events);
  }

  #heard(at = this.#options.clock.now()): void {
    this.#heardAt = Math.max(this.#heardAt ?? at, at);
  }

  #mark(): void {
    if (!this.#isOpen) return;
    this.#heard(this.#options.clock.now() - SILENCE_MS);
    this.#store(() => undefined);
  }

  /** One unit of work, with how far the stream was heard. If it fails, the stream begins anew where it was stored. */
  #store(work: (tx: Transaction) => void, position = this.#subscription?.lastEventId): void {
    const { database, origin, clock, log } = this.#options;
    const heardAt = this.#heardAt ?? clock.now();
    database
      .transaction((tx) => {
        work(tx);
        upstreamStore.write(tx, origin, { position, heardAt });
      })
      .catch((error: unknown) => {
        log.warn({ err: error, origin }, "what an upstream tells cannot be stored, trying again");
        this.close();
      });
  }
}

/** A notification as the log keeps it: without the position that it had there. */
function toldBy(event: Exclude<NotificationEvent, { readonly type: "gap" }>): ToldNotification {
  if (event.type === "unknown") {
    const { name: type, payloadKey, entry } = event;
    return { type, payloadKey, entry };
  }
  const { id: _position, ...notification } = event;
  return notification as ToldNotification;
}

function asUpstreamError(error: unknown): unknown {
  if (!(error instanceof PlexAPIError)) return error;
  const refused = error.statusCode === 401 || error.statusCode === 403;
  return new UpstreamError(refused ? "refused" : "unreachable", `Its stream answers ${error.statusCode}.`, error);
}
