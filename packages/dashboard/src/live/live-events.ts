import type { MediaEvent } from "../api/types.ts";
import { openStream, type StreamState } from "./stream.ts";

/** What is kept of the stream; older events are in the history. */
const KEPT = 10_000;
/** Several times a second is as smooth as can be seen, and leaves the browser its time. */
const BATCH_MS = 60;

export type BatchListener = (events: readonly MediaEvent[]) => void;

/** The newest events, for all of the page: one stream per tab. */
export class LiveEvents {
  readonly #batchListeners = new Set<BatchListener>();
  readonly #gapListeners = new Set<() => void>();
  readonly #stateListeners = new Set<() => void>();
  #events: MediaEvent[] = [];
  #pending: MediaEvent[] = [];
  #timer: number | undefined;
  #state: StreamState = "connecting";
  #close: (() => void) | undefined;

  /** Oldest first. */
  get events(): readonly MediaEvent[] {
    return this.#events;
  }

  get state(): StreamState {
    return this.#state;
  }

  start(): () => void {
    this.#close = openStream({
      onEvent: (event) => this.#take(event),
      onGap: () => {
        for (const listener of this.#gapListeners) listener();
      },
      onState: (state) => {
        this.#state = state;
        for (const listener of this.#stateListeners) listener();
      },
    });
    return () => this.#close?.();
  }

  /** Called with what is new, several times a second at most. @returns what ends that */
  onBatch(listener: BatchListener): () => void {
    this.#batchListeners.add(listener);
    return () => void this.#batchListeners.delete(listener);
  }

  onGap(listener: () => void): () => void {
    this.#gapListeners.add(listener);
    return () => void this.#gapListeners.delete(listener);
  }

  readonly onState = (listener: () => void): (() => void) => {
    this.#stateListeners.add(listener);
    return () => void this.#stateListeners.delete(listener);
  };

  #take(event: MediaEvent): void {
    this.#pending.push(event);
    this.#timer ??= window.setTimeout(() => this.#flush(), BATCH_MS);
  }

  #flush(): void {
    this.#timer = undefined;
    const batch = this.#pending;
    this.#pending = [];
    this.#events = [...this.#events, ...batch].slice(-KEPT);
    for (const listener of this.#batchListeners) listener(batch);
  }
}
