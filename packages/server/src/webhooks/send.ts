import { createHash } from "node:crypto";
import type { LookupFunction } from "node:net";
import { Client, type Dispatcher, Pool } from "undici";
import { type Clock, type ErrorCode, ReelayError, systemCode } from "../support/index.ts";
import { ConnectTimeout, type ConnectTimings, connector, type Line } from "./connector.ts";
import type { Hook, WebhookRequest } from "./hook.ts";
import { retryAfter } from "./schedule.ts";

/** To a connection. Milliseconds. */
const CONNECT_MS = 5_000;
/** To the end of the answer. Milliseconds. */
const TOTAL_MS = 15_000;
/** Of an answer; what is longer is cut. Bytes. */
const ANSWER_BYTES = 65_536;
/** Destinations whose connections are kept; the one that was used longest ago gives way. */
const MOST_POOLS = 1_024;
/** A connection that is idle longer is closed. Milliseconds. */
const IDLE_MS = 10_000;
/** How often a request is sent again at once because a kept connection turned out to be closed. */
const MOST_STALE = 3;

/** Which addresses a hook may be sent to. */
export interface Destinations {
  /** For the names in its address: gives only what may be connected to. */
  lookup(hook: Hook): LookupFunction;
  /** @throws REELAY_… for an address that may never be connected to; names are looked up later, by {@link lookup} */
  check(hook: Hook, url: URL): void;
}

export interface Timings extends Readonly<ConnectTimings> {
  /** Milliseconds from the start to the first byte of the answer; missing without one. */
  readonly firstByte?: number;
  readonly total: number;
}

export interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  /** As far as it was read: 64 KiB. */
  readonly body: Buffer;
  /** There was more. */
  readonly cut: boolean;
}

/** What came of one request. */
export interface Sent {
  readonly status?: number;
  /** Missing for a success: any 2xx. */
  readonly error?: ErrorCode;
  /** What the system says of it, for people; holds no secret. */
  readonly message?: string;
  readonly answer?: Answer;
  /** Milliseconds that the receiver asks for. */
  readonly retryAfter?: number;
  readonly timings: Timings;
  /** Sent again at once, because a kept connection was closed by the receiver at the same moment. */
  readonly reconnected: number;
}

/** undici hands what it is given on to the client that takes the request. */
interface Options extends Dispatcher.DispatchOptions {
  readonly onLine: (line: Line) => void;
}

interface Destination {
  readonly address: string;
  readonly url: URL;
  readonly pool: Pool;
}

class LineClient extends Client {
  readonly line: Line;

  constructor(origin: URL, options: Client.Options, line: Line) {
    super(origin, options);
    this.line = line;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    (options as Options).onLine(this.line);
    return super.dispatch(options, handler);
  }
}

/** Sends requests: one pool of connections per destination, nothing followed, everything limited. */
export class Sender {
  readonly #clock: Clock;
  readonly #destinations: Destinations;
  readonly #pools = new Map<string, Pool>();
  /** Where a hook was sent to last: a hook that was changed is another object. */
  readonly #last = new WeakMap<Hook, Destination>();

  constructor(options: { readonly clock: Clock; readonly destinations: Destinations }) {
    this.#clock = options.clock;
    this.#destinations = options.destinations;
  }

  /** Never rejects: what went wrong is what came of it. */
  async send(hook: Hook, request: WebhookRequest): Promise<Sent> {
    const started = performance.now();
    let pool: Pool;
    let url: URL;
    try {
      ({ url, pool } = this.#destination(hook, request.url));
    } catch (error) {
      return { ...failure(error, "open"), timings: { total: performance.now() - started }, reconnected: 0 };
    }
    for (let reconnected = 0; ; reconnected++) {
      const sent = await this.#once(pool, url, request, started);
      if (!sent.stale || reconnected === MOST_STALE) {
        const { stale: _, ...rest } = sent;
        return { ...rest, reconnected };
      }
    }
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  /** @throws REELAY_HOOK_URL_REFUSED; names are looked up when they are connected to, and what is found is checked then */
  #destination(hook: Hook, address: string): Destination {
    const last = this.#last.get(hook);
    if (last?.address === address && !last.pool.destroyed && !last.pool.closed) return last;
    const url = new URL(address);
    this.#destinations.check(hook, url);
    const found = { address, url, pool: this.#pool(hook, url) };
    this.#last.set(hook, found);
    return found;
  }

  /** Of the same address, authority and account: what one account may connect to is nothing that another may use. */
  #pool(hook: Hook, url: URL): Pool {
    const authority = hook.ca === undefined ? "" : createHash("sha256").update(hook.ca).digest("base64");
    const key = `${hook.accountId} ${url.origin} ${authority}`;
    let pool = this.#pools.get(key);
    this.#pools.delete(key);
    pool ??= this.#open(hook, url);
    this.#pools.set(key, pool);
    if (this.#pools.size > MOST_POOLS) this.#dropOldest();
    return pool;
  }

  #open(hook: Hook, url: URL): Pool {
    const { ca } = hook;
    const connect = { clock: this.#clock, lookup: this.#destinations.lookup(hook), ca, timeoutMs: CONNECT_MS };
    return new Pool(url.origin, {
      allowH2: false,
      // Time limits are those of the whole request, by the clock.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: 60_000,
      factory(origin: URL, options: Client.Options) {
        const line: Line = { phase: "open", timings: undefined };
        return new LineClient(origin, { ...options, connect: connector(connect, line) }, line);
      },
    });
  }

  #dropOldest(): void {
    const [oldest] = this.#pools;
    if (oldest === undefined) return;
    this.#pools.delete(oldest[0]);
    // Requests under way end first.
    void oldest[1].close();
  }

  #once(
    pool: Pool,
    url: URL,
    request: WebhookRequest,
    started: number,
  ): Promise<Omit<Sent, "reconnected"> & { stale: boolean }> {
    const { promise, resolve } = Promise.withResolvers<Omit<Sent, "reconnected"> & { stale: boolean }>();
    const exchange = new Exchange(started, this.#clock.now());
    const finish = (sent: Omit<Sent, "reconnected">, stale = false) => {
      cancel();
      resolve({ ...sent, stale });
    };
    const cancel = this.#clock.after(TOTAL_MS, () => {
      exchange.cut = true;
      finish(
        exchange.end({ error: "REELAY_DELIVERY_TIMEOUT", message: `no whole answer after ${TOTAL_MS / 1_000} s` }),
      );
      exchange.abort();
    });
    const options: Options = {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers: request.headers.flat(),
      body: request.body.length === 0 && request.method === "GET" ? null : request.body,
      onLine: (line) => exchange.onLine(line),
    };
    pool.dispatch(options, {
      onRequestStart: (controller) => exchange.onStart(controller),
      onResponseStart: (_controller, status, headers) => exchange.onHead(status, headers),
      onResponseData(controller, chunk) {
        if (exchange.onData(chunk)) return;
        finish(exchange.end());
        controller.abort(new Error("the answer is longer than what is read"));
      },
      onResponseEnd: () => finish(exchange.end()),
      onResponseError: (_controller, error) => finish(exchange.end(failure(error, exchange.phase)), exchange.stale),
    });
    return promise;
  }
}

