import type { Database, Transaction } from "../storage/index.ts";
import { type Clock, type Logger, ReelayError } from "../support/index.ts";

/** After the storage refused a record. */
const AGAIN_MS = 2_000;

interface Entry {
  readonly write: (tx: Transaction) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface RecorderOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told when the storage takes records again. */
  readonly onFree: () => void;
}

/**
 * Writes what came of attempts, those of one turn of the event loop together. What the storage refuses is kept and written
 * later: what was sent is not sent again because a disk was full for a while.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  #collected: Entry[] = [];
  readonly #refused: Entry[] = [];
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Records wait: nothing more is to be sent until they are written. */
  get isBlocked(): boolean {
    return this.#refused.length > 0;
  }

  /** Settles after the COMMIT. */
  write(write: (tx: Transaction) => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#collected.push({ write, resolve, reject });
    if (this.#collected.length === 1) setImmediate(() => this.#flush());
    return promise;
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    for (const { reject } of this.#refused.splice(0)) reject(new ReelayError("REELAY_SHUTTING_DOWN"));
  }

  #flush(): void {
    const entries = this.#collected;
    this.#collected = [];
    const together = this.#options.database.transaction((tx) => {
      for (const { write } of entries) write(tx);
    });
    together.then(
      () => {
        for (const { resolve } of entries) resolve();
      },
      // One by one: whose fault it was, and whose it was not.
      () => {
        for (const entry of entries) void this.#single(entry);
      },
    );
  }

  /** @returns false when the storage refused it */
  async #single(entry: Entry): Promise<boolean> {
    try {
      await this.#options.database.transaction(entry.write);
      entry.resolve();
      return true;
    } catch (error) {
      if (this.#closed || !(error instanceof ReelayError) || error.code !== "REELAY_STORAGE_READ_ONLY") {
        entry.reject(error);
        return true;
      }
      this.#refuse(entry);
      return false;
    }
  }

  #refuse(entry: Entry): void {
    this.#refused.push(entry);
    if (this.#cancel !== undefined) return;
    this.#options.logger.warn("what came of webhooks cannot be recorded; nothing more is sent until it can");
    this.#later();
  }

  #later(): void {
    this.#cancel = this.#options.clock.after(AGAIN_MS, () => void this.#again());
  }

  async #again(): Promise<void> {
    const waiting = this.#refused.splice(0);
    while (waiting.length > 0 && (await this.#single(waiting[0] as Entry))) waiting.shift();
    // The one that was refused again is in the list already.
    this.#refused.push(...waiting.slice(1));
    if (this.#refused.length > 0) {
      this.#later();
      return;
    }
    this.#cancel = undefined;
    this.#options.onFree();
  }
}
