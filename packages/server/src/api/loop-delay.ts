/** How often the event loop is looked at. A stall that is shorter than this may be missed. */
const EACH_MS = 20;

/**
 * Tells how much later than it should a timer ran, each 20 ms. Real time, not the clock of tests: this is about the
 * processor. @returns what ends it
 */
export function watchLoopDelay(observe: (seconds: number) => void): () => void {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    observe(Math.max(0, now - last - EACH_MS) / 1_000);
    last = now;
  }, EACH_MS);
  timer.unref();
  return () => clearInterval(timer);
}
