import type { JsonObject } from "@reelay/protocol";
import type { Clock } from "../support/index.ts";
import type { Directory } from "./directory.ts";
import { integerOf } from "./read-fields.ts";

/** An item that is ready is told without what is not known after so long. ms */
const LOOK_UP_MS = 3_000;
/** Items asked for in one request, and the time between two: a scan that tells of thousands is no flood of requests. */
const MOST_AT_ONCE = 50;
const PACE_MS = 500;
/** More than a scan tells of in the time in which they are asked for; the rest is told without. */
const MOST_WAITING = 2_000;

export interface ItemLookUpsOptions {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly signal: AbortSignal;
  /** What an item is. */
  readonly onEntry: (itemId: number, entry: JsonObject) => void;
  /** Nothing more is waited for, after its entry or without one. */
  readonly onOver: (itemId: number) => void;
}

/** Asks an upstream what items are of which it has told: many in one request. */
export class ItemLookUps {
  readonly #options: ItemLookUpsOptions;
  readonly #waiting = new Map<number, () => void>();
  #isAsking = false;

  constructor(options: ItemLookUpsOptions) {
    this.#options = options;
  }

  want(itemId: number): void {
    const { clock, onOver } = this.#options;
    if (this.#waiting.has(itemId)) return;
    if (this.#waiting.size >= MOST_WAITING) {
      onOver(itemId);
      return;
    }
    const cancel = clock.after(LOOK_UP_MS, () => {
      this.#waiting.delete(itemId);
      onOver(itemId);
    });
    this.#waiting.set(itemId, cancel);
    if (!this.#isAsking) void this.#ask();
  }

  /** Asks for nothing more; what waits is kept by who wants it. */
  close(): void {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    const { clock, directory, signal, onEntry, onOver } = this.#options;
    while (this.#waiting.size > 0 && !signal.aborted) {
      const some = [...this.#waiting.keys()].slice(0, MOST_AT_ONCE);
      // What does not answer is told without; the next may.
      const entries = await directory.items(some).catch((): readonly JsonObject[] => []);
      if (signal.aborted) break;
      for (const entry of entries) onEntry(integerOf(entry.ratingKey) ?? 0, entry);
      for (const itemId of some) {
        this.#waiting.get(itemId)?.();
        if (this.#waiting.delete(itemId)) onOver(itemId);
      }
      await new Promise<void>((resolve) => clock.after(PACE_MS, resolve));
    }
    this.#isAsking = false;
  }
}
