/** Failures in a row after which a receiver is left alone for a while. */
const THRESHOLD = 5;
const FIRST_MS = 30_000;
const LONGEST_MS = 3_600_000;

/**
 * `closed`: attempts go out as they fall due. `open`: none does, so none counts. `half-open`: one goes out, and decides.
 */
export type BreakerState = "closed" | "open" | "half-open";

/**
 * Keeps a failing receiver from being asked again and again: each failure after the fifth in a row doubles how long it is
 * left alone, from half a minute to an hour; the first success ends it.
 */
export class Breaker {
  #failures: number;
  #openUntil = 0;

  /** @param failing since an earlier start: one attempt decides */
  constructor(failing = false) {
    this.#failures = failing ? THRESHOLD : 0;
  }

  state(now: number): BreakerState {
    if (this.#failures < THRESHOLD) return "closed";
    return now < this.#openUntil ? "open" : "half-open";
  }

  /** Epoch ms at which the next attempt may go out; 0 when it may at once. */
  get openUntil(): number {
    return this.#openUntil;
  }

  /** @returns whether it opened after it was closed */
  failed(now: number): boolean {
    // Of attempts that went out together the others only say again what opened it.
    if (this.state(now) === "open") return false;
    this.#failures++;
    if (this.#failures < THRESHOLD) return false;
    this.#openUntil = now + Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#failures - THRESHOLD));
    return this.#failures === THRESHOLD;
  }

  /** @returns whether it was open, or about to be asked again */
  succeeded(): boolean {
    const wasOpen = this.#failures >= THRESHOLD;
    this.#failures = 0;
    this.#openUntil = 0;
    return wasOpen;
  }

  /** The clock was set back by `ms`. */
  shift(ms: number): void {
    this.#openUntil -= ms;
  }
}
