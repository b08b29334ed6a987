import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "vitest";

/** Fails the file in which it is called if a promise was rejected there and nobody looked. */
export function expectNoUnhandledRejections(): void {
  const unhandled: unknown[] = [];
  const remember = (reason: unknown) => unhandled.push(reason);
  beforeAll(() => void process.on("unhandledRejection", remember));
  afterAll(async () => {
    // That there is none cannot be waited for: what was let go last has this long to be rejected.
    await delay(50);
    process.off("unhandledRejection", remember);
    expect(unhandled).toEqual([]);
  });
}
