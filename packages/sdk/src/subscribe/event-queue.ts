import type { GapEvent } from "../stream/events.ts";

const OVERFLOW: GapEvent = { type: "gap", reason: "overflow" };

/** When the consumed part of the array is given back. */
const COMPACT_AT = 1_024;

/** The events that wait for one reader, oldest first. When there are too many the oldest go, and a gap stands in their place. */
export class EventQueue<T> {
  readonly #limit: number;
  #events: (T | undefined)[] = [];
  #first = 0;
  #overflowed = false;
  #ended: { readonly error?: Error } | undefined;
  readonly #waiting: {
    resolve(result: IteratorResult<T | GapEvent, undefined>): void;
    reject(error: Error): void;
  }[] = [];

  constructor(limit: number) {
    this.#limit = Math.max(1, limit);
  }

  push(event: T): void {
    if (this.#ended) return;
    const reader = this.#waiting.shift();
    if (reader) {
      reader.resolve({ value: event, done: false });
      return;
    }
    this.#events.push(event);
    if (this.#events.length - this.#first > this.#limit) {
      this.#take();
      this.#overflowed = true;
    }
  }

  /** What waits is still given. An error is thrown once, then the reader is done. */
  end(error?: Error): void {
    if (this.#ended) return;
    const [first, ...others] = this.#waiting.splice(0);
    this.#ended = error && !first ? { error } : {};
    if (error) first?.reject(error);
    for (const reader of error ? others : [first, ...others]) reader?.resolve({ value: undefined, done: true });
  }

  /** Drops what waits. */
  discard(): void {
    this.#events = [];
    this.#first = 0;
    this.#overflowed = false;
  }

  async next(): Promise<IteratorResult<T | GapEvent, undefined>> {
    if (this.#overflowed) {
      this.#overflowed = false;
      return { value: OVERFLOW, done: false };
    }
    const event = this.#take();
    if (event !== undefined) return { value: event, done: false };
    if (this.#ended) {
      const { error } = this.#ended;
      this.#ended = {};
      if (error) throw error;
      return { value: undefined, done: true };
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #take(): T | undefined {
    if (this.#first === this.#events.length) return undefined;
    const event = this.#events[this.#first];
    this.#events[this.#first++] = undefined;
    if (this.#first >= COMPACT_AT && this.#first * 2 >= this.#events.length) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
    return event;
  }
}
