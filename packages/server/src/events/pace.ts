/** Design limit of one turn is 5 ms; the COMMIT that follows is part of the turn. */
const TARGET_MS = 2;
const MOST_ROWS = 1_000;

/** How many rows one turn may work through: learnt from how long the turns before took on this machine. */
export class Pace {
  #rows = 50;

  measure<T>(work: (rows: number) => T): T {
    const started = performance.now();
    const result = work(this.#rows);
    const took = performance.now() - started;
    if (took > TARGET_MS) this.#rows = Math.max(10, Math.floor((this.#rows * TARGET_MS) / took));
    else if (took < TARGET_MS / 2) this.#rows = Math.min(MOST_ROWS, this.#rows * 2);
    return result;
  }
}
