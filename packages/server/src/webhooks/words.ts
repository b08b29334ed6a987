import type { WhyNot } from "./why.ts";

const reasons: Readonly<Record<WhyNot, string>> = {
  "webhooks-off": "webhooks are switched off in the preferences",
  "push-notifications-off": "events of new items are switched off in the preferences",
  disabled: "the hook was off",
  "not-selected": "the hook does not want this kind of event",
  filtered: "the filter does not let it through",
  unknown: "the filter asks for something that the event does not tell",
  "rolled-up": "another event stands for it",
  failed: "it could not be put together",
  "not-a-webhook": "no webhook event is made of it",
  "no-access": "the hook's account may not see it, or is not told of it",
  "not-there-yet": "the hook did not exist yet",
  "not-planned-yet": "it is not decided yet",
  "first-scan": "the first scan of a section tells nothing of what it finds",
  returned: "the item was there before",
  "better-file": "the item was there before, and has another file now",
  "rolling-up": "it is waited whether more arrives with it",
  "not-kept": "it is so long ago that the decision is not kept",
};

/** Why a hook got nothing of an event, for people. @param detail such as the field of a filter that decided */
export function inWords(reason: WhyNot, detail?: string | null): string {
  return detail ? `${reasons[reason]}: ${detail}` : reasons[reason];
}
