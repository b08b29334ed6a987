/** Tells who waited whether its turn has come; false: it will not come. */
type Told = (come: boolean) => void;

/**
 * How many requests of a hook are on their way at once; further ones wait for their turn. Where one fails, those that wait
 * are sent back: whether the hook is to be asked again so soon is not for them to say.
 */
export class Turns {
  readonly #most: number;
  readonly #busy = new Map<string, number>();
  readonly #waiting = new Map<string, Told[]>();

  constructor(most: number) {
    this.#most = most;
  }

  /** To be followed by {@link leave}, unless the turn does not come. @returns true at once when it has come already */
  enter(hookId: string): true | Promise<boolean> {
    const busy = this.#busy.get(hookId) ?? 0;
    if (busy < this.#most) {
      this.#busy.set(hookId, busy + 1);
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiting = this.#waiting.get(hookId);
    if (waiting === undefined) this.#waiting.set(hookId, [resolve]);
    else waiting.push(resolve);
    return promise;
  }

  leave(hookId: string, failed: boolean): void {
    const waiting = this.#waiting.get(hookId);
    if (failed) for (const told of waiting?.splice(0) ?? []) told(false);
    const next = waiting?.shift();
    if (waiting?.length === 0) this.#waiting.delete(hookId);
    if (next !== undefined) {
      next(true);
      return;
    }
    const busy = (this.#busy.get(hookId) ?? 1) - 1;
    if (busy === 0) this.#busy.delete(hookId);
    else this.#busy.set(hookId, busy);
  }
}
