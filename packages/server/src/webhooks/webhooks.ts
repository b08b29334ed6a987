import type { WebhookServer } from "@reelay/protocol";
import type { FastifyPluginAsync } from "fastify";
import type { EventLog, Outbox } from "../events/index.ts";
import type { Database } from "../storage/index.ts";
import type { AlarmRaised, Clock, Logger } from "../support/index.ts";
import type { AddressPolicy } from "./address-policy.ts";
import { Attempts } from "./attempts.ts";
import type { BreakerState } from "./breaker.ts";
import { LocalCarrier } from "./carrier.ts";
import { ThreadCarrier } from "./carrier-thread.ts";
import { Corruption } from "./corruption.ts";
import { Courier } from "./courier.ts";
import { Deliveries } from "./deliveries.ts";
import type { Delivery } from "./delivery.ts";
import { deliveryRoutes } from "./delivery-routes.ts";
import { eventRoutes } from "./event-routes.ts";
import { type Hook, type HookDirectory, nameOf } from "./hook.ts";
import { reachOf } from "./hook-check.ts";
import { type MakeThumb, Pictures } from "./pictures.ts";
import type { PlanContext, Switches } from "./plan.ts";
import { Planner } from "./planner.ts";
import { Preview } from "./preview.ts";
import type { Recipient } from "./recipient.ts";
import { RecordRetention } from "./record-retention.ts";
import { type Agents, buildRequest } from "./request.ts";
import { Resend } from "./resend.ts";
import { type SampleItems, Trial } from "./trial.ts";
import { trialRoutes } from "./trial-routes.ts";
import { Why } from "./why.ts";

export interface OpenWebhooksOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hooks: HookDirectory;
  readonly policy: AddressPolicy;
  /** Requests are made and sent in a thread of its own, by the system's clock and the default policy. Default: false. */
  readonly inThread?: boolean;
  readonly isOwner: (accountId: number) => boolean;
  readonly agents: Agents;
  /** Makes the JPEG that goes with an item. Default: none goes. */
  readonly thumb?: MakeThumb;
  /** Undefined for an account that is gone. */
  readonly recipient: (accountId: number) => Recipient | undefined;
  readonly server: () => WebhookServer;
  /** Another server whose events are told here; undefined for this one. */
  readonly upstream?: (origin: string) => WebhookServer | undefined;
  readonly switches: () => Switches;
  /** What tests of a hook tell about. */
  readonly sampleItem: SampleItems;
  /** 0 to 1, for jitter. Default: `Math.random`. */
  readonly random?: () => number;
}

export interface Webhooks extends AsyncDisposable {
  readonly routes: FastifyPluginAsync;
  /** The database is damaged: told from memory. */
  corrupted(alarm: AlarmRaised): void;
  stats(): WebhookStats;
  readonly courier: Courier;
  readonly planner: Planner;
  readonly deliveries: Deliveries;
  readonly attempts: Attempts;
  close(): Promise<void>;
}

/** For metrics and health. */
export interface WebhookStats {
  /** null: the database cannot be read. */
  readonly waiting: number | null;
  /** Since the start. */
  readonly attempts: { readonly succeeded: number; readonly failed: number };
  readonly expired: number;
  readonly breakers: Readonly<Record<BreakerState, number>>;
}

/** Plans the webhooks of what happens, and sends them. */
export async function openWebhooks(options: OpenWebhooksOptions): Promise<Webhooks> {
  const { database, outbox, log, clock, logger, hooks, agents } = options;
  const deliveries = new Deliveries(database);
  const attempts = new Attempts(deliveries);
  const { policy } = options;
  const reach = (hook: Hook) => reachOf(options.isOwner(hook.accountId));
  const carrier =
    options.inThread === true
      ? new ThreadCarrier({ logger, reach, agents })
      : new LocalCarrier({ clock, policy, reach, agents });
  const pictures = options.thumb && new Pictures(database.read, options.thumb);
  const courier = new Courier({
    database,
    deliveries,
    attempts,
    hooks,
    clock,
    logger,
    random: options.random ?? Math.random,
    carrier,
    picture,
    onBreaker: (hook, state) => {
      tellBreaker(hook, state).catch((error: unknown) => {
        logger.warn({ err: error, hook: hook.id }, "how a hook fares could not be told");
      });
    },
  });
  const context = (): PlanContext => ({
    server: options.server(),
    switches: options.switches(),
    recipient: options.recipient,
    ...(options.upstream === undefined ? {} : { upstream: options.upstream }),
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

  function picture(hook: Hook, delivery: Delivery): Uint8Array | Promise<Uint8Array | undefined> | undefined {
    const found = hook.thumb && delivery.snapshot !== null ? pictures?.get(delivery.snapshot) : undefined;
    if (!(found instanceof Promise)) return found;
    return found.catch((error) => {
      // An event without its picture is worth more than none.
      logger.warn({ err: error, delivery: delivery.id }, "the picture of a webhook could not be made");
      return undefined;
    });
  }

  function tellBreaker(hook: Hook, state: "open" | "closed"): Promise<void> {
    return database.transaction((tx) => {
      outbox.append(tx, [
        {
          type: "status.announced",
          audience: { kind: "account", accountId: hook.accountId },
          subject: `hook:${hook.id}`,
          facts: {
            title: `${nameOf(hook)} ${state === "open" ? "fails" : "works again"}`,
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

  const corruption = new Corruption({
    ...{ hooks, clock, logger, context },
    random: options.random ?? Math.random,
    carrier,
  });
  const resend = new Resend({ deliveries, hooks, courier, clock });
  const trial = new Trial({ deliveries, courier, clock, context, sampleItem: options.sampleItem });
  const preview = new Preview({
    ...{ database, clock, context },
    request: (hook, { payload, text }, { id, time }) =>
      buildRequest({
        ...{ hook, payload, text, deliveryId: `msg_${id}`, attempt: 1, eventTime: time, now: clock.now(), agents },
      }),
  });
  const why = new Why({ database, hooks, context, planned: () => planner.planned });
  const records = new RecordRetention({ database, clock, log: logger });

  function waiting(): number | null {
    try {
      return deliveries.countWaiting();
    } catch {
      // A damaged database: the alarm says so, and the rest is still to be had.
      return null;
    }
  }

  // Where no webhooks are sent, nothing for them is loaded.
  const warm = () => {
    if (hooks.list().some(({ enabled }) => enabled)) carrier.warm();
  };
  const stopListening = hooks.onChange((id) => {
    carrier.changed(id);
    warm();
  });
  warm();
  await courier.start();
  await planner.start();
  records.start();
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      stopListening();
      corruption.close();
      await records[Symbol.asyncDispose]();
      await planner.close();
      await courier.close();
      await carrier.close();
    })();
    return closing;
  };
  return {
    courier,
    planner,
    deliveries,
    attempts,
    close,
    async routes(app) {
      await app.register(deliveryRoutes, { deliveries, attempts, hooks, resend });
      await app.register(trialRoutes, {
        ...{ hooks, attempts, trial, preview, policy, clock },
        isOwner: options.isOwner,
      });
      await app.register(eventRoutes, { database, hooks, why, clock });
    },
    corrupted: (alarm) => corruption.tell(alarm),
    stats: () => ({
      waiting: waiting(),
      attempts: { succeeded: courier.counts.delivered, failed: courier.counts.failed },
      expired: courier.counts.expired,
      breakers: courier.breakers(),
    }),
    [Symbol.asyncDispose]: close,
  };
}
