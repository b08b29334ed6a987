import type { NewMediaEvent, Outbox } from "../events/index.ts";
import type { Database } from "../storage/index.ts";
import { type Clock, type Logger, ReelayError } from "../support/index.ts";
import { type ServerIdentity, UpstreamClient, UpstreamError } from "./client.ts";
import type { Feed } from "./feed.ts";
import type { UpstreamOption } from "./option.ts";
import type { PlexWebhook } from "./plex-webhook.ts";

/** Between attempts to find the server, at most; random, so that many do not come back in one moment. ms */
const LONGEST_WAIT_MS = 5_000;
/** Between attempts with a token that was refused: only a person can change that. ms */
const REFUSED_WAIT_MS = 30_000;
/** How often it is looked whether there is another token meanwhile. ms */
const LOOK_MS = 1_000;

export interface UpstreamOptions {
  readonly option: UpstreamOption;
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  /** The account here that is linked with one of the upstream. @param origin the upstream's machine identifier */
  readonly accountOf: (origin: string, upstreamAccount: number) => number | undefined;
  /** Keeps a picture. @returns the hash of its content; undefined if it is none */
  readonly keepPicture: (bytes: Uint8Array) => Promise<string | undefined>;
  /** It is connected, or not, or for another reason than before. */
  readonly onState: (status: UpstreamStatus) => void;
  /** How this server names itself to others. */
  readonly clientIdentifier: string;
}

/** `refused`: it is there and does not take the token. */
export type UpstreamState = "connecting" | "connected" | "refused";

export interface UpstreamStatus {
  readonly name: string;
  readonly url: string;
  readonly state: UpstreamState;
  /** Epoch ms. */
  readonly since: number;
  /** Why it is not connected. */
  readonly reason?: string;
  /** Undefined until it was reached once. */
  readonly machineIdentifier?: string;
  readonly version?: string;
}

interface Known extends ServerIdentity {
  readonly friendlyName: string | undefined;
}

