/** Attempts of one hook at once, at most. */
const PER_HOOK = 8;
/** Second and further attempts of all hooks together. */
const SHARED = 256;
/** All attempts at once. */
const ALL = 2_048;

/**
 * How many attempts may be under way. Each hook has one place of its own, so that no other can take it; further ones,
 * which a hook earns by successes, come out of a shared number.
 */
export class Slots {
  #shared = 0;
  #all = 0;

  /** @param limit of this hook: see {@link raised} */
  mayStart(busyOfHook: number, limit: number): boolean {
    if (this.#all >= ALL || busyOfHook >= limit) return false;
    return busyOfHook === 0 || this.#shared < SHARED;
  }

  started(busyOfHook: number): void {
    this.#all++;
    if (busyOfHook > 0) this.#shared++;
  }

  ended(busyOfHook: number): void {
    this.#all--;
    if (busyOfHook > 1) this.#shared--;
  }
}

/** A hook that answers well gets more at once. */
export const raised = (limit: number): number => Math.min(PER_HOOK, limit + 1);
