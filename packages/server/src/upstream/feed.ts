import { type NotificationEvent, PlexAPI, PlexAPIError, type Subscription } from "@reelay/sdk";
import type { Missed, NewMediaEvent, Outbox, ToldNotification, UpstreamFacts } from "../events/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { Clock, Logger } from "../support/index.ts";
import { type UpstreamClient, UpstreamError } from "./client.ts";
import type { Unasked } from "./healing.ts";
import { Interpreter } from "./interpreter.ts";
import type { PlexWebhook } from "./plex-webhook.ts";
import { type KnownLists, upstreamStore } from "./store.ts";

/** A stream that is silent for so long is dead: what it was open longer ago than this was heard. ms */
const SILENCE_MS = 20_000;
/** How often it is written down that the stream is open. ms */
const MARK_MS = 10_000;
/** How often silent players are looked for. ms */
const TICK_MS = 5_000;
/** Longest notification that is taken, bytes: it is kept in the log. */
const LONGEST = 262_144;

type Told = Exclude<NotificationEvent, { readonly type: "gap" }>;

export interface FeedOptions {
  readonly client: UpstreamClient;
  /** Machine identifier of the upstream. */
  readonly origin: string;
  readonly facts: () => UpstreamFacts;
  /** Default: 20,000. */
  readonly silenceMs?: number | undefined;
  /** The account here that is linked with one of the upstream. */
  readonly accountOf: (upstreamAccount: number) => number | undefined;
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  /** Keeps a picture. @returns the hash of its content; undefined if it is none */
  readonly keepPicture: (bytes: Uint8Array) => Promise<string | undefined>;
  readonly onOpen: () => void;
  readonly onLost: (reason: string) => void;
}

/**
 * The event stream of one upstream, into the log. What a notification tells and how far the stream was heard are one
 * transaction: whatever is killed when, an event is told once.
 */
