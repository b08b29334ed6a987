import type { Environment } from "../../../packages/sdk/src/subscribe/environment.ts";

/** Time that stands still until a test moves it, so that no machine is too slow for it. Waits are as long as chance lets them be. */
export class HandTime implements Environment {
  /** How often somebody asked for the time: who has heard something does. */
  asked = 0;
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly then: () => void }>();

  now(): number {
    this.asked++;
    return this.#now;
  }

  after(milliseconds: number, then: () => void): () => void {
    const timer = { at: this.#now + milliseconds, then };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  random(): number {
    return 0.99;
  }

  /** Moves it on, calling what falls due on the way at its very time. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.then();
    }
    this.#now = end;
  }
}
