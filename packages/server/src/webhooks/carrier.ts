import { type Clock, ReelayError } from "../support/index.ts";
import type { AddressPolicy } from "./address-policy.ts";
import { attemptForm, sentNumbers } from "./attempt-form.ts";
import { outcomeShown, requestShown } from "./attempt-record.ts";
import type { Sent } from "./exchange.ts";
import type { Hook, Reach, WebhookRequest } from "./hook.ts";
import { MessageBodies } from "./message-bodies.ts";
import type { Carrier, Outcome, Outgoing } from "./outgoing.ts";
import { type Agents, buildRequest } from "./request.ts";
import { Sender } from "./send.ts";

export interface LocalCarrierOptions {
  readonly clock: Clock;
  readonly policy: AddressPolicy;
  /** How far a hook may go. */
  readonly reach: (hook: Hook) => Reach;
  readonly agents: Agents;
}

/** Does all of it in this thread. */
export class LocalCarrier implements Carrier {
  readonly #agents: Agents;
  readonly #bodies = new MessageBodies();
  readonly #sender: Sender;

  constructor({ clock, policy, reach, agents }: LocalCarrierOptions) {
    this.#agents = agents;
    this.#sender = new Sender({
      clock,
      destinations: {
        check: (hook, url) => void policy.check(url.href, reach(hook)),
        lookup: (hook) => policy.lookup(reach(hook)),
      },
    });
  }

  async send(one: Outgoing): Promise<Outcome> {
    const { hook } = one;
    let request: WebhookRequest | undefined;
    let sent: Sent;
    try {
      request = this.#build(one);
      sent = await this.#sender.send(hook, request);
    } catch (error) {
      sent = unbuildable(error);
    }
    return outcomeOf(hook, request, sent);
  }

  changed(): void {
    // Everything that is kept of a hook goes with its object.
  }

  warm(): void {
    void this.#sender.load();
  }

  close(): Promise<void> {
    return this.#sender.close();
  }

  #build(one: Outgoing): WebhookRequest {
    const isCustom = one.hook.format === "custom";
    return buildRequest({
      ...one,
      // Only templates look into it.
      payload: isCustom ? JSON.parse(one.text) : {},
      encoded: isCustom ? undefined : this.#bodies.of(one),
      agents: this.#agents,
    });
  }
}

function outcomeOf(hook: Hook, request: WebhookRequest | undefined, sent: Sent): Outcome {
  const { status = null, error = null, retryAfter } = sent;
  const form = request && attemptForm(hook, request);
  const shown =
    request !== undefined && form !== undefined
      ? { sent: sentNumbers(request) }
      : { request: request === undefined ? null : requestShown(request) };
  return { status, error, retryAfter, form, detail: JSON.stringify({ ...shown, ...outcomeShown(sent) }) };
}

function unbuildable(error: unknown): Sent {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof ReelayError ? error.code : "REELAY_DELIVERY_UNBUILDABLE";
  return { error: code, message, timings: { total: 0 }, reconnected: 0 };
}
