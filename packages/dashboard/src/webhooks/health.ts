import type { Delivery } from "./types.ts";

export interface HookHealth {
  /** Of those that ended, 0 to 1; undefined: none did. What was superseded or settled was not to be sent. */
  readonly rate: number | undefined;
  /** Of the newest that failed, epoch ms. */
  readonly failedAt: number | undefined;
}

/** How a hook does, by its newest deliveries, newest first. */
export function healthOf(deliveries: readonly Delivery[]): HookHealth {
  const ended = deliveries.filter(({ state }) => state === "delivered" || state === "expired" || state === "dropped");
  const delivered = ended.filter(({ state }) => state === "delivered").length;
  const failed = deliveries.find(isFailure);
  return {
    rate: ended.length === 0 ? undefined : delivered / ended.length,
    failedAt: failed && (failed.endedAt ?? failed.createdAt),
  };
}

/** It was not delivered, or not at the first attempt and still waits. */
function isFailure({ state, attempts }: Delivery): boolean {
  return state === "expired" || state === "dropped" || (state === "waiting" && attempts > 0);
}

/** `98 %`; never `100 %` where one failed. @param share 0 to 1 */
export function percent(share: number): string {
  return `${share === 1 ? 100 : Math.min(99, Math.round(share * 100))} %`;
}
