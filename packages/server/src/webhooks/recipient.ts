import {
  type MatchSubject,
  matchSubjectOfWebhook,
  type WebhookAccount,
  type WebhookPayload,
  webhookEvents,
} from "@reelay/protocol";
import type { WebhookRecipient } from "../events/index.ts";

/** An account, as far as it decides what its hooks are told, and as payloads show it. */
export interface Recipient extends WebhookRecipient {
  readonly own: WebhookAccount;
}

/**
 * What a filter looks at in a payload of ours. A part that such an event never has is known not to exist; one that it has,
 * and that is missing here, is not known.
 */
export function subjectOf(payload: WebhookPayload): MatchSubject {
  let subject = subjects.get(payload);
  if (subject === undefined) {
    subject = makeSubject(payload);
    subjects.set(payload, subject);
  }
  return subject;
}

/** All hooks of an account look at the same payload. */
const subjects = new WeakMap<WebhookPayload, MatchSubject>();

function makeSubject(payload: WebhookPayload): MatchSubject {
  const kind = webhookEvents[payload.event];
  const known = Object.entries(matchSubjectOfWebhook(payload)).filter(([field, value]) => {
    if (field === "account") return !isNobody(payload.Account);
    if (value !== null) return true;
    return field === "player" || field === "local" ? !kind.player : !kind.metadata;
  });
  return { event: payload.event, ...Object.fromEntries(known) };
}

/** What stands where an upstream did not say whose it is: every Plex server has such an account. */
function isNobody({ id, title }: WebhookAccount): boolean {
  return id === 0 && title === "";
}
