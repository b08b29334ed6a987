import { Worker } from "node:worker_threads";
import type { Logger } from "../support/index.ts";
import type { Connection } from "./connection.ts";

/** So much in the write-ahead log is worth folding into the database: 4 MiB, as SQLite does by itself. */
const FOLD_PAGES = 1_024;
/** So much, the worker does not catch up with what is written meanwhile: the writer folds the last bit itself. */
const BEHIND_PAGES = 8_192;
const LOOK_EACH_MS = 20;

// As TypeScript in the sources, as JavaScript in the built package.
const WORKER_URL = new URL(
  import.meta.url.endsWith(".ts") ? "./checkpoint-worker.ts" : "./checkpoint-worker.js",
  import.meta.url,
);

/**
 * Folds the write-ahead log into the database in a thread of its own. SQLite would do it in the COMMIT that fills the log,
 * which then waits for the disk: measured 20 to 100 ms in which the event loop stands still.
 */
export class Checkpointer {
  readonly #writer: Connection;
  readonly #path: string;
  readonly #log: Logger;
  #worker: Worker | undefined;
  /** The checkpoint that runs, to be resolved at its end. */
  #running: PromiseWithResolvers<void> | undefined;
  #looked = 0;

  constructor(writer: Connection, path: string, log: Logger) {
    this.#writer = writer;
    this.#path = path;
    this.#log = log;
  }

  /** To be called after each commit. The worker starts when it is first needed. */
  committed(): void {
    const now = performance.now();
    if (now - this.#looked < LOOK_EACH_MS || this.#writer.raw.isTransaction) return;
    this.#looked = now;
    const { log, checkpointed } = this.#writer.get("PRAGMA wal_checkpoint(NOOP)") ?? {};
    const waiting = Number(log) - Number(checkpointed);
    if (this.#running !== undefined || waiting < FOLD_PAGES) return;
    // The log begins anew only when all of it is folded, which under steady writing only the writer itself can do.
    if (Number(log) > BEHIND_PAGES && waiting < BEHIND_PAGES) this.#writer.get("PRAGMA wal_checkpoint(PASSIVE)");
    else this.#askWorker();
  }

  /** Resolves when no checkpoint runs: who writes much waits for it between transactions, and so lets it catch up. */
  async idle(): Promise<void> {
    await this.#running?.promise;
  }

  #askWorker(): void {
    this.#running = Promise.withResolvers();
    this.#worker ??= this.#start();
    this.#worker.postMessage(undefined);
  }

  #start(): Worker {
    const worker = new Worker(WORKER_URL, { workerData: { path: this.#path } });
    worker.unref();
    worker.on("message", (error: unknown) => {
      if (error !== undefined) this.#failed(error);
      this.#ended();
    });
    worker.on("error", (error) => this.#failed(error));
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#ended();
    });
    return worker;
  }

  #ended(): void {
    this.#running?.resolve();
    this.#running = undefined;
  }

  #failed(error: unknown): void {
    // Nothing is lost: the write-ahead log grows until a later commit asks again.
    this.#log.warn({ err: error }, "the write-ahead log could not be folded into the database");
  }

  /** Resolves when the worker has ended, its running checkpoint with it. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}
