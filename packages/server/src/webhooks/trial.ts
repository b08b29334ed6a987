import { type WebhookEventName, webhookEvents } from "@reelay/protocol";
import {
  type ItemSnapshot,
  type MediaEvent,
  type NamedItemFacts,
  storeSnapshot,
  webhookPayload,
  webhookRules,
} from "../events/index.ts";
import { type Clock, ReelayError, uuidv7 } from "../support/index.ts";
import type { Courier } from "./courier.ts";
import type { Deliveries } from "./deliveries.ts";
import { type Delivery, trialSubject } from "./delivery.ts";
import type { Hook } from "./hook.ts";
import type { PlanContext } from "./plan.ts";
import type { Recipient } from "./recipient.ts";

/** An item of the library, as an account sees it. */
export interface SampleItem {
  readonly item: NamedItemFacts;
  readonly snapshot: ItemSnapshot;
}

/** @param ratingKey undefined: any that is there @returns undefined for one that the account may not see */
export type SampleItems = (accountId: number, ratingKey: number | undefined) => SampleItem | undefined;

export interface TrialOptions {
  readonly deliveries: Deliveries;
  readonly courier: Courier;
  readonly clock: Clock;
  readonly context: () => PlanContext;
  readonly sampleItem: SampleItems;
}

/** Sends a hook an event that did not happen, of an item that is there. */
export class Trial {
  readonly #options: TrialOptions;

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  /**
   * Its filter and its events are not asked. Resolves after the first attempt, which also a receiver gets that is left
   * alone because it fails: whoever tries it wants to see whether it works again.
   * @throws REELAY_HOOK_DISABLED, REELAY_NOT_FOUND
   */
  async send(hook: Hook, name: WebhookEventName, ratingKey: number | undefined): Promise<Delivery> {
    const { deliveries, courier, clock, context } = this.#options;
    if (!hook.enabled) throw new ReelayError("REELAY_HOOK_DISABLED");
    const { server, recipient, switches } = context();
    // Else it would arrive, and nothing else would.
    if (!switches.webhooks) {
      const detail = "Webhooks are switched off: turn the preference WebHooksEnabled on.";
      throw new ReelayError("REELAY_HOOK_DISABLED", detail);
    }
    const to = recipient(hook.accountId);
    if (to === undefined) throw new ReelayError("REELAY_NOT_FOUND", "There is no account of this hook.");
    const sample = webhookEvents[name].metadata ? this.#sample(hook.accountId, ratingKey) : undefined;
    const now = clock.now();
    const event = trialEvent(name, sample?.item, to, server.uuid, now);
    const told = { name, user: name !== "playback.started", owner: to.isOwner, account: "own" } as const;
    const payload = webhookPayload(event, sample?.snapshot, told, { server, own: to.own });
    const planned = await deliveries.database.transaction((tx) => {
      const message = deliveries.message(tx, {
        eventId: null,
        name,
        accountId: null,
        subject: event.subject,
        player: payload.Player?.uuid ?? null,
        snapshot: sample && webhookEvents[name].thumb ? storeSnapshot(tx, sample.snapshot, now) : null,
        payload: JSON.stringify(payload),
        eventTime: now,
      });
      const id = `msg_${uuidv7(now)}`;
      // What is tried is looked at now.
      return deliveries.insert(tx, message, {
        id,
        hookId: hook.id,
        createdAt: now,
        dueAt: now,
        expiresAt: now + 60_000,
      });
    });
    if (planned === undefined) throw new Error("a trial was planned twice");
    const attempted = courier.attempted(planned.row.seq);
    courier.planned({ waiting: [{ ...planned, row: { ...planned.row, asked: true } }], ended: [] });
    await attempted;
    const delivery = deliveries.get(planned.row.seq);
    if (delivery === undefined) throw new ReelayError("REELAY_NOT_FOUND", "The delivery is gone.");
    return delivery;
  }

  #sample(accountId: number, ratingKey: number | undefined): SampleItem {
    const sample = this.#options.sampleItem(accountId, ratingKey);
    if (sample !== undefined) return sample;
    throw new ReelayError("REELAY_NOT_FOUND", "There is no such item that the hook's account may see.");
  }
}

function trialEvent(
  name: WebhookEventName,
  item: NamedItemFacts | undefined,
  { accountId, own }: Recipient,
  origin: string,
  now: number,
): MediaEvent {
  const id = uuidv7(now);
  const player = {
    ...{ uuid: "reelay-trial", title: "Reelay trial", product: "Reelay", address: "127.0.0.1" },
    ...{ local: true, publicAddress: "127.0.0.1", secure: false },
  };
  const facts = {
    ...{ sessionKey: 0, sessionId: id, state: "playing", viewOffset: 0, startOffset: 0, why: "trial", offline: false },
    ...{ item, player, account: { id: accountId, title: own.title }, rating: 8, count: 1, rolledUp: [], ...item },
    ...{ file: "trial.db", bytes: 0, durationMs: 0, detail: "This is a trial: nothing is damaged." },
    ...{ clientIdentifier: player.uuid, name: player.title, platform: "", device: "", local: true },
    ...{ publicAddress: player.publicAddress, accountId },
  };
  const log = { id, version: 1, time: now, origin, audience: { kind: "admins" }, subject: trialSubject(id) };
  // Of all types at once: the projection looks only at what belongs to the type.
  return { ...log, type: webhookRules[name].causes[0], facts } as unknown as MediaEvent;
}
