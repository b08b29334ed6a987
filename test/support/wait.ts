import { setTimeout as delay } from "node:timers/promises";

const LIMIT_MS = 30_000;

/** Waits until a condition holds. @param what names it, for the error after 30 s; a function says how far it has come */
export async function until(condition: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain: ${typeof what === "string" ? what : what()}`);
    await delay(5);
  }
}
