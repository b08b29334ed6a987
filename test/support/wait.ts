import { setTimeout as delay } from "node:timers/promises";

const LIMIT_MS = 30_000;

/** Waits until a condition holds. @param what names it, for the error at the limit; a function says how far it has come */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  limitMs = LIMIT_MS,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${typeof what === "string" ? what : what()}`);
    await delay(5);
  }
}
