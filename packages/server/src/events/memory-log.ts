import { setTimeout as sleep } from "node:timers/promises";
import { uuidv7 } from "../support/index.ts";
import type { EventLog, LogEntry } from "./log.ts";
import type { Family, MediaEvent, NewMediaEvent } from "./media-event.ts";

export interface MemoryLogOptions {
  readonly epoch: string;
  /** How long what was appended is on its way, and how long a read takes; asked anew each time. Milliseconds. */
  readonly delay: () => number;
}

/**
 * An event log as it would be on the other side of a network: what is appended arrives late and in batches, and reading
 * takes a while. It exists so that sinks are proved not to lean on what only the local table can promise.
 */
export class MemoryEventLog implements EventLog {
  readonly epoch: string;
  readonly #delay: () => number;
  readonly #entries: LogEntry[] = [];
  readonly #former = new Map<string, number>();
  readonly #completeAfter = new Map<Family, number>();
  readonly #waiting = new Set<() => void>();
  #onTheWay: LogEntry[] = [];
  #arrival: Promise<void> | undefined;
  #given = 0;

  constructor({ epoch, delay }: MemoryLogOptions) {
    this.epoch = epoch;
    this.#delay = delay;
  }

  /** Resolves when the events have arrived, in one batch with whatever was appended meanwhile. */
  append(events: readonly NewMediaEvent[]): Promise<void> {
    for (const event of events) {
      const now = Date.now();
      const added = { ...event, id: uuidv7(now), version: 1, time: event.time ?? now, origin: "memory" } as MediaEvent;
      this.#onTheWay.push({ seq: ++this.#given, event: added });
    }
    this.#arrival ??= sleep(this.#delay()).then(() => this.#arrive());
    return this.#arrival;
  }

  /** Says that this log shares the history of a former epoch up to `seq`. */
  share(epoch: string, seq: number): void {
    this.#former.set(epoch, seq);
  }

  /** Removes everything up to `seq`, as retention would. */
  removeThrough(seq: number, family: Family): void {
    this.#completeAfter.set(family, seq);
    while (this.#entries[0] !== undefined && this.#entries[0].seq <= seq) this.#entries.shift();
  }

  sharedWith(epoch: string): number | undefined {
    return this.#former.get(epoch);
  }

  completeAfter(families?: ReadonlySet<Family>): number {
    const removed = [...this.#completeAfter].filter(([family]) => families?.has(family) ?? true);
    return removed.reduce((most, [, seq]) => Math.max(most, seq), 0);
  }

  last(): number {
    return this.#given - this.#onTheWay.length;
  }

  async read(from: number, limit: number): Promise<readonly LogEntry[]> {
    await sleep(this.#delay());
    return this.#after(from, limit);
  }

  async *follow(from: number, signal: AbortSignal): AsyncGenerator<readonly LogEntry[]> {
    let position = from;
    while (!signal.aborted) {
      const entries = this.#after(position, 1_000);
      const newest = entries.at(-1);
      if (newest === undefined) {
        await this.#more(signal);
      } else {
        position = newest.seq;
        yield entries;
      }
    }
  }

  #after(from: number, limit: number): readonly LogEntry[] {
    const first = this.#entries.findIndex((entry) => entry.seq > from);
    return first === -1 ? [] : this.#entries.slice(first, first + limit);
  }

  #arrive(): void {
    this.#arrival = undefined;
    this.#entries.push(...this.#onTheWay);
    this.#onTheWay = [];
    for (const wake of [...this.#waiting]) wake();
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
