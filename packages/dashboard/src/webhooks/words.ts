import { clockTime } from "../ui/time.tsx";
import type { DeliveryState, Hook } from "./types.ts";

export const stateNames: Readonly<Record<DeliveryState, string>> = {
  waiting: "Waiting",
  delivered: "Delivered",
  expired: "Expired",
  superseded: "Superseded",
  settled: "Settled",
  dropped: "Dropped",
};

/** What a hook is called. */
export function hookName({ description, url, id }: Pick<Hook, "description" | "url" | "id">): string {
  return description || hostOf(url) || id;
}

export function hostOf(url: string | null): string {
  return url === null ? "" : (URL.parse(url)?.host ?? url);
}

/** Why a hook is off, or fails. */
export function troubleOf({ enabled, disabledReason, failingSince, unreadable }: Hook): string | undefined {
  if (unreadable !== undefined) return "It was sealed with another key and cannot be read.";
  if (enabled) return failingSince === undefined ? undefined : `It fails since ${clockTime(failingSince)}.`;
  if (disabledReason === "failing") return "Switched off, because it failed for days.";
  if (disabledReason === "gone") return "Switched off, because its receiver said that it is gone.";
  return "Switched off.";
}
