import type { Database } from "../storage/index.ts";
import { type Logger, ReelayError } from "../support/index.ts";
import type { Deliveries, EndedRow } from "./deliveries.ts";

/** What ends in one transaction. */
const SLICE = 500;
const over: ReadonlySet<string> = new Set(["REELAY_SHUTTING_DOWN", "REELAY_DATABASE_DAMAGED"]);

export interface ExpiryOptions {
  readonly database: Database;
  readonly deliveries: Deliveries;
  readonly logger: Logger;
  readonly now: () => number;
  readonly onEnded: (rows: readonly EndedRow[]) => void;
  /** Told when a run is over. */
  readonly onIdle: () => void;
}

/** Ends deliveries that wait and are not worth sending any more. */
export class Expiry {
  readonly #options: ExpiryOptions;
  #running = false;

  constructor(options: ExpiryOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /** Ends what is too old by now, in slices; one run at a time. */
  async run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    const { database, deliveries, logger, now, onEnded, onIdle } = this.#options;
    try {
      for (let time = now(); deliveries.anyExpired(time); time = now()) {
        onEnded(await database.transaction((tx) => deliveries.expire(tx, time, SLICE)));
      }
    } catch (error) {
      // That the database is damaged is told by others, and once.
      if (error instanceof ReelayError && over.has(error.code)) return;
      logger.warn({ err: error }, "webhooks that are too old could not be ended, trying again");
    } finally {
      this.#running = false;
      onIdle();
    }
  }

  /** Ends all that waits for a hook that is disabled or gone. */
  async drop(hookId: string, reason: string): Promise<void> {
    const { database, deliveries, now } = this.#options;
    for (;;) {
      const time = now();
      const ended = await database.transaction((tx) => deliveries.drop(tx, hookId, reason, time, SLICE));
      if (ended < SLICE) return;
    }
  }
}
