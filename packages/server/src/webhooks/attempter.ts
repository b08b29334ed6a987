import type { Clock } from "../support/index.ts";
import type { Attempts } from "./attempts.ts";
import type { Deliveries, PlannedDelivery } from "./deliveries.ts";
import type { Delivery } from "./delivery.ts";
import type { Hook } from "./hook.ts";
import type { Waiting } from "./lane.ts";
import type { Carrier, Outcome } from "./outgoing.ts";
import type { Recorder } from "./recorder.ts";
import { seedOf } from "./request-body.ts";
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
  readonly carrier: Carrier;
  /** The picture that goes with a delivery: at once, when it is in memory. */
  readonly picture: (hook: Hook, delivery: Delivery) => Promise<Uint8Array | undefined> | Uint8Array | undefined;
}

/** What came of an attempt, when it is recorded. `over`: it waits no more; `late`: it is not worth sending any more. */
export type AttemptEnd =
  | { readonly kind: "over" | "late" }
  | {
      readonly kind: "delivered";
      /** Epoch ms at its beginning. */
      readonly began: number;
    }
  | {
      readonly kind: "failed";
      readonly outcome: Outcome;
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

  /** It will not be sent any more. */
  ended(seq: number): void {
    this.#fresh.delete(seq);
  }

  /**
   * @param onAnswer told what came of it before that is recorded
   * @throws what the storage says; then nothing was recorded
   */
  async run(hook: Hook, one: Waiting, onAnswer: (outcome: Outcome) => void): Promise<AttemptEnd> {
    const { deliveries, clock } = this.#options;
    const now = clock.now();
    const fresh = this.#fresh.get(one.seq);
    this.#fresh.delete(one.seq);
    // What is too old in memory may have been asked for again since.
    const delivery = fresh === undefined || isLate(fresh, now) ? deliveries.get(one.seq) : fresh;
    if (delivery?.state !== "waiting") return { kind: "over" };
    if (isLate(delivery, now)) return { kind: "late" };
    const picture = this.#options.picture(hook, delivery);
    const thumb = picture instanceof Promise ? await picture : picture;
    const outcome = await this.#options.carrier.send({
      hook,
      message: delivery.message,
      text: delivery.payload,
      seed: seedOf(delivery),
      thumb,
      deliveryId: delivery.id,
      attempt: delivery.attempts + 1,
      eventTime: delivery.eventTime,
      now,
    });
    onAnswer(outcome);
    return outcome.error === null ? this.#delivered(one, now, outcome) : this.#failed(one, now, outcome);
  }

  async #delivered({ seq }: Waiting, began: number, outcome: Outcome): Promise<AttemptEnd> {
    const { recorder, deliveries, attempts, clock } = this.#options;
    const at = clock.now();
    await recorder.write((tx) => {
      attempts.record(tx, seq, began, outcome);
      deliveries.delivered(tx, seq, at);
    });
    return { kind: "delivered", began };
  }

  async #failed(one: Waiting, began: number, outcome: Outcome): Promise<AttemptEnd> {
    const { recorder, deliveries, attempts, clock, random } = this.#options;
    const at = clock.now();
    const counted = one.attempts + 1;
    const dueAt = at + Math.max(delayAfter(counted, random()), outcome.retryAfter ?? 0);
    await recorder.write((tx) => {
      attempts.record(tx, one.seq, began, outcome);
      deliveries.failed(tx, one.seq, dueAt);
    });
    // It may have been superseded while it was under way.
    const next = deliveries.isWaiting(one.seq) ? { dueAt, attempts: counted } : undefined;
    return { kind: "failed", outcome, at, next };
  }
}

const isLate = ({ expiresAt }: Delivery, now: number) => expiresAt !== null && expiresAt <= now;
