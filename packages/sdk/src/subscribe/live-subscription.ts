import type { ParsedNotification } from "@reelay/protocol";
import { callError } from "../client/deadline.ts";
import { currentToken, type Target } from "../client/target.ts";
import type { PlexAPICore } from "../core.ts";
import { ConnectionError, type NotificationFormatError, SDKError } from "../models/errors.ts";
import { type NotificationEvent, toEvent } from "../stream/events.ts";
import { MAX_FRAME_BYTES } from "../transports/limits.ts";
import { deferred } from "../types/deferred.ts";
import { Backoff } from "./backoff.ts";
import { decide } from "./decision.ts";
import type { Environment } from "./environment.ts";
import { Heartbeat } from "./heartbeat.ts";
import { type Link, type LinkEvents, openLink } from "./link.ts";
import { type ListenerMap, Listeners, type SubscriptionEvent } from "./listeners.ts";
import type { AnySubscribeOptions, SubscriptionState } from "./options.ts";
import { Position } from "./position.ts";
import { Readers } from "./readers.ts";
import { type Route, routesFor } from "./route.ts";
import type { Subscription } from "./subscription.ts";

/** A connection that held for so long begins anew with short waits. */
const HELD_MS = 1_000;
/** When no way to the events was found: the server may be an old one, and may be updated. */
const NOT_FOUND_MS = 5_000;

/** How a connection ended. */
interface Ending {
  readonly error: Error | undefined;
  /** Undefined: it was never open. */
  readonly openMs?: number;
}

/** One loop makes one connection after another, so there is never more than one; what an old one still tells is not heard. */
export class LiveSubscription<E extends SubscriptionEvent = NotificationEvent> implements Subscription<E> {
  readonly closed: Promise<void>;
  readonly #client: PlexAPICore;
  readonly #options: AnySubscribeOptions;
  readonly #environment: Environment;
  readonly #listeners = new Listeners();
  readonly #readers: Readers<E>;
  readonly #backoff: Backoff;
  readonly #position: Position;
  readonly #stop = new AbortController();
  readonly #finished: () => void;
  #generation = 0;
  #state: SubscriptionState = { state: "connecting" };
  readonly #closed = deferred<void>();

