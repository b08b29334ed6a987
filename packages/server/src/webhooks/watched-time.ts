import type { Clock } from "../support/index.ts";

/** A clock that is behind by more has been set back. Milliseconds. */
export const SET_BACK_MS = 2_000;

/** The time of a clock that somebody may set back. */
export class WatchedTime {
  readonly #clock: Clock;
  /** @param ms by how much it was set back */
  readonly #onSetBack: (ms: number) => void;
  #last: number;

  constructor(clock: Clock, onSetBack: (ms: number) => void) {
    this.#clock = clock;
    this.#onSetBack = onSetBack;
    this.#last = clock.now();
  }

  now(): number {
    const now = this.#clock.now();
    const back = this.#last - now;
    this.#last = now;
    if (back > SET_BACK_MS) this.#onSetBack(back);
    return now;
  }
}
