import { setImmediate as nextTurn } from "node:timers/promises";
import type { Database, Transaction } from "../storage/index.ts";
import { type Clock, type Logger, ReelayError } from "../support/index.ts";
import { LogCensus } from "./log-census.ts";
import { type Removed, removeOlderThan, removeOldestOf, thinProgress, thinReplaced } from "./log-removal.ts";
import { Pace } from "./pace.ts";
import { removeUnusedSnapshots } from "./snapshots.ts";

export interface RetentionLimits {
  /** Events older than this are removed. Milliseconds, default 30 days. */
  readonly maxAgeMs: number;
  /** Facts of one family at most, so that a scan never displaces playback. Default 1,000,000. */
  readonly maxFacts: number;
  /** Of progress older than this only the newest per key is kept. Milliseconds, default 10 minutes. */
  readonly progressMs: number;
  /** Of the whole log with its indexes, within a few per cent; the largest family gives way. Default 1 GiB. */
  readonly maxBytes: number;
}

export interface RetentionOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: Partial<RetentionLimits>;
}

const DAY_MS = 86_400_000;
const RUN_MS = 60_000;
/** Snapshots looked at in one run: those of a day of much playing in some minutes. */
const SNAPSHOTS = 2_000;
/** Free pages that are left in the file for what comes next: 8 MiB. */
const SPARE_PAGES = 2_048;

const nothing: Removed = { rows: 0, facts: 0, families: new Map() };

const defaults: RetentionLimits = {
  maxAgeMs: 30 * DAY_MS,
  maxFacts: 1_000_000,
  progressMs: 600_000,
  maxBytes: 1_073_741_824,
};

/**
 * Keeps the log within its limits, in slices that leave the event loop free. How far a family was removed is written in
 * the same transaction, so that a stream that resumes from before gets its gap notice.
 */
export class Retention implements AsyncDisposable {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  #limits: RetentionLimits;
  readonly #census: LogCensus;
  /** Through which `seq` progress has been thinned out. */
  #thinned = 0;
  /** Through which hash snapshots have been looked at in this round. */
  #swept = "";
  #running: Promise<number> | undefined;
  #cancel: (() => void) | undefined;
  readonly #stop = new AbortController();

  constructor({ database, clock, log, limits }: RetentionOptions) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
    this.#limits = { ...defaults, ...limits };
    this.#census = new LogCensus(database, this.#stop.signal);
  }

  /** Other limits, from the next run on. */
  setLimits(limits: Partial<RetentionLimits>): void {
    this.#limits = { ...this.#limits, ...limits };
  }

  /** Runs each minute from now on. */
  start(): void {
    this.#cancel ??= this.#clock.every(RUN_MS, () => {
      this.run().catch((error) => {
        if (error instanceof ReelayError && error.code === "REELAY_SHUTTING_DOWN") return;
        this.#log.warn({ err: error }, "retention failed, trying again in a minute");
      });
    });
  }

  /** Brings the log within its limits; one run at a time. @returns how many events were removed */
  run(): Promise<number> {
    this.#running ??= this.#run()
      .catch((error) => {
        // What its last slice had on the books was rolled back.
        this.#census.forget();
        this.#thinned = 0;
        throw error;
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  /** Estimated, of the whole log with its indexes; as of the last run. */
  get bytes(): number {
    return this.#census.bytes;
  }

  async #run(): Promise<number> {
    const now = this.#clock.now();
    const oldProgress = now - this.#limits.progressMs;
    let removed = 0;
    const slices = async (step: (tx: Transaction, rows: number) => Removed | undefined) => {
      removed += await this.#slices(step);
    };
    await this.#census.begin();
    const newest = this.#census.newest();
    await slices((tx, rows) => {
      const { from, through } = this.#census.advance(tx, rows, newest);
      return from === through ? undefined : thinReplaced(tx, from, through, oldProgress);
    });
    await slices((tx, rows) => {
      const slice = thinProgress(tx, this.#thinned, rows, oldProgress);
      if (slice !== undefined) this.#thinned = slice.through;
      return slice?.removed;
    });
    await slices((tx, rows) => removeOlderThan(tx, rows, now - this.#limits.maxAgeMs));
    for (const [family, { facts }] of this.#census.families()) {
      let excess = facts - this.#limits.maxFacts;
      await slices((tx, rows) => {
        if (excess <= 0) return undefined;
        const slice = removeOldestOf(tx, family, Math.min(rows, excess));
        excess -= slice.facts;
        return slice;
      });
    }
    await slices((tx, rows) => this.#makeRoom(tx, rows));
    await this.#sweepSnapshots();
    await this.#shrink();
    if (removed > 0) this.#log.debug({ removed, bytes: this.bytes }, "old events removed");
    return removed;
  }

  #makeRoom(tx: Transaction, rows: number): Removed | undefined {
    const excess = this.#census.bytes - this.#limits.maxBytes;
    const largest = this.#census.families().sort(([, a], [, b]) => b.bytes - a.bytes)[0];
    if (excess <= 0 || largest === undefined) return undefined;
    const [family, { bytes, rows: held }] = largest;
    return removeOldestOf(tx, family, Math.min(rows, Math.ceil((excess * held) / bytes)));
  }

  /** One step per turn, each a transaction of a few milliseconds, until a step says that there is no more to do. */
  async #slices(step: (tx: Transaction, rows: number) => Removed | undefined): Promise<number> {
    const pace = new Pace();
    let removed = 0;
    for (;;) {
      if (this.#stop.signal.aborted) throw new ReelayError("REELAY_SHUTTING_DOWN");
      const slice = await this.#database.transaction((tx) => pace.measure((rows) => step(tx, rows)));
      if (slice === undefined) return removed;
      this.#census.removed(slice);
      removed += slice.rows;
      await nextTurn();
      await this.#database.whenFolded();
    }
  }

  /** Removes some of the snapshots that nothing refers to any more; each run goes on where the one before ended. */
  async #sweepSnapshots(): Promise<void> {
    let left = SNAPSHOTS;
    await this.#slices((tx, rows) => {
      if (left <= 0) return undefined;
      const some = Math.min(rows, left);
      const through = removeUnusedSnapshots(tx, this.#swept, some);
      this.#swept = through ?? "";
      left = through === undefined ? 0 : left - some;
      return nothing;
    });
  }

  /** Gives pages back to the file system, a few each turn: a VACUUM would stop the server for seconds. */
  async #shrink(): Promise<void> {
    await this.#slices((tx, rows) => {
      const free = Number(tx.get("PRAGMA freelist_count")?.freelist_count);
      if (free <= SPARE_PAGES) return undefined;
      tx.all(`PRAGMA incremental_vacuum(${Math.min(free - SPARE_PAGES, Math.ceil(rows / 4))})`);
      return nothing;
    });
  }

  /** Ends after the slice that runs. */
  async close(): Promise<void> {
    this.#cancel?.();
    this.#stop.abort(new ReelayError("REELAY_SHUTTING_DOWN"));
    await this.#running?.catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