  constructor(client: PlexAPICore, options: AnySubscribeOptions, environment: Environment) {
    this.#client = client;
    this.#options = options;
    this.#environment = environment;
    this.#readers = new Readers(options.buffer ?? 10_000);
    this.#backoff = new Backoff(environment, typeof options.reconnect === "object" ? options.reconnect : {});
    this.#position = new Position(options.lastEventId);
    this.closed = this.#closed.promise;
    this.closed.catch(() => undefined);

    const { signal } = options;
    const aborted = () => this.#finish();
    this.#finished = () => signal?.removeEventListener("abort", aborted);
    signal?.addEventListener("abort", aborted);
    if (signal?.aborted) this.#finish();
    // After the caller had its turn to add listeners.
    else queueMicrotask(() => void this.#run().catch((error: unknown) => this.#finish(asError(error))));
  }

  get lastEventId(): string | undefined {
    return this.#position.last;
  }

  on<K extends keyof ListenerMap<E>>(name: K, listener: (value: ListenerMap<E>[K]) => unknown): () => void {
    return this.#listeners.add(name as string, listener);
  }

  once<K extends keyof ListenerMap<E>>(name: K, listener: (value: ListenerMap<E>[K]) => unknown): () => void {
    const off = this.on(name, (value) => {
      off();
      return listener(value);
    });
    return off;
  }

  async ready(): Promise<void> {
    if (this.#state.state === "open") return;
    if (this.#state.state === "closed") throw this.#state.error ?? new ConnectionError("The subscription is closed.");
    return new Promise((resolve, reject) => {
      const off = this.#listeners.add("state", (now: SubscriptionState) => {
        if (now.state === "open") resolve();
        else if (now.state === "closed") reject(now.error ?? new ConnectionError("The subscription was closed."));
        else return;
        off();
      });
    });
  }

  async close(): Promise<void> {
    this.#finish();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<E, undefined> {
    return this.#readers.iterate() as AsyncIterator<E, undefined>;
  }

  async #run(): Promise<void> {
    const routes = await routesFor(this.#options);
    let at = 0;
    let refreshed = false;
    while (!this.#stop.signal.aborted) {
      const route = routes[at] ?? { transport: "eventsource", path: "" };
      this.#enter({ state: "connecting" });
      const { error, openMs } = await this.#connect(route);
      if (this.#stop.signal.aborted) return;
      if (openMs !== undefined) refreshed = false;
      if (openMs !== undefined && openMs >= HELD_MS) this.#backoff.reset();

      const decision = decide(error, {
        transport: route.transport,
        hasOtherTransport: routes.slice(at).some(({ transport }) => transport !== route.transport),
        canRefreshToken: typeof this.#client._options.token === "function" && !refreshed,
        now: this.#environment.now(),
      });
      if (decision.kind === "end") return this.#finish(error);
      if (decision.kind === "new-token") {
        refreshed = true;
        continue;
      }
      if (decision.kind === "next-route" && at + 1 < routes.length) {
        at = nextRoute(routes, at, error);
        continue;
      }
      if (this.#options.reconnect === false)
        return this.#finish(error ?? new ConnectionError("The server ended the connection."));
      if (decision.kind === "next-route") {
        at = 0;
        this.#reportOnce(error);
      }
      await this.#wait(decision.kind === "next-route" ? NOT_FOUND_MS : this.#backoff.next(decision.atLeastMs), error);
    }
  }

  #notFoundReported = false;

  #reportOnce(error: Error | undefined): void {
    if (this.#notFoundReported || error === undefined) return;
    this.#notFoundReported = true;
    this.#listeners.emit("error", error);
  }

  /** One connection, from its first byte to its end. */
  async #connect(route: Route): Promise<Ending> {
    const generation = ++this.#generation;
    const { connectTimeoutMs = 10_000, heartbeatTimeoutMs = 20_000, maxFrameBytes = MAX_FRAME_BYTES } = this.#options;
    const ended = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, ended.signal]);
    const isCurrent = () => generation === this.#generation && !signal.aborted;
    let heartbeat: Heartbeat | undefined;
    const { promise: ending, resolve: end } = deferred<Error | undefined>();
    const stopped = () => end(undefined);
    signal.addEventListener("abort", stopped);

    const guard =
      <A extends readonly unknown[]>(then: (...args: A) => void) =>
      (...args: A) => {
        if (isCurrent()) then(...args);
      };
    const events: LinkEvents = {
      alive: guard(() => heartbeat?.alive()),
      notification: guard((notification) => this.#tell(notification)),
      event: guard((event) => {
        this.#confirm(event.position);
        this.#position.moveTo(event.position);
        this.#deliver(event);
      }),
      heartbeat: guard((position) => {
        this.#confirm(position);
        if (position !== undefined) this.#position.moveTo(position);
      }),
      position: guard((position) => this.#position.moveTo(position)),
      retry: guard((milliseconds) => this.#backoff.ask(milliseconds)),
      problem: guard((error) => this.#skipped(error)),
      end: (error) => end(error),
    };
    let link: Link | undefined;
    let openedAt: number | undefined;
    try {
      const token = await raced(currentToken(this.#client), signal);
      const target = { client: this.#client, ...asked(this.#options), options: {}, token };
      const limits = { signal, timeoutMs: connectTimeoutMs };
      link = await openLink(
        target,
        route,
        { limits, maxFrameBytes, lastEventId: this.#position.asked(), isReelay: this.#options.source === "reelay" },
        events,
      );
      if (!isCurrent()) return { error: undefined };
      openedAt = this.#environment.now();
      heartbeat = new Heartbeat(this.#environment, heartbeatTimeoutMs, {
        nudge: () => link?.nudge(),
        dead: () => end(new ConnectionError(`Nothing came for ${heartbeatTimeoutMs} ms: the connection is dead.`)),
      });
      this.#notFoundReported = false;
      const missed = this.#position.opened();
      this.#enter({ state: "open", transport: route.transport });
      if (missed) this.#deliver({ type: "gap", reason: "reconnect" });
      link.start();
      const error = await ending;
      return { error, openMs: this.#environment.now() - openedAt };
    } catch (thrown) {
      return { error: callError(thrown, this.#client._baseURL) };
    } finally {
      heartbeat?.stop();
      signal.removeEventListener("abort", stopped);
      link?.close();
      // Also what is still being opened.
      ended.abort();
    }
  }

  #tell(notification: ParsedNotification): void {
    const isOwn = notification.type.startsWith("reelay.");
    this.#confirm(notification.id, isOwn);
    const event = toEvent(notification);
    if (event === undefined) return;
    if (event.type === "gap" && event.to !== undefined) this.#position.moveTo(event.to);
    this.#deliver(event);
  }

  /** A server that was asked to resume and tells no position is another one, or has lost its memory: it resumed nothing. */
  #confirm(position: string | undefined, isOwn = false): void {
    if (this.#position.confirm(position !== undefined || isOwn)) this.#deliver({ type: "gap", reason: "reconnect" });
  }

  #skipped(error: NotificationFormatError): void {
    // It would come again, and end the connection again: better to go on without, and to say that something is missing.
    if (error.code === "too-large" && this.#state.state === "open" && this.#state.transport === "websocket")
      this.#position.forget();
    this.#listeners.emit("error", error);
  }

  #deliver(event: SubscriptionEvent): void {
    // Its options say what it tells, and its type follows from them.
    const told = event as E;
    this.#readers.push(told, this.#listeners.heard);
    this.#listeners.emit(told.type, told);
    this.#listeners.emit("*", told);
  }

  #enter(state: SubscriptionState): void {
    if (this.#state.state === "closed") return;
    this.#state = state;
    this.#listeners.emit("state", state);
  }

  async #wait(milliseconds: number, error: Error | undefined): Promise<void> {
    this.#enter({ state: "waiting", retryInMs: milliseconds, ...(error ? { error } : {}) });
    const { signal } = this.#stop;
    await new Promise<void>((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.#environment.after(milliseconds, done);
      if (signal.aborted) done();
      signal.addEventListener("abort", done);
    });
  }

  #finish(error?: Error): void {
    if (this.#stop.signal.aborted) return;
    this.#generation++;
    this.#stop.abort();
    this.#finished();
    this.#enter({ state: "closed", ...(error ? { error } : {}) });
    if (error) this.#listeners.emit("error", error);
    this.#listeners.clear();
    this.#readers.end(error);
    if (error) this.#closed.reject(error);
    else this.#closed.resolve();
  }
}

/** What is asked for, as either source takes it. */
function asked(options: AnySubscribeOptions): Pick<Target, "request" | "query"> {
  if (options.source !== "reelay") return { request: { filter: options.filter } };
  return { request: {}, query: { types: options.types?.length ? options.types.join(",") : undefined } };
}

/** Not found: the next path. Refused otherwise: the next kind of transport, whose path is sure to differ. */
function nextRoute(routes: readonly Route[], at: number, error: Error | undefined): number {
  const isNotFound = error instanceof SDKError && error.statusCode === 404;
  if (isNotFound) return at + 1;
  const other = routes.findIndex(({ transport }, index) => index > at && transport !== routes[at]?.transport);
  return other === -1 ? at + 1 : other;
}

/** A caller's promise may never settle; closing does not wait for it. */
function raced<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
