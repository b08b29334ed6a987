import { Worker } from "node:worker_threads";
import { type Logger, ReelayError } from "../support/index.ts";
import { type Batch, type Kept, outcomesOf, putJob, type Reply, type ThreadData } from "./carrier-wire.ts";
import type { Hook, Reach } from "./hook.ts";
import type { Carrier, Outcome, Outgoing } from "./outgoing.ts";
import type { Agents } from "./request.ts";
import { Shelf } from "./shelf.ts";

// As TypeScript in the sources, as JavaScript in the built package.
const WORKER_URL = new URL(
  import.meta.url.endsWith(".ts") ? "./carrier-worker.ts" : "./carrier-worker.js",
  import.meta.url,
);

/** What the thread keeps: hooks, payloads and pictures, characters and bytes. */
const MOST_HOOKS = 32 * 1_048_576;
const MOST_TEXTS = 8 * 1_048_576;
const MOST_THUMBS = 8 * 1_048_576;
/** After a thread has ended by itself. */
const AGAIN_MS = 1_000;

export interface ThreadCarrierOptions {
  readonly logger: Logger;
  /** How far a hook may go. */
  readonly reach: (hook: Hook) => Reach;
  readonly agents: Agents;
  /** The thread's module; for tests of what happens when it ends. */
  readonly workerUrl?: URL;
}

interface Pending {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Does all of it in a thread of its own: signatures, TLS and sockets of webhooks take nothing from the streams. The thread
 * starts with the first attempt. If it ends by itself, what was under way is rejected, and the next attempt starts another.
 */
export class ThreadCarrier implements Carrier {
  readonly #options: ThreadCarrierOptions;
  #thread: Thread | undefined;
  #notBefore = 0;
  #closed = false;

  constructor(options: ThreadCarrierOptions) {
    this.#options = options;
  }

  send(one: Outgoing): Promise<Outcome> {
    if (this.#closed) return Promise.reject(new ReelayError("REELAY_SHUTTING_DOWN"));
    let thread = this.#thread;
    try {
      thread ??= this.#start();
    } catch (error) {
      return Promise.reject(error);
    }
    if (thread === undefined) return Promise.reject(new Error("the thread that sends webhooks has just ended"));
    return thread.send(one, this.#options.reach(one.hook));
  }

  changed(hookId: string): void {
    this.#thread?.changed(hookId);
  }

  warm(): void {
    if (this.#closed || this.#thread !== undefined) return;
    try {
      this.#start();
    } catch (error) {
      // No thread can be had now: the first attempt asks again.
      this.#options.logger.warn({ err: error }, "the thread that sends webhooks cannot be started");
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.end();
  }

  #start(): Thread | undefined {
    const { logger, agents, workerUrl = WORKER_URL } = this.#options;
    const now = performance.now();
    if (now < this.#notBefore) return undefined;
    const thread = new Thread(workerUrl, { agents }, (error) => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      this.#notBefore = performance.now() + AGAIN_MS;
      if (!this.#closed) logger.error({ err: error }, "the thread that sends webhooks has ended; another is started");
    });
    this.#thread = thread;
    return thread;
  }
}

/** One worker and what is known of it. */
class Thread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #hooks = new Shelf<string>(MOST_HOOKS);
  readonly #texts = new Shelf<number>(MOST_TEXTS);
  readonly #thumbs = new Shelf<Uint8Array>(MOST_THUMBS);
  /** As what hooks were given to the thread. */
  readonly #given = new WeakMap<Hook, { readonly id: number; readonly reach: Reach }>();
  #batch: { kept: [number, Kept][]; jobs: (string | number)[]; gone: number[] } = { kept: [], jobs: [], gone: [] };
  #flushing = false;
  #next = 1;
  /** Why it ended, when it has. */
  #failed: unknown = new Error("the thread that sends webhooks has ended");

  /** @param onEnd told once, when the worker has ended, whatever the reason */
  constructor(workerUrl: URL, data: ThreadData, onEnd: (error: unknown) => void) {
    const worker = new Worker(workerUrl, { workerData: data });
    this.#worker = worker;
    worker.on("message", (reply: Reply) => this.#settle(reply));
    worker.on("error", (error) => {
      this.#failed = error;
    });
    worker.on("exit", () => {
      onEnd(this.#failed);
      for (const { reject } of this.#pending.values()) reject(this.#failed);
      this.#pending.clear();
    });
    worker.unref();
  }

  send(one: Outgoing, reach: Reach): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const id = this.#next++;
    this.#pending.set(id, { resolve, reject });
    this.#soon();
    const job = { id, hook: this.#hook(one.hook, reach), text: this.#text(one), thumb: this.#thumb(one.thumb) };
    putJob(this.#batch.jobs, job, one);
    return promise;
  }

  changed(hookId: string): void {
    const gone = this.#hooks.remove(hookId);
    if (gone.length === 0) return;
    this.#soon();
    this.#batch.gone.push(...gone);
  }

  /** What is started in one turn of the event loop goes together. */
  #soon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => this.#flush());
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #flush(): void {
    this.#flushing = false;
    const batch: Batch = this.#batch;
    this.#batch = { kept: [], jobs: [], gone: [] };
    try {
      this.#worker.postMessage(batch);
    } catch (error) {
      // Something cannot be cloned. What the thread has and what it is thought to have differ from now on.
      this.#failed = error;
      void this.end();
    }
  }

  #settle(reply: Reply): void {
    for (const [id, outcome] of outcomesOf(reply)) {
      this.#pending.get(id)?.resolve(outcome);
      this.#pending.delete(id);
    }
  }

  #hook(hook: Hook, reach: Reach): number {
    const given = this.#given.get(hook);
    if (given?.reach === reach && given.id === this.#hooks.find(hook.id)) return given.id;
    // One of each hook: the one before it gives way, with its secrets.
    const id = this.#keep(this.#hooks, hook.id, { hook, reach }, JSON.stringify(hook).length);
    this.#given.set(hook, { id, reach });
    return id;
  }

  #text({ message, text, seed }: Outgoing): number {
    const known = message === undefined ? undefined : this.#texts.find(message);
    if (known !== undefined) return known;
    const kept = { message, text, seed };
    if (message !== undefined) return this.#keep(this.#texts, message, kept, text.length);
    const id = this.#next++;
    this.#batch.kept.push([id, kept]);
    this.#batch.gone.push(id);
    return id;
  }

  #thumb(thumb: Uint8Array | undefined): number {
    if (thumb === undefined) return 0;
    // A view is cloned with all that it is a view of.
    const own = () => (thumb.byteLength === thumb.buffer.byteLength ? thumb : new Uint8Array(thumb));
    return this.#thumbs.find(thumb) ?? this.#keep(this.#thumbs, thumb, own(), thumb.byteLength);
  }

  #keep<K>(shelf: Shelf<K>, key: K, value: Kept, size: number): number {
    const id = this.#next++;
    this.#batch.kept.push([id, value]);
    this.#batch.gone.push(...shelf.add(key, id, size));
    return id;
  }
}
