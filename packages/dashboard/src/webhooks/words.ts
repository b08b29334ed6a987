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

const reasons: Readonly<Record<string, string>> = {
  "webhooks-off": "webhooks are switched off in the preferences",
  "push-notifications-off": "events of new items are switched off in the preferences",
  "not-a-webhook": "no webhook event is made of it",
  filtered: "the filter does not let it through",
  unknown: "the filter asks for something that the event does not tell",
  "not-selected": "the hook does not want this kind of event",
  disabled: "the hook was off",
  "no-access": "the hook's account may not see it",
  "not-there-yet": "the hook did not exist yet",
  "not-planned-yet": "it is not decided yet",
  "rolled-up": "another event stands for it",
  "rolling-up": "it is waited whether more arrives with it",
  "first-scan": "the first scan of a section tells nothing of what it finds",
  returned: "the item was there before",
  failed: "it could not be put together",
  "not-kept": "it is so long ago that the decision is not kept",
};

/** Why a hook got nothing of an event. */
export function whyNot(reason: string, detail: string | null | undefined): string {
  const text = reasons[reason] ?? reason.replaceAll("-", " ");
  return detail ? `${text}: ${detail}` : text;
}

/** Why a hook is off, or fails. */
export function troubleOf({ enabled, disabledReason, unreadable }: Hook): string | undefined {
  if (unreadable !== undefined) return "It was sealed with another key and cannot be read.";
  if (enabled) return undefined;
  if (disabledReason === "failing") return "Switched off, because it failed for days.";
  if (disabledReason === "gone") return "Switched off, because its receiver said that it is gone.";
  return "Switched off.";
}