/** One other server: found, connected with, and connected with again, for as long as this one runs. */
export class Upstream implements AsyncDisposable {
  readonly client: UpstreamClient;
  readonly #options: UpstreamOptions;
  readonly #stop = new AbortController();
  #known: Known | undefined;
  #feed: Feed | undefined;
  #state: UpstreamState = "connecting";
  #since: number;
  #reason: string | undefined;
  /** Whether the log says that it is connected, or refused; undefined: neither was told. */
  #told: "connected" | "refused" | undefined;
  #running: Promise<void> | undefined;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#since = options.clock.now();
    this.client = new UpstreamClient(options.option.url, options.clientIdentifier);
  }

  get option(): UpstreamOption {
    return this.#options.option;
  }

  /** What it calls itself, for webhooks; undefined until it was reached once. */
  get title(): string | undefined {
    return this.#known?.friendlyName ?? this.#options.option.name;
  }

  get status(): UpstreamStatus {
    const { option } = this.#options;
    return {
      name: option.name ?? this.#known?.friendlyName ?? new URL(option.url).host,
      url: option.url,
      state: this.#state,
      since: this.#since,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      ...(this.#known === undefined
        ? {}
        : { machineIdentifier: this.#known.machineIdentifier, version: this.#known.version }),
    };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** What its own webhook says. @throws REELAY_UPSTREAM_UNREACHABLE while nothing is known of it, or where it cannot be asked */
  async takeWebhook(webhook: PlexWebhook): Promise<void> {
    if (this.#feed === undefined) throw new ReelayError("REELAY_UPSTREAM_UNREACHABLE", this.#reason);
    try {
      await this.#feed.takeWebhook(webhook);
    } catch (error) {
      throw error instanceof UpstreamError ? new ReelayError("REELAY_UPSTREAM_UNREACHABLE", error.message) : error;
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stop.signal.aborted; failures++) {
      try {
        this.#known = await this.#identify();
        await this.#listen(this.#known);
        failures = 0;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        await this.#failed(error);
      }
      const most = Math.min(LONGEST_WAIT_MS, 250 * 2 ** Math.min(failures, 10));
      if (this.#state === "refused") await this.#newToken();
      else await this.#wait(Math.random() * most);
    }
  }

  async #identify(): Promise<Known> {
    const { signal } = this.#stop;
    this.client.token = await this.#options.option.token();
    const identity = await this.client.identity(signal);
    return { ...identity, friendlyName: await this.client.friendlyName(signal) };
  }

  /** Returns when the stream has to be begun anew. @throws UpstreamError */
  async #listen({ machineIdentifier: origin }: Known): Promise<void> {
    // With the client library, which nobody needs who has no upstream.
    const { Feed } = await import("./feed.ts");
    if (this.#stop.signal.aborted) return;
    const feed = new Feed({
      ...this.#options,
      client: this.client,
      origin,
      silenceMs: this.#options.option.silenceMs,
      facts: () => this.#facts(),
      accountOf: (account) => this.#options.accountOf(origin, account),
      onOpen: () => this.#opened(),
      onLost: (reason) => this.#lost(reason),
    });
    this.#feed = feed;
    const stopped = () => feed.close();
    this.#stop.signal.addEventListener("abort", stopped, { once: true });
    try {
      await feed.run();
    } finally {
      this.#feed = undefined;
      this.#stop.signal.removeEventListener("abort", stopped);
    }
  }

  /** Waits for another token than the one that was refused, and not for ever: it may be taken again. */
  async #newToken(): Promise<void> {
    const { clock, option } = this.#options;
    const end = clock.now() + REFUSED_WAIT_MS;
    do await this.#wait(LOOK_MS);
    while (!this.#stop.signal.aborted && clock.now() < end && (await option.token()) === this.client.token);
  }

  #opened(): void {
    this.#enter("connected");
    if (this.#told === "connected") return;
    this.#told = "connected";
    this.#tell({ type: "upstream.connected", ...this.#about(), facts: this.#facts() });
  }

  #lost(reason: string): void {
    this.#enter("connecting", reason);
    if (this.#told !== "connected") return;
    this.#told = undefined;
    this.#tell({ type: "upstream.disconnected", ...this.#about(), facts: { ...this.#facts(), reason } });
  }

  async #failed(error: unknown): Promise<void> {
    const { log } = this.#options;
    if (!(error instanceof UpstreamError)) {
      log.error({ err: error, upstream: this.status.name }, "an upstream cannot be listened to, trying again");
      return this.#lost("Something failed inside Reelay.");
    }
    if (error.trouble !== "refused") return this.#lost(error.message);
    this.#lost(error.message);
    const reason = this.client.token === undefined ? NO_TOKEN : REFUSED_TOKEN;
    this.#enter("refused", reason);
    if (this.#told === "refused") return;
    this.#told = "refused";
    log.error({ upstream: this.status.name }, reason);
    this.#tell({ type: "upstream.refused", ...this.#about(), facts: { ...this.#facts(), reason } });
  }

  #enter(state: UpstreamState, reason?: string): void {
    const isNews = state !== this.#state || reason !== this.#reason;
    if (state !== this.#state) this.#since = this.#options.clock.now();
    this.#state = state;
    this.#reason = reason;
    if (isNews) this.#options.onState(this.status);
  }

  #about() {
    return { audience: { kind: "admins" }, subject: `upstream:${this.status.name}` } as const;
  }

  #facts() {
    const { name, machineIdentifier, version } = this.status;
    return {
      name,
      ...(machineIdentifier === undefined ? {} : { machineIdentifier }),
      ...(version === undefined ? {} : { version }),
    };
  }

  #tell(event: NewMediaEvent): void {
    const { database, outbox, log } = this.#options;
    database
      .transaction((tx) => void outbox.append(tx, [event]))
      .catch((error: unknown) => log.warn({ err: error }, "the state of an upstream could not be told"));
  }

  #wait(ms: number): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.#options.clock.after(ms, done);
      if (signal.aborted) done();
      signal.addEventListener("abort", done);
    });
  }
}

const NO_TOKEN = "It asks for a token, and there is none: give it as REELAY_PLEX_TOKEN.";
const REFUSED_TOKEN =
  "It does not take the token any more: it was revoked, its owner's password was changed, or it is another server's.";
