import type { WebhookServer } from "@reelay/protocol";
import type { EventLog, Outbox } from "../events/index.ts";
import type { Database } from "../storage/index.ts";
import type { Clock, Logger } from "../support/index.ts";
import { Courier } from "./courier.ts";
import { Deliveries } from "./deliveries.ts";
import type { Delivery } from "./delivery.ts";
import type { Hook, HookDirectory, WebhookRequest } from "./hook.ts";
import type { PlanContext, Switches } from "./plan.ts";
import { Planner } from "./planner.ts";
import type { Recipient } from "./recipient.ts";
import { type Destinations, Sender } from "./send.ts";

export interface OpenWebhooksOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hooks: HookDirectory;
  readonly destinations: Destinations;
  readonly request: (hook: Hook, delivery: Delivery) => Promise<WebhookRequest> | WebhookRequest;
  /** Undefined for an account that is gone. */
  readonly recipient: (accountId: number) => Recipient | undefined;
  readonly server: () => WebhookServer;
  readonly switches: () => Switches;
  /** 0 to 1, for jitter. Default: `Math.random`. */
  readonly random?: () => number;
}

export interface Webhooks extends AsyncDisposable {
  readonly courier: Courier;
  readonly planner: Planner;
  readonly deliveries: Deliveries;
  close(): Promise<void>;
}

/** Plans the webhooks of what happens, and sends them. */
export async function openWebhooks(options: OpenWebhooksOptions): Promise<Webhooks> {
  const { database, outbox, log, clock, logger, hooks } = options;
  const deliveries = new Deliveries(database);
  const sender = new Sender({ clock, destinations: options.destinations });
  const courier = new Courier({
    database,
    deliveries,
    hooks,
    clock,
    logger,
    random: options.random ?? Math.random,
    send: (hook, request) => sender.send(hook, request),
    request: options.request,
    onBreaker: (hook, state) => void tellBreaker(hook, state).catch(() => undefined),
  });
  const context = (): PlanContext => ({
    server: options.server(),
    switches: options.switches(),
    recipient: options.recipient,
  });
  const planner = new Planner({
    database,
    deliveries,
    log,
    hooks,
    clock,
    logger,
    context,
    onPlanned: (planned) => courier.planned(planned),
  });

  function tellBreaker(hook: Hook, state: "open" | "closed"): Promise<void> {
    const what = hook.description === "" ? hook.id : hook.description;
    return database.transaction((tx) => {
      outbox.append(tx, [
        {
          type: "status.announced",
          audience: { kind: "account", accountId: hook.accountId },
          subject: `hook:${hook.id}`,
          facts: {
            title: state === "open" ? `The webhook ${what} fails` : `The webhook ${what} works again`,
            description:
              state === "open"
                ? "Its receiver failed five times in a row and is tried ever more rarely; what it should be told waits."
                : "What has waited is sent now, as far as it is not too old.",
            notificationName: "REELAY_WEBHOOK",
          },
        },
      ]);
    });
  }

  await courier.start();
  await planner.start();
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      await planner.close();
      await courier.close();
      await sender.close();
    })();
    return closing;
  };
  return { courier, planner, deliveries, close, [Symbol.asyncDispose]: close };
}