/** One request and its answer, as far as they have come. */
class Exchange {
  cut = false;
  readonly #started: number;
  readonly #now: number;
  #line: Line | undefined;
  #kept = false;
  #controller: Dispatcher.DispatchController | undefined;
  #aborted = false;
  #status: number | undefined;
  #headers: Record<string, string> = {};
  #firstByte: number | undefined;
  #timings: ConnectTimings = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(started: number, now: number) {
    this.#started = started;
    this.#now = now;
  }

  get phase(): Line["phase"] {
    return this.#line?.phase ?? "open";
  }

  /** It went into a connection that was open before, and no answer began: the receiver may just have closed it. */
  get stale(): boolean {
    return this.#kept && this.#status === undefined && !this.#aborted;
  }

  onLine(line: Line): void {
    this.#line = line;
  }

  /** The connection is open and takes the request. */
  onStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    const timings = this.#line?.timings;
    this.#kept = timings === undefined;
    if (timings !== undefined) this.#timings = timings;
    if (this.#line !== undefined) this.#line.timings = undefined;
    if (this.#aborted) controller.abort(new Error("too late"));
  }

  onHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    this.#status = status;
    this.#firstByte = performance.now() - this.#started;
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.#headers[name] = Array.isArray(value) ? value.join(", ") : value;
    }
  }

  /** @returns false when no more is to be read */
  onData(chunk: Buffer): boolean {
    const room = ANSWER_BYTES - this.#bytes;
    this.#chunks.push(chunk.subarray(0, room));
    this.#bytes += chunk.length;
    this.cut = chunk.length > room;
    return !this.cut;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort(new Error("too late"));
  }

  /** @param failed what ended it before its end; with the head of a success there, it is one all the same */
  end(failed?: Pick<Sent, "error" | "message">): Omit<Sent, "reconnected"> {
    const status = this.#status;
    const timings = {
      ...this.#timings,
      ...(this.#firstByte === undefined ? {} : { firstByte: this.#firstByte }),
      total: performance.now() - this.#started,
    };
    if (status === undefined) return { ...failed, timings };
    const wish = retryAfter(this.#headers["retry-after"], this.#now);
    return {
      status,
      ...errorOfStatus(status),
      answer: { headers: this.#headers, body: Buffer.concat(this.#chunks), cut: this.cut || failed !== undefined },
      ...(wish === undefined ? {} : { retryAfter: wish }),
      timings,
    };
  }
}

function errorOfStatus(status: number): Pick<Sent, "error"> {
  if (status >= 200 && status < 300) return {};
  if (status === 410) return { error: "REELAY_DELIVERY_GONE" };
  return { error: status >= 300 && status < 400 ? "REELAY_DELIVERY_REDIRECTED" : "REELAY_DELIVERY_STATUS" };
}

const DNS = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME", "ESERVFAIL", "ETIMEOUT"]);

function failure(error: unknown, phase: Line["phase"]): { error: ErrorCode; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ReelayError) return { error: error.code, message };
  if (error instanceof ConnectTimeout) return { error: "REELAY_DELIVERY_TIMEOUT", message };
  const code = systemCode(error) ?? "";
  if (code.startsWith("HPE_")) return { error: "REELAY_DELIVERY_BAD_ANSWER", message };
  if (phase === "dns" || DNS.has(code)) return { error: "REELAY_DELIVERY_NAME", message };
  if (phase === "connect") return { error: "REELAY_DELIVERY_UNREACHABLE", message };
  if (phase === "tls") return { error: "REELAY_DELIVERY_TLS", message };
  return { error: "REELAY_DELIVERY_CUT", message };
}
