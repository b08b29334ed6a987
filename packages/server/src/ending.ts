import type { Logger } from "./support/index.ts";

/** Something to end, with its name for the log. */
export type Step = readonly [room: string, end: () => PromiseLike<void> | void];

/** Ends one after the other; with a damaged database or a full disk, too, the others end in order. */
export async function endInOrder(steps: readonly Step[], log: Logger): Promise<void> {
  for (const [room, end] of steps) {
    try {
      await end();
    } catch (error) {
      log.error({ err: error, room }, "could not be ended in order");
    }
  }
}
