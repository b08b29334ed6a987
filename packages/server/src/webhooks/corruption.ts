import type { MediaEvent } from "../events/index.ts";
import { type AlarmRaised, type Clock, type Logger, uuidv7 } from "../support/index.ts";
import type { Hook, HookDirectory } from "./hook.ts";
import type { Carrier } from "./outgoing.ts";
import { type Message, Messages, type PlanContext, verdictOn } from "./plan.ts";
import { deliveryId } from "./planner.ts";
import { delayAfter } from "./schedule.ts";

export interface CorruptionOptions {
  readonly hooks: HookDirectory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly context: () => PlanContext;
  readonly carrier: Carrier;
}

/**
 * Tells that the database is damaged past the database: from what is in memory, to the hooks that were last known. Nothing
 * of it is recorded. After a restore the log tells it too, under the same `webhook-id`.
 */
export class Corruption {
  readonly #options: CorruptionOptions;
  readonly #cancels = new Set<() => void>();
  #closed = false;

  constructor(options: CorruptionOptions) {
    this.#options = options;
  }

  tell({ time, detail }: AlarmRaised): void {
    const context = this.#options.context();
    const event: MediaEvent = {
      id: uuidv7(time),
      type: "database.corrupted",
      version: 1,
      time,
      origin: context.server.uuid,
      audience: { kind: "admins" },
      subject: "database",
      facts: { detail },
    };
    const messages = new Messages(event, undefined, context);
    for (const hook of this.#options.hooks.list()) {
      for (const message of messages.for(hook.accountId)) {
        if (verdictOn(message, hook, context.switches).send) void this.#attempt(hook, message, event, 1);
      }
    }
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#cancels) cancel();
  }

  async #attempt(hook: Hook, message: Message, event: MediaEvent, attempt: number): Promise<void> {
    const { clock, logger, random, carrier } = this.#options;
    const { record } = hook.maxAge;
    if (this.#closed || (record !== null && clock.now() > event.time + record)) return;
    const id = deliveryId(event, hook.id, message.name, event.time);
    let failed: string | null;
    try {
      const outcome = await carrier.send({
        ...{ hook, message: undefined, text: message.text, seed: id, thumb: undefined },
        ...{ deliveryId: id, attempt, eventTime: event.time, now: clock.now() },
      });
      failed = outcome.error;
    } catch (error) {
      failed = error instanceof Error ? error.message : String(error);
    }
    if (failed === null || failed === "REELAY_DELIVERY_GONE") return;
    logger.warn({ hook: hook.id, attempt, error: failed }, "a hook could not be told that the database is damaged");
    const cancel = clock.after(delayAfter(attempt, random()), () => {
      this.#cancels.delete(cancel);
      void this.#attempt(hook, message, event, attempt + 1);
    });
    this.#cancels.add(cancel);
  }
}
