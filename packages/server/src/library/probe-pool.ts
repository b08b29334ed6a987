import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { fingerprint } from "./fingerprint.ts";
import { errorOf, type ProbeError, type ProbeKind, type ProbeOptions, type ProbeResult } from "./probe-result.ts";
import type { ProbeJob } from "./probe-serve.ts";

export interface ProbePoolOptions {
  /** How many files are probed at once, each in a thread of its own. Default 2. */
  readonly workers?: number;
  /** A file that takes longer gets `REELAY_MEDIA_TIMEOUT`, and its worker is replaced. Milliseconds, default 30,000. */
  readonly timeoutMs?: number;
  /** `ready()` waits while this many files wait for a worker. Default 4 for each worker. */
  readonly queueLimit?: number;
  /** The worker's module; for tests of what happens when one hangs or dies. */
  readonly workerUrl?: URL;
}

interface Waiting {
  readonly job: ProbeJob;
  readonly settle: (result: ProbeResult) => void;
  readonly fail: (error: ProbePoolClosed) => void;
}

interface Slot {
  worker: Worker | undefined;
  busy: boolean;
}

// As TypeScript in the sources, as JavaScript in the built package.
const WORKER_URL = new URL(
  import.meta.url.endsWith(".ts") ? "./probe-worker.ts" : "./probe-worker.js",
  import.meta.url,
);

/** Enough for any tag; a file that makes a parser take more ends its worker instead of the server. */
const HEAP_MB = 256;
const CLOSE_GRACE_MS = 1000;

/** The server is stopping: nothing is known about the file, and nothing should be kept about it. */
export class ProbePoolClosed extends Error {
  override readonly name = "ProbePoolClosed";

  constructor() {
    super("The probe pool is closed.");
  }
}

const CRASHED: ProbeError = {
  code: "REELAY_MEDIA_UNREADABLE",
  cause: "The file makes the probe crash: it is damaged, or of a form that Reelay cannot read.",
};

const timedOut = (timeoutMs: number): ProbeError => ({
  code: "REELAY_MEDIA_TIMEOUT",
  cause: `The probe did not end within ${timeoutMs / 1000} s and was stopped.`,
});

/**
 * Probes files in a few worker threads. A file whose probe hangs or dies costs that file a result with `error`, and
 * nobody else anything: its worker is replaced. Workers start when first needed and keep no process alive when idle.
 */
export class ProbePool implements AsyncDisposable {
  readonly #slots: readonly Slot[];
  readonly #timeoutMs: number;
  readonly #queueLimit: number;
  readonly #workerUrl: URL;
  readonly #queue: Waiting[] = [];
  readonly #running = new Set<Promise<void>>();
  #roomWaiters: (() => void)[] = [];
  #closed = false;

  constructor(options: ProbePoolOptions = {}) {
    const workers = Math.max(1, options.workers ?? 2);
    this.#slots = Array.from({ length: workers }, () => ({ worker: undefined, busy: false }));
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#queueLimit = options.queueLimit ?? workers * 4;
    this.#workerUrl = options.workerUrl ?? WORKER_URL;
  }

  /** Resolves when there is room in the queue; await it before `probe()` so that memory does not grow with the library. */
  async ready(): Promise<void> {
    while (!this.#closed && this.#queue.length >= this.#queueLimit) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
  }

  /** Probes one file. Never rejects for what is wrong with the file, only with `ProbePoolClosed`. */
  probe(path: string | Uint8Array, kind: ProbeKind, options: ProbeOptions = {}): Promise<ProbeResult> {
    if (this.#closed) return Promise.reject(new ProbePoolClosed());
    return new Promise((settle, fail) => {
      this.#queue.push({ job: { path, kind, options }, settle, fail });
      this.#next();
    });
  }

  /** Gives the files that are being probed a second to finish, drops the others, ends the workers. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { fail } of this.#queue.splice(0)) fail(new ProbePoolClosed());
    this.#wakeRoomWaiters();
    const grace = new AbortController();
    await Promise.race([
      Promise.all(this.#running),
      delay(CLOSE_GRACE_MS, undefined, { signal: grace.signal, ref: false }).catch(() => undefined),
    ]);
    grace.abort();
    await Promise.all(this.#slots.map((slot) => this.#retire(slot)));
    await Promise.all(this.#running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #next(): void {
    for (const slot of this.#slots) {
      if (slot.busy) continue;
      const waiting = this.#queue.shift();
      if (!waiting) break;
      slot.busy = true;
      const run = this.#run(slot, waiting.job).then((result) => {
        this.#running.delete(run);
        slot.busy = false;
        this.#next();
        if (result) waiting.settle(result);
        else waiting.fail(new ProbePoolClosed());
      });
      this.#running.add(run);
    }
    if (this.#queue.length < this.#queueLimit) this.#wakeRoomWaiters();
  }

  #wakeRoomWaiters(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const wake of waiters) wake();
  }

  /** Undefined when the pool was closed meanwhile. */
  async #run(slot: Slot, job: ProbeJob): Promise<ProbeResult | undefined> {
    let outcome = await this.#ask(slot, job);
    // Once more in a new worker: the crash may be the late end of the file before. The file's own comes again.
    if (outcome === "crashed" && !this.#closed) {
      await this.#retire(slot);
      outcome = await this.#ask(slot, job);
    }
    if (typeof outcome === "object") return outcome;
    await this.#retire(slot);
    if (this.#closed) return undefined;
    const error = outcome === "crashed" ? CRASHED : timedOut(this.#timeoutMs);
    // The worker took the fingerprint with it; without one, a file that is moved later would be a new item.
    return fingerprint(job.path).then(
      (found) => ({ fingerprint: found, error }),
      (gone: unknown) => ({ error: errorOf(gone) }),
    );
  }

  #ask(slot: Slot, job: ProbeJob): Promise<ProbeResult | "crashed" | "timeout"> {
    const worker = slot.worker ?? this.#start(slot);
    return new Promise((resolve) => {
      const onMessage = (result: ProbeResult): void => done(result);
      const onExit = (): void => done("crashed");
      const timer = setTimeout(() => done("timeout"), this.#timeoutMs);
      const done = (outcome: ProbeResult | "crashed" | "timeout"): void => {
        clearTimeout(timer);
        worker.off("message", onMessage).off("exit", onExit);
        worker.unref();
        resolve(outcome);
      };
      worker.ref();
      worker.on("message", onMessage).on("exit", onExit);
      worker.postMessage(job);
    });
  }

  #start(slot: Slot): Worker {
    // What a parser prints on its own is not for the server's output.
    const options = { stdout: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } };
    const worker = new Worker(this.#workerUrl, options);
    worker.stdout.resume();
    worker.stderr.resume();
    worker.on("error", () => undefined); // "exit" follows, and is what counts.
    worker.on("exit", () => {
      if (slot.worker === worker) slot.worker = undefined;
    });
    slot.worker = worker;
    return worker;
  }

  async #retire(slot: Slot): Promise<void> {
    const { worker } = slot;
    slot.worker = undefined;
    await worker?.terminate();
  }
}
