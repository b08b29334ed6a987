import type { NotificationEvent } from "../stream/events.ts";
import type { ReelayEvent } from "../stream/reelay-events.ts";
import type { SubscriptionState } from "./options.ts";

/** What a subscription tells, of whichever source. */
export type SubscriptionEvent = NotificationEvent | ReelayEvent;

/** What a listener can be for: each type of event, `*` for all of them, `state`, and `error`. */
export type ListenerMap<E extends SubscriptionEvent = NotificationEvent> = {
  readonly [T in E["type"]]: Extract<E, { readonly type: T }>;
} & {
  readonly "*": E;
  readonly state: SubscriptionState;
  /** What went wrong and did not end it: a message that was skipped, a listener that threw; and what did end it. */
  readonly error: Error;
};

/** What it is given follows from the name: `ListenerMap` says so to callers. */
export type Listener = (value: never) => unknown;

/** Calls listeners. What one throws, or rejects with, goes to those for `error`, and nowhere else. */
export class Listeners {
  readonly #listeners = new Map<string, Set<Listener>>();

  add(name: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // Wrapped, so that a function that was added twice is called twice and removed once.
    const own: Listener = (value) => listener(value);
    listeners.add(own);
    return () => listeners.delete(own);
  }

  /** Whether anybody listens for events, of whatever type. */
  get heard(): boolean {
    return [...this.#listeners].some(([name, { size }]) => size > 0 && name !== "state" && name !== "error");
  }

  emit(name: string, value: unknown): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        const result = listener(value as never);
        if (result instanceof Promise) result.catch((error: unknown) => this.#failed(name, error));
      } catch (error) {
        this.#failed(name, error);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }

  /** An error of an error's listener goes nowhere: it would come back for ever. */
  #failed(name: string, thrown: unknown): void {
    if (name === "error") return;
    this.emit("error", thrown instanceof Error ? thrown : new Error("A listener failed.", { cause: thrown }));
  }
}
