import {
  explain,
  matches,
  type WebhookEventName,
  type WebhookPayload,
  type WebhookServer,
  webhookEvents,
} from "@reelay/protocol";
import {
  type ItemSnapshot,
  type MediaEvent,
  type WebhookTold,
  webhookNamesOf,
  webhookPayload,
  webhookTold,
} from "../events/index.ts";
import type { Hook } from "./hook.ts";
import { type Recipient, subjectOf } from "./recipient.ts";

/** Why a hook is not sent a webhook event that its account is told of. */
export type UnsentReason =
  | "webhooks-off"
  | "push-notifications-off"
  | "disabled"
  | "not-selected"
  | "filtered"
  | "unknown"
  | "rolled-up"
  | "failed";

/** `*` stands for all hooks, and all events. The detail says which field of a filter decided, or which event stands for it. */
export type Unsent = readonly [hook: string, name: WebhookEventName | "*", reason: UnsentReason, detail?: string];

/** Events that a Plex server sends only while its push notifications are on. */
const pushed: ReadonlySet<WebhookEventName> = new Set(["library.new", "library.on.deck"]);

/** What the server's preferences allow. */
export interface Switches {
  readonly webhooks: boolean;
  readonly pushNotifications: boolean;
}

export interface PlanContext {
  readonly server: WebhookServer;
  readonly switches: Switches;
  /** Another server whose events are told here, as payloads show it; undefined for this one. */
  upstream?(origin: string): WebhookServer | undefined;
  /** Undefined for an account that is gone. */
  recipient(accountId: number): Recipient | undefined;
}

/** Whether some hook could be told of it. */
export const isWebhook = (event: MediaEvent): boolean => webhookNamesOf(event).length > 0;

/** One webhook event for one account: the same for all of its hooks. */
export interface Message {
  readonly name: WebhookEventName;
  readonly payload: WebhookPayload;
  /** As it is sent, in every attempt. */
  readonly text: string;
}

/** A media event as webhook events, per account and each made only once. */
export class Messages {
  readonly event: MediaEvent;
  readonly #snapshot: ItemSnapshot | undefined;
  readonly #context: PlanContext;
  readonly #byAccount = new Map<number, readonly Message[]>();

  constructor(event: MediaEvent, snapshot: ItemSnapshot | undefined, context: PlanContext) {
    this.event = event;
    this.#snapshot = snapshot;
    this.#context = context;
  }

  /** What this account is told; nothing for one that may not see it. */
  for(accountId: number): readonly Message[] {
    let messages = this.#byAccount.get(accountId);
    if (messages === undefined) {
      const recipient = this.#context.recipient(accountId);
      messages =
        recipient === undefined ? [] : webhookTold(this.event, recipient).map((told) => this.#message(told, recipient));
      this.#byAccount.set(accountId, messages);
    }
    return messages;
  }

  #message(told: WebhookTold, { own }: Recipient): Message {
    const { server, recipient, upstream } = this.#context;
    const { facts, origin } = this.event;
    const there = upstream?.(origin);
    // Accounts of an upstream have numbers of their own.
    const isOther = "account" in facts && facts.account.id !== own.id && there === undefined;
    const cause = isOther ? recipient(facts.account.id)?.own : own;
    const scene = { server: there ?? server, own, ...(cause === undefined ? {} : { cause }) };
    const payload = webhookPayload(this.event, this.#snapshot, told, scene);
    return { name: told.name, payload, text: JSON.stringify(payload) };
  }
}

/** What a hook makes of one message. */
export type Verdict =
  | { readonly send: true }
  | { readonly send: false; readonly reason: UnsentReason; readonly detail?: string };

/** @param wanted what counts of the hook: one that is not saved yet is asked in the same way */
export function verdictOn(
  message: Message,
  wanted: Pick<Hook, "events" | "filter" | "enabled" | "disabledReason">,
  switches: Switches,
): Verdict {
  const no = (reason: UnsentReason, detail?: string): Verdict => ({
    send: false,
    reason,
    ...(detail === undefined ? {} : { detail }),
  });
  if (!switches.webhooks) return no("webhooks-off");
  if (!wanted.enabled) return no("disabled", wanted.disabledReason);
  if (wanted.events.length > 0 && !wanted.events.includes(message.name)) return no("not-selected");
  if (!switches.pushNotifications && pushed.has(message.name)) return no("push-notifications-off");
  // Most hooks have none.
  if (Object.keys(wanted.filter).length === 0) return { send: true };
  const subject = subjectOf(message.payload);
  const fits = matches(wanted.filter, subject);
  if (fits === true) return { send: true };
  return no(fits === false ? "filtered" : "unknown", explain(wanted.filter, subject).decided?.field);
}

/** A play that the hook's filter lets through makes a stop or a pause just before it needless, also when it is not sent. */
export function isPlayFor(hook: Hook, message: Message): boolean {
  return (message.name === "media.play" || message.name === "media.resume") && concerns(hook, message);
}

/** A newer state of a player that the hook follows makes those that wait worthless, also when this hook does not tell it. */
export function isLatestFor(hook: Hook, message: Message): boolean {
  return liveEvents.includes(message.name) && concerns(hook, message);
}

/** Whether the hook's filter lets it through, but for which events it wants. */
function concerns(hook: Hook, message: Message): boolean {
  const { event: _, ...filter } = hook.filter;
  return matches(filter, subjectOf(message.payload)) !== false;
}

export const liveEvents = (Object.keys(webhookEvents) as WebhookEventName[]).filter(
  (name) => webhookEvents[name].freshness === "live",
);
