import type { Environment } from "../../../packages/sdk/src/subscribe/environment.ts";

/** Time that passes `speed` times as fast as the clock on the wall; waits are as long as chance lets them be. */
export function fastTime(speed: number): Environment {
  return {
    now: () => performance.now() * speed,
    after(milliseconds, then) {
      const timer = setTimeout(then, milliseconds / speed);
      return () => clearTimeout(timer);
    },
    random: () => 0.99,
  };
}
