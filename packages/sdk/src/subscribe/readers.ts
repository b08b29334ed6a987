import type { GapEvent } from "../stream/events.ts";
import { EventQueue } from "./event-queue.ts";

/** The iterators of a subscription, and what waits for the first of them. */
export class Readers<E> {
  readonly #limit: number;
  readonly #queues = new Set<EventQueue<E>>();
  #early: EventQueue<E> | undefined;
  #ended: { readonly error: Error | undefined } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
    this.#early = this.#open();
  }

  /** @param heard Listeners take it: then nothing is kept for an iterator that may never come. */
  push(event: E, heard: boolean): void {
    if (heard && this.#early) {
      this.#queues.delete(this.#early);
      this.#early = undefined;
    }
    for (const queue of this.#queues) queue.push(event);
  }

  end(error: Error | undefined): void {
    this.#ended = { error };
    for (const queue of this.#queues) queue.end(error);
  }

  iterate(): AsyncIterator<E | GapEvent, undefined> {
    const queue = this.#early ?? this.#open();
    this.#early = undefined;
    return {
      next: () => queue.next(),
      return: async () => {
        queue.discard();
        queue.end();
        this.#queues.delete(queue);
        return { value: undefined, done: true };
      },
    };
  }

  #open(): EventQueue<E> {
    const queue = new EventQueue<E>(this.#limit);
    if (this.#ended) queue.end(this.#ended.error);
    else this.#queues.add(queue);
    return queue;
  }
}
