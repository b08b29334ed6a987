/** Time as an argument, so that a test of a day runs in a millisecond. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls `fn` once after `ms`; the returned function cancels it. Does not keep the process alive. */
  after(ms: number, fn: () => void): () => void;
  /** Calls `fn` each `ms`; the returned function ends it. Does not keep the process alive. */
  every(ms: number, fn: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  every(ms, fn) {
    const timer = setInterval(fn, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};

interface Scheduled {
  at: number;
  readonly every: number | undefined;
  readonly fn: () => void;
}

/** A clock that a test moves by hand. Timers run in the order of their time, with `now()` at that time. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Scheduled>();

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): () => void {
    return this.#schedule({ at: this.#now + ms, every: undefined, fn });
  }

  every(ms: number, fn: () => void): () => void {
    return this.#schedule({ at: this.#now + ms, every: ms, fn });
  }

  /** Moves time on by `ms`, running what falls due on the way. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#now = due.at;
      if (due.every === undefined) this.#timers.delete(due);
      else due.at += due.every;
      due.fn();
    }
    this.#now = end;
  }

  #schedule(timer: Scheduled): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}
