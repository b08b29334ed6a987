import { nearestOf, webhookEventNames } from "@reelay/protocol";
import type { WebhookReceiverOptions } from "./types.ts";

/** @returns what the value should be, if it is not that */
type Check = (value: unknown) => string | undefined;

const texts: Check = (value) => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const good = list.length > 0 && list.every((text) => typeof text === "string" && text !== "");
  return good ? undefined : "a text, or a list of texts, none of them empty";
};
const amount: Check = (value) =>
  typeof value === "number" && value >= 0 ? undefined : "a number that is not negative";
const flag: Check = (value) => (typeof value === "boolean" ? undefined : "true or false");
const moment: Check = (value) => (value === "before" || value === "after" ? undefined : '"before" or "after"');

const CHECKS: Readonly<Record<keyof WebhookReceiverOptions, Check>> = {
  secret: texts,
  signingSecrets: texts,
  allowServers: texts,
  toleranceSeconds: amount,
  maxPayloadBytes: amount,
  maxThumbBytes: amount,
  dedupeWindowMs: amount,
  thumb: flag,
  ack: moment,
  // Has a reader of its own, which says more.
  filter: () => undefined,
};
/** Of who may send: `undefined`, which is what a variable that is not set gives, would let everybody in. */
const NEVER_UNDEFINED: readonly string[] = ["secret", "signingSecrets", "allowServers"];

/**
 * A receiver that is made with what cannot be meant would let in whom it should not, or nobody.
 * @throws TypeError
 */
export function checkOptions(options: WebhookReceiverOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof typeof CHECKS] : undefined;
    if (check === undefined) throw unknown(name, "option of a webhook receiver", Object.keys(CHECKS));
    const mayBeMissing = !NEVER_UNDEFINED.includes(name);
    const expected = value === undefined && mayBeMissing ? undefined : check(value);
    if (expected === undefined) continue;
    const leave = value === undefined ? "; leave it out if everybody may send" : "";
    throw new TypeError(`${name} must be ${expected}${leave}.`);
  }
}

/** @throws TypeError for an event that no server sends under this name: a handler of it would never be called */
export function checkEvents(events: readonly string[]): void {
  for (const event of events)
    if (!(webhookEventNames as readonly string[]).includes(event))
      throw unknown(event, "webhook event (for others there is onAny)", webhookEventNames);
}

function unknown(name: string, what: string, known: readonly string[]): TypeError {
  const nearest = nearestOf(name, known);
  return new TypeError(`${name} is no ${what}${nearest === undefined ? "." : `: did you mean ${nearest}?`}`);
}
