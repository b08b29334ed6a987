import { webhookEvents } from "@reelay/protocol";
import { type Clock, ReelayError } from "../support/index.ts";
import type { Courier } from "./courier.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Delivery } from "./delivery.ts";
import { type DeliveryFilter, deliverySeqs } from "./delivery-search.ts";
import type { HookDirectory } from "./hook.ts";

/** Of one request, at most. */
export const MOST_RESENT = 10_000;
/** In one transaction. */
const SLICE = 200;

export interface ResendOptions {
  readonly deliveries: Deliveries;
  readonly hooks: HookDirectory;
  readonly courier: Courier;
  readonly clock: Clock;
}

/** Sends again by hand what has ended, or at once what waits. */
export class Resend {
  readonly #options: ResendOptions;

  constructor(options: ResendOptions) {
    this.#options = options;
  }

  /** At once, also to a receiver that is left alone because it fails. @throws REELAY_HOOK_DISABLED */
  async one({ seq, hookId }: Delivery): Promise<void> {
    const { deliveries, courier, clock } = this.#options;
    this.#requireEnabled(hookId);
    await this.#again([seq]);
    const delivery = deliveries.get(seq);
    if (delivery?.state !== "waiting") return;
    const { name, subject, player, dueAt, attempts } = delivery;
    const row = { seq, hookId, name, subject, player, dueAt: dueAt ?? clock.now(), attempts, asked: true } as const;
    courier.planned({ waiting: [{ row, delivery }], ended: [] });
  }

  /** How many there are, `MOST_RESENT` at most. */
  async count(filter: DeliveryFilter): Promise<number> {
    return (await this.#find(filter)).length;
  }

  /**
   * Oldest first, so that order is kept.
   * @param expected what {@link count} said
   * @throws REELAY_INVALID_PARAMETER when it is another number by now, REELAY_HOOK_DISABLED
   */
  async range(filter: DeliveryFilter, expected: number): Promise<number> {
    const { courier } = this.#options;
    const seqs = await this.#find(filter);
    if (seqs.length !== expected) {
      throw new ReelayError("REELAY_INVALID_PARAMETER", `expected: by now there are ${seqs.length}, not ${expected}.`);
    }
    for (let at = 0; at < seqs.length; at += SLICE) {
      for (const hookId of await this.#again(seqs.slice(at, at + SLICE))) courier.reread(hookId);
    }
    return seqs.length;
  }

  async #find(filter: DeliveryFilter): Promise<number[]> {
    const { deliveries, hooks } = this.#options;
    for (const id of filter.hooks ?? []) this.#requireEnabled(id);
    // Of hooks that are disabled or gone nothing can be sent.
    const enabled = filter.hooks ?? hooks.list().flatMap(({ id, enabled }) => (enabled ? [id] : []));
    const { sql, params } = deliverySeqs({ ...filter, hooks: enabled }, MOST_RESENT);
    const rows = await deliveries.database.readLong(sql, params, { maxRows: MOST_RESENT, timeoutMs: 5_000 });
    return rows.map(({ seq }) => Number(seq));
  }

  #requireEnabled(hookId: string): void {
    const hook = this.#options.hooks.get(hookId);
    if (hook?.enabled) return;
    throw new ReelayError(
      "REELAY_HOOK_DISABLED",
      hook === undefined ? "The hook is removed." : "The hook is disabled.",
    );
  }

  /** @returns the hooks for which they wait now */
  async #again(seqs: readonly number[]): Promise<ReadonlySet<string>> {
    const { deliveries, hooks, clock } = this.#options;
    const now = clock.now();
    const found = seqs.flatMap((seq) => deliveries.get(seq) ?? []);
    await deliveries.database.transaction((tx) => {
      for (const { seq, hookId, name } of found) {
        // It was asked for now: it is as fresh as an event of now.
        const maxAge = hooks.get(hookId)?.maxAge[webhookEvents[name].freshness] ?? null;
        deliveries.again(tx, seq, now, maxAge === null ? null : now + maxAge);
      }
    });
    return new Set(found.map((one) => one.hookId));
  }
}
