import { createHash } from "node:crypto";
import type { LookupFunction } from "node:net";
import type { Pool } from "undici";
import type { Clock } from "../support/index.ts";
import { Exchange, failure, type Sent } from "./exchange.ts";
import type { Hook, WebhookRequest } from "./hook.ts";
import type { LineOptions } from "./pool.ts";
import { requestHead } from "./request-head.ts";

/** To a connection. Milliseconds. */
const CONNECT_MS = 5_000;
/** To the end of the answer. Milliseconds. */
const TOTAL_MS = 15_000;
/** Destinations whose connections are kept; the one that was used longest ago gives way. */
const MOST_POOLS = 1_024;
/** How often a request is sent again at once because a kept connection turned out to be closed. */
const MOST_STALE = 3;

/** Which addresses a hook may be sent to. */
export interface Destinations {
  /** For the names in its address: gives only what may be connected to. */
  lookup(hook: Hook): LookupFunction;
  /** @throws REELAY_… for an address that may never be connected to; names are looked up later, by {@link lookup} */
  check(hook: Hook, url: URL): void;
}

/** @property stale the request went into a connection that the receiver had just closed */
type Once = Omit<Sent, "reconnected"> & { readonly stale: boolean };

interface Destination {
  readonly address: string;
  readonly url: URL;
  readonly pool: Pool;
}

type OpenPool = typeof import("./pool.ts").openPool;

/** Sends requests: one pool of connections per destination, nothing followed, everything limited. */
export class Sender {
  readonly #clock: Clock;
  readonly #destinations: Destinations;
  readonly #pools = new Map<string, Pool>();
  #openPool: OpenPool | undefined;
  /** Where a hook was sent to last: a hook that was changed is another object. */
  readonly #last = new WeakMap<Hook, Destination>();

  constructor(options: { readonly clock: Clock; readonly destinations: Destinations }) {
    this.#clock = options.clock;
    this.#destinations = options.destinations;
  }

  /** Never rejects: what went wrong is what came of it. */
  async send(hook: Hook, request: WebhookRequest): Promise<Sent> {
    const started = performance.now();
    let destination: Destination;
    let head: string;
    // The HTTP client is loaded with the first request: a start does without.
    const openPool = this.#openPool ?? (await this.load());
    try {
      destination = this.#destination(hook, request.url, openPool);
      head = requestHead(request, destination.url);
    } catch (error) {
      return { ...failure(error, "open"), timings: { total: performance.now() - started }, reconnected: 0 };
    }
    for (let reconnected = 0; ; reconnected++) {
      const sent = await this.#once(destination, request, head, started);
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

  /** The HTTP client, which the first request would load. */
  async load(): Promise<OpenPool> {
    const { openPool } = await import("./pool.ts");
    this.#openPool = openPool;
    return openPool;
  }

  /** @throws REELAY_HOOK_URL_REFUSED; names are looked up when they are connected to, and what is found is checked then */
  #destination(hook: Hook, address: string, openPool: OpenPool): Destination {
    const last = this.#last.get(hook);
    if (last?.address === address && !last.pool.destroyed && !last.pool.closed) return last;
    const url = new URL(address);
    this.#destinations.check(hook, url);
    const found = { address, url, pool: this.#pool(hook, url, openPool) };
    this.#last.set(hook, found);
    return found;
  }

  /** Of the same address, authority and account: what one account may connect to is nothing that another may use. */
  #pool(hook: Hook, url: URL, openPool: OpenPool): Pool {
    const authority = hook.ca === undefined ? "" : createHash("sha256").update(hook.ca).digest("base64");
    const key = `${hook.accountId} ${url.origin} ${authority}`;
    let pool = this.#pools.get(key);
    this.#pools.delete(key);
    pool ??= openPool(url.origin, {
      clock: this.#clock,
      lookup: this.#destinations.lookup(hook),
      ca: hook.ca,
      timeoutMs: CONNECT_MS,
    });
    this.#pools.set(key, pool);
    if (this.#pools.size > MOST_POOLS) this.#dropOldest();
    return pool;
  }

  #dropOldest(): void {
    const [oldest] = this.#pools;
    if (oldest === undefined) return;
    this.#pools.delete(oldest[0]);
    // Requests under way end first.
    void oldest[1].close();
  }

  #once({ pool, url }: Destination, request: WebhookRequest, head: string, started: number): Promise<Once> {
    const { promise, resolve } = Promise.withResolvers<Once>();
    const exchange = new Exchange(head, started, this.#clock);
    const finish = (sent: Omit<Sent, "reconnected">, stale = false) => {
      cancel();
      resolve({ ...sent, stale });
    };
    // With what was sent in vain before.
    const left = Math.max(0, TOTAL_MS - (performance.now() - started));
    const cancel = this.#clock.after(left, () => {
      exchange.cut = true;
      finish(
        exchange.end({ error: "REELAY_DELIVERY_TIMEOUT", message: `no whole answer after ${TOTAL_MS / 1_000} s` }),
      );
      exchange.abort();
    });
    const options: LineOptions = {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      // Its head is written by us; undici counts the body.
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
