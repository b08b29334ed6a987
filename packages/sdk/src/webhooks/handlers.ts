import { type Match, matches, matchSubjectOfWebhook, type WebhookEventName } from "@reelay/protocol";
import { filterOf } from "./filter.ts";
import type { AnyWebhookDelivery, WebhookDelivery, WebhookHandlerOptions } from "./types.ts";

/** Called with what went wrong: a `WebhookError` for a request that was refused, or what a handler threw, with its delivery. */
export type WebhookErrorHandler = (error: unknown, delivery?: AnyWebhookDelivery) => unknown;

/** Called with a delivery of one event. What it returns is waited for. */
export type WebhookHandler<N extends WebhookEventName> = (delivery: WebhookDelivery<N>) => unknown;

/** Called with any delivery. */
export type AnyWebhookHandler = (delivery: AnyWebhookDelivery) => unknown;

interface Registered {
  /** Undefined: any. */
  readonly events: readonly string[] | undefined;
  readonly filter: Match | undefined;
  readonly call: AnyWebhookHandler;
}

/** The handlers of a receiver. Deliveries of one player run one after another, in the order in which they came. */
export class Handlers {
  readonly #handlers: Registered[] = [];
  readonly #errorHandlers: WebhookErrorHandler[] = [];
  readonly #running = new Map<string, Promise<unknown>>();

  add(events: readonly string[] | undefined, call: AnyWebhookHandler, { filter }: WebhookHandlerOptions): void {
    this.#handlers.push({ events, filter: filter && filterOf(filter), call });
  }

  addErrorHandler(call: WebhookErrorHandler): void {
    this.#errorHandlers.push(call);
  }

  /** @returns whether all handlers did well. Never rejects. */
  run(delivery: AnyWebhookDelivery): Promise<boolean> {
    const key = delivery.payload.Player?.uuid ?? "";
    const run = (this.#running.get(key) ?? Promise.resolve()).then(() => this.#runAll(delivery));
    this.#running.set(key, run);
    void run.then(() => {
      if (this.#running.get(key) === run) this.#running.delete(key);
    });
    return run;
  }

  /** When nothing runs any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Tells the error handlers; without one, the console. */
  async report(error: unknown, delivery?: AnyWebhookDelivery): Promise<void> {
    if (this.#errorHandlers.length === 0 && delivery !== undefined) toConsole(error, delivery);
    for (const call of this.#errorHandlers) {
      try {
        await call(error, delivery);
      } catch (second) {
        toConsole(second, delivery);
      }
    }
  }

  async #runAll(delivery: AnyWebhookDelivery): Promise<boolean> {
    const subject = matchSubjectOfWebhook(delivery.json);
    const due = this.#handlers.filter(
      ({ events, filter }) =>
        (events === undefined || events.includes(delivery.event)) &&
        (filter === undefined || matches(filter, subject) === true),
    );
    const results = await Promise.all(due.map(({ call }) => this.#runOne(call, delivery)));
    return results.every(Boolean);
  }

  async #runOne(call: AnyWebhookHandler, delivery: AnyWebhookDelivery): Promise<boolean> {
    try {
      await call(delivery);
      return true;
    } catch (error) {
      await this.report(error, delivery);
      return false;
    }
  }
}

/** The last resort, so that no error is lost: whoever listens to errors decides for themselves. */
function toConsole(error: unknown, delivery: AnyWebhookDelivery | undefined): void {
  // biome-ignore lint/suspicious/noConsole: there is nobody else to tell.
  console.error(`Webhook receiver: ${delivery ? `a handler of ${delivery.event}` : "an error handler"} failed.`, error);
}
