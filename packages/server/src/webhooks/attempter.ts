import { type Clock, ReelayError } from "../support/index.ts";
import { type AttemptRow, attemptRow } from "./attempt-record.ts";
import type { Attempts } from "./attempts.ts";
import type { Deliveries, PlannedDelivery } from "./deliveries.ts";
import type { Delivery } from "./delivery.ts";
import type { Sent } from "./exchange.ts";
import type { Hook, WebhookRequest } from "./hook.ts";
import type { Waiting } from "./lane.ts";
import type { Recorder } from "./recorder.ts";
import { delayAfter } from "./schedule.ts";

/** Kept in memory between their COMMIT and their first attempt. */
const MOST_FRESH = 4_096;

export interface AttempterOptions {
  readonly deliveries: Deliveries;
  readonly attempts: Attempts;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly send: (hook: Hook, request: WebhookRequest) => Promise<Sent>;
  /** The request of an attempt; may read a picture. */
  readonly request: (hook: Hook, delivery: Delivery) => Promise<WebhookRequest> | WebhookRequest;
}

/** What came of an attempt, when it is recorded. `over`: it waits no more; `late`: it is not worth sending any more. */
export type AttemptEnd =
  | { readonly kind: "over" | "late" }
  | { readonly kind: "delivered" }
  | {
      readonly kind: "failed";
      readonly sent: Sent;
      /** Epoch ms at its end. */
      readonly at: number;
      /** Undefined for one that has ended meanwhile. */
      readonly next: Pick<Waiting, "dueAt" | "attempts"> | undefined;
    };

/** Makes single attempts: from a waiting delivery to what is in the record. */
export class Attempter {
  readonly #options: AttempterOptions;
  /** Just planned, so that they need not be read back. */
  readonly #fresh = new Map<number, Delivery>();

  constructor(options: AttempterOptions) {
    this.#options = options;
  }

  planned({ row, delivery }: PlannedDelivery): void {
    const fresh = this.#fresh;
    for (const oldest of fresh.keys()) {
      if (fresh.size < MOST_FRESH) break;
      fresh.delete(oldest);
    }
    fresh.set(row.seq, delivery);
  }

  /** @throws what the storage says; then nothing was recorded */
  async run(hook: Hook, one: Waiting): Promise<AttemptEnd> {
    const { deliveries, clock } = this.#options;
    const delivery = this.#fresh.get(one.seq) ?? deliveries.get(one.seq);
    this.#fresh.delete(one.seq);
    if (delivery?.state !== "waiting") return { kind: "over" };
    const now = clock.now();
    if (delivery.expiresAt !== null && delivery.expiresAt <= now) return { kind: "late" };
    let request: WebhookRequest | undefined;
    let sent: Sent;
    try {
      const made = this.#options.request(hook, delivery);
      request = made instanceof Promise ? await made : made;
      sent = await this.#options.send(hook, request);
    } catch (error) {
      sent = unbuildable(error);
    }
    const row = attemptRow(now, hook, request, sent);
    return sent.error === undefined ? this.#delivered(one, row) : this.#failed(one, row, sent);
  }

  async #delivered({ seq }: Waiting, row: AttemptRow): Promise<AttemptEnd> {
    const { recorder, deliveries, attempts, clock } = this.#options;
    const at = clock.now();
    await recorder.write((tx) => {
      attempts.record(tx, seq, row);
      deliveries.delivered(tx, seq, at);
    });
    return { kind: "delivered" };
  }

  async #failed(one: Waiting, row: AttemptRow, sent: Sent): Promise<AttemptEnd> {
    const { recorder, deliveries, attempts, clock, random } = this.#options;
    const at = clock.now();
    const counted = one.attempts + 1;
    const dueAt = at + Math.max(delayAfter(counted, random()), sent.retryAfter ?? 0);
    await recorder.write((tx) => {
      attempts.record(tx, one.seq, row);
      deliveries.failed(tx, one.seq, dueAt);
    });
    // It may have been superseded while it was under way.
    const next = deliveries.isWaiting(one.seq) ? { dueAt, attempts: counted } : undefined;
    return { kind: "failed", sent, at, next };
  }
}

function unbuildable(error: unknown): Sent {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof ReelayError ? error.code : "REELAY_DELIVERY_UNBUILDABLE";
  return { error: code, message, timings: { total: 0 }, reconnected: 0 };
}
