import { Worker } from "node:worker_threads";
import { ReelayError } from "../support/index.ts";
import type { Param, Row } from "./connection.ts";

export interface LongReadOptions {
  /** Rows at most; more are cut off. Default 100,000. */
  readonly maxRows?: number;
  /** Milliseconds at most, from the moment it starts. Default 30,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ReadRequest {
  readonly id: number;
  readonly sql: string;
  readonly params: readonly Param[];
  readonly maxRows: number;
  readonly timeoutMs: number;
  /** One Int32: set to 1 to cancel; looked at while the query runs. */
  readonly cancelled: SharedArrayBuffer;
}

export type ReadReply =
  | { readonly id: number; readonly rows: Row[] }
  | {
      readonly id: number;
      readonly error: string;
      readonly timedOut: boolean;
      /** SQLite's result code, where it was SQLite that failed. */
      readonly errcode: number | undefined;
    };

interface Pending {
  readonly resolve: (rows: Row[]) => void;
  readonly reject: (error: unknown) => void;
  readonly stop: () => void;
  readonly release: () => void;
}

// As TypeScript in the sources, as JavaScript in the built package.
const WORKER_URL = new URL(
  import.meta.url.endsWith(".ts") ? "./reader-worker.ts" : "./reader-worker.js",
  import.meta.url,
);

/**
 * Reads in a worker thread, one after the other, on a read-only connection. The worker starts with the first read and
 * keeps the process alive only while somebody waits. A query that works long before its first row stops at its limits
 * too if its WHERE calls `reelay_alive()`, a function of the worker that throws past them.
 */
export class ReaderWorker {
  readonly #path: string;
  readonly #onError: (error: unknown) => unknown;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #next = 1;
  #closed = false;

  /** @param onError sees every error of SQLite; what it returns is thrown instead */
  constructor(path: string, onError: (error: unknown) => unknown = (error) => error) {
    this.#onError = onError;
    this.#path = path;
  }

  all(sql: string, params: readonly Param[], options: LongReadOptions = {}): Promise<Row[]> {
    const { signal } = options;
    if (this.#closed) return Promise.reject(new ReelayError("REELAY_SHUTTING_DOWN"));
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const id = this.#next++;
    const cancelled = new SharedArrayBuffer(4);
    const stop = () => void Atomics.store(new Int32Array(cancelled), 0, 1);
    const { promise, resolve, reject } = Promise.withResolvers<Row[]>();
    const onAbort = () => {
      stop();
      this.#settle(id, (pending) => pending.reject(signal?.reason));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#pending.set(id, { resolve, reject, stop, release: () => signal?.removeEventListener("abort", onAbort) });
    const { maxRows = 100_000, timeoutMs = 30_000 } = options;
    const worker = this.#running();
    worker.ref();
    worker.postMessage({ id, sql, params, maxRows, timeoutMs, cancelled } satisfies ReadRequest);
    return promise;
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(WORKER_URL, { workerData: { path: this.#path } });
    worker.on("message", (reply: ReadReply) => {
      this.#settle(reply.id, (pending) => {
        if ("rows" in reply) pending.resolve(reply.rows);
        else if (reply.timedOut) pending.reject(new ReelayError("REELAY_QUERY_TOO_LONG"));
        else {
          const error = Object.assign(new Error(`read failed: ${reply.error}`), { errcode: reply.errcode });
          pending.reject(this.#onError(error));
        }
      });
    });
    worker.on("error", (error) => this.#fail(worker, error));
    worker.on("exit", () => this.#fail(worker, new ReelayError("REELAY_SHUTTING_DOWN")));
    this.#worker = worker;
    return worker;
  }

  #settle(id: number, use: (pending: Pending) => void): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.release();
    use(pending);
    if (this.#pending.size === 0) this.#worker?.unref();
  }

  #fail(worker: Worker, error: unknown): void {
    if (this.#worker === worker) this.#worker = undefined;
    for (const id of [...this.#pending.keys()]) this.#settle(id, (pending) => pending.reject(error));
  }

  async close(): Promise<void> {
    this.#closed = true;
    // A thread inside SQLite cannot be ended from outside: the query must stop by itself first.
    for (const pending of this.#pending.values()) pending.stop();
    await this.#worker?.terminate();
  }
}
