import { setImmediate as nextTurn } from "node:timers/promises";
import type { Database, Transaction } from "../storage/index.ts";
import { type Clock, type Logger, ReelayError } from "../support/index.ts";
import { firstSince } from "./first-since.ts";

/** Deliveries that were made longer ago are removed. */
const MAX_AGE_MS = 30 * 86_400_000;
/** Deliveries at most, by their numbers. */
const MAX_DELIVERIES = 200_000;
/** Forms of requests are kept so much longer: what waits for days keeps its attempts. */
const FORM_SPARE_MS = 30 * 86_400_000;
const RUN_MS = 600_000;
/** In one transaction. */
const SLICE = 200;

export interface RecordLimits {
  readonly maxAgeMs: number;
  readonly maxDeliveries: number;
}

/** Keeps the record of deliveries, attempts and decisions within its limits. What waits is never removed. */
export class RecordRetention implements AsyncDisposable {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #limits: RecordLimits;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: { database: Database; clock: Clock; log: Logger; limits?: Partial<RecordLimits> }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#limits = { maxAgeMs: MAX_AGE_MS, maxDeliveries: MAX_DELIVERIES, ...options.limits };
  }

  start(): void {
    this.#cancel ??= this.#clock.every(RUN_MS, () => {
      this.run().catch((error) => {
        if (error instanceof ReelayError && error.code === "REELAY_SHUTTING_DOWN") return;
        this.#log.warn({ err: error }, "the record of webhooks could not be cut, trying again");
      });
    });
  }

  /** One run at a time. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    const oldest = this.#clock.now() - this.#limits.maxAgeMs;
    const { read } = this.#database;
    // Both in one would read the whole table.
    const ends = "SELECT (SELECT min(seq) FROM deliveries) AS first, (SELECT max(seq) FROM deliveries) AS last";
    const { first, last } = read.get(ends) ?? {};
    const tooMany = Number(last ?? 0) - this.#limits.maxDeliveries + 1;
    const end = Math.max(firstSince(read, "deliveries", oldest), Math.max(tooMany, Number(first ?? 0)));
    await this.#slices((tx) => removeDeliveries(tx, end));
    await this.#database.transaction((tx) =>
      tx.run("DELETE FROM attempt_forms WHERE used_at < ?", oldest - FORM_SPARE_MS),
    );
    await this.#slices(
      (tx) =>
        tx.run(
          "DELETE FROM plans WHERE event_id IN (SELECT event_id FROM plans WHERE time < ? ORDER BY time LIMIT ?)",
          oldest,
          SLICE,
        ).changes,
    );
  }

  /** One slice per turn, until one removes nothing. */
  async #slices(remove: (tx: Transaction) => number): Promise<void> {
    while (!this.#closed && (await this.#database.transaction(remove)) > 0) {
      await nextTurn();
      await this.#database.whenFolded();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#running?.catch(() => undefined);
  }
}

/** Their attempts go with them, and messages that no delivery needs any more. @param end the first that stays */
function removeDeliveries(tx: Transaction, end: number): number {
  const removed = tx.all(
    `DELETE FROM deliveries WHERE seq IN
       (SELECT seq FROM deliveries WHERE seq < ? AND state <> 'waiting' ORDER BY seq LIMIT ?)
     RETURNING message`,
    end,
    SLICE,
  );
  tx.run(
    `DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?))
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.message = messages.id)`,
    JSON.stringify(removed.map(({ message }) => message)),
  );
  return removed.length;
}