export class Feed {
  readonly #options: FeedOptions;
  readonly #closing = Promise.withResolvers<void>();
  readonly #ended = new AbortController();
  readonly #interpreter: Interpreter;
  readonly #silenceMs: number;
  readonly #lists: KnownLists;
  readonly #start: string | undefined;
  #subscription: Subscription | undefined;
  #isOpen = false;
  /** Counts up with each comparison, and with each loss, which ends it. */
  #comparison = 0;
  /** What comes before the first list is known: whether it is a start, the list decides. */
  #held: Told[] | undefined;
  /** Epoch ms: until then nothing was missed. Undefined: it was never listened to. */
  #heardAt: number | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
    const { origin, database, silenceMs = SILENCE_MS } = options;
    this.#silenceMs = silenceMs;
    const mark = upstreamStore.read(database.read, origin);
    this.#heardAt = mark?.heardAt;
    this.#start = mark?.position;
    this.#lists = mark?.lists ?? { plays: [] };
    this.#interpreter = new Interpreter({
      ...options,
      signal: this.#ended.signal,
      lists: this.#lists,
      store: (work, position) => this.#store(work, position),
      // Begun anew, it says whether the token is good.
      onRefused: () => this.close(),
    });
  }

  /** Listens until the stream has to be begun anew, or is closed. @throws UpstreamError if the token is refused */
  async run(): Promise<void> {
    const { client, clock } = this.#options;
    const stopMarking = clock.every(MARK_MS, () => this.#mark());
    const stopTicking = clock.every(TICK_MS, () => {
      if (this.#isOpen) this.#interpreter.tick();
    });
    const api = new PlexAPI({
      serverURL: client.url,
      clientIdentifier: client.headers["x-plex-client-identifier"] ?? "",
      product: "Reelay",
      ...(client.token === undefined ? {} : { token: client.token }),
    });
    const subscription = api.events.subscribe({
      maxFrameBytes: LONGEST,
      heartbeatTimeoutMs: this.#silenceMs,
      ...(this.#start === undefined ? {} : { lastEventId: this.#start }),
    });
    this.#listen(subscription);
    try {
      await Promise.race([subscription.closed, this.#closing.promise]);
    } catch (error) {
      throw asUpstreamError(error);
    } finally {
      stopMarking();
      stopTicking();
      await subscription.close();
      if (this.#isOpen) this.#lost(undefined);
      this.#ended.abort();
      this.#interpreter.close();
    }
  }

  close(): void {
    this.#closing.resolve();
  }

  /** What the upstream's own webhook says. */
  async takeWebhook(webhook: PlexWebhook): Promise<void> {
    // Before the first list is known nothing is told of what was there before.
    const isKnown = this.#held === undefined && this.#heardAt !== undefined;
    if (isKnown || webhook.event.startsWith("admin.")) await this.#interpreter.takeWebhook(webhook);
  }

  #listen(subscription: Subscription): void {
    this.#subscription = subscription;
    const isNew = this.#heardAt === undefined;
    // A stream that was never asked to resume cannot tell that something is missing in front of it.
    let isMissing = !isNew && (this.#start === undefined || this.#lists.gapFrom !== undefined);
    subscription.on("state", (now) => {
      if (now.state === "waiting") this.#lost(now.error);
      if (now.state !== "open") return;
      this.#isOpen = true;
      this.#options.onOpen();
      this.#interpreter.resume();
      if (this.#heardAt === undefined) void this.#firstSight();
      else if (isMissing || this.#lists.gapFrom !== undefined) this.#missed();
      isMissing = false;
    });
    subscription.on("*", (event) => (event.type === "gap" ? this.#missed() : this.#take(event)));
    subscription.on("error", (error) => {
      this.#options.log.debug({ err: error, origin: this.#options.origin }, "a notification was skipped");
    });
  }

  #lost(error: Error | undefined): void {
    if (this.#isOpen) this.#heard(this.#options.clock.now() - this.#silenceMs);
    this.#isOpen = false;
    this.#comparison++;
    this.#options.onLost(error?.message ?? "The connection was lost.");
  }

  /** Takes what is there already for known. */
  async #firstSight(): Promise<void> {
    const comparison = ++this.#comparison;
    this.#held = [];
    const done = await this.#interpreter.heal(undefined, () => this.#isOpen && comparison === this.#comparison);
    const held = this.#held ?? [];
    this.#held = undefined;
    // Lost again: the next one is the first sight.
    if (done === undefined) return;
    this.#heard();
    this.#store(() => undefined);
    for (const event of held) this.#take(event);
  }

  /** What was told between two times is gone: what can be known of it is told now. */
  #missed(): void {
    // A first sight is under way, and what came before it does not count.
    if (this.#heardAt === undefined) return;
    const now = this.#options.clock.now();
    this.#lists.gapFrom ??= Math.min(this.#heardAt, now);
    this.#heard();
    void this.#compare({ from: this.#lists.gapFrom, to: now });
  }

  async #compare(missed: Missed): Promise<void> {
    const comparison = ++this.#comparison;
    const done = await this.#interpreter.heal(missed, () => this.#isOpen && comparison === this.#comparison);
    // Lost again: compared when it is open the next time.
    if (done === undefined || comparison !== this.#comparison) return;
    const gap = this.#gap(missed, done);
    this.#store((tx) => {
      delete this.#lists.gapFrom;
      this.#interpreter.append(tx, [gap]);
    });
  }

  #gap(missed: Missed, done: { readonly healed: number; readonly unasked: Unasked }): NewMediaEvent {
    const { facts, origin } = this.#options;
    return {
      type: "upstream.gap",
      audience: { kind: "admins" },
      subject: `upstream:${facts().name}`,
      origin,
      facts: { ...facts(), ...missed, ...done },
    };
  }

  #take(event: Told): void {
    if (this.#held !== undefined) {
      this.#held.push(event);
      return;
    }
    this.#heard();
    this.#interpreter.take(toldBy(event), event.id);
  }

  #heard(at = this.#options.clock.now()): void {
    this.#heardAt = Math.max(this.#heardAt ?? at, at);
  }

  #mark(): void {
    if (!this.#isOpen || this.#heardAt === undefined) return;
    this.#heard(this.#options.clock.now() - this.#silenceMs);
    this.#store(() => undefined);
  }

  /** One unit of work, with how far the stream was heard. If it fails, the stream begins anew where it was stored. */
  #store(work: (tx: Transaction) => void, position = this.#subscription?.lastEventId): void {
    const { database, origin, clock, log } = this.#options;
    database
      .transaction((tx) => {
        work(tx);
        const heardAt = this.#heardAt ?? clock.now();
        upstreamStore.write(tx, origin, { position, heardAt, lists: this.#lists });
      })
      .catch((error: unknown) => {
        if (!this.#ended.signal.aborted) {
          log.warn({ err: error, origin }, "what an upstream tells cannot be stored, trying again");
        }
        this.close();
      });
  }
}

/** A notification as the log keeps it: without the position that it had there. */
function toldBy(event: Told): ToldNotification {
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
