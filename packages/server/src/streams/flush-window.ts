/** A flush cheaper than this leaves the event loop idle enough for one in each turn. */
const CHEAP_MS = 0.25;
const SHORTEST_MS = 5;
const LONGEST_MS = 10;

/**
 * When the hub flushes: at the end of the event-loop turn as long as that is cheap; under load in windows of 5 to 10 ms,
 * which join what falls into them. The measure of load is what the last flush cost. Real time, not the clock of tests:
 * this is about the processor.
 */
export class FlushWindow {
  readonly #flush: () => void;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #cost = 0;
  #ended = 0;

  constructor(flush: () => void) {
    this.#flush = flush;
  }

  /** Something is pending. */
  request(): void {
    if (this.#immediate !== undefined || this.#timer !== undefined) return;
    const rest = this.#ended + this.#pause() - performance.now();
    if (rest <= 0) this.#immediate = setImmediate(this.#flush);
    else this.#timer = setTimeout(this.#flush, rest);
  }

  /** A flush took place, by request or not. */
  flushed(started: number): void {
    this.cancel();
    this.#ended = performance.now();
    this.#cost = this.#ended - started;
  }

  cancel(): void {
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.#immediate = undefined;
    this.#timer = undefined;
  }

  #pause(): number {
    return this.#cost < CHEAP_MS ? 0 : Math.min(LONGEST_MS, Math.max(SHORTEST_MS, this.#cost));
  }
}
