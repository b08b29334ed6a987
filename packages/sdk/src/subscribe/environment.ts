/** Time and chance, as arguments: a test of a day takes a millisecond. */
export interface Environment {
  /** Milliseconds. */
  now(): number;
  /** Calls `then` after so many milliseconds; the returned function prevents it. */
  after(milliseconds: number, then: () => void): () => void;
  /** From 0 to below 1. */
  random(): number;
}

export const systemEnvironment: Environment = {
  now: () => Date.now(),
  after(milliseconds, then) {
    const timer = setTimeout(then, milliseconds);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
