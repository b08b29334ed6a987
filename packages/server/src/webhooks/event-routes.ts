import { encodeContainer } from "@reelay/protocol";
import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { toNotification } from "../events/index.ts";
import { apiRoute, type Viewer } from "../http/index.ts";
import type { Database } from "../storage/index.ts";
import { type Clock, ReelayError } from "../support/index.ts";
import { deliveryStates } from "./delivery.ts";
import { deliveryView, shownDelivery } from "./delivery-view.ts";
import type { Hook, HookDirectory } from "./hook.ts";
import { byHook, hookOf } from "./hook-routes.ts";
import { stats } from "./stats.ts";
import type { Why } from "./why.ts";
import { inWords } from "./words.ts";

export interface EventRoutesOptions {
  readonly database: Database;
  readonly hooks: HookDirectory;
  readonly why: Why;
  readonly clock: Clock;
}

const shownEvent = z.object({
  id: z.string(),
  type: z.string(),
  origin: z.string().describe("Machine identifier of the server that it happened on."),
  time: z.int().describe("Of its cause, epoch milliseconds."),
  subject: z.string(),
  facts: z.looseObject({}),
  forms: z.object({
    notification: z.looseObject({}).nullable().describe("As WebSocket clients of Plex are told; null: they are not."),
    webhooks: z
      .array(z.object({ event: z.string(), payload: z.looseObject({}) }))
      .describe("As one's own hooks are told, if they let it through."),
  }),
  deliveries: z.array(shownDelivery).describe("To one's own hooks, for the owner to all; the first thousand."),
  notSent: z.array(
    z.object({
      hookId: z.string(),
      event: z.string().nullable().describe("The webhook event; null: it is about all."),
      reason: z.string().describe("filtered, not-selected, disabled, no-access, rolled-up, first-scan …"),
      detail: z.string().nullable().describe("The field of the filter that decided, the event that stands for it …"),
      explanation: z.string().describe("Both, for people."),
    }),
  ),
});

const shownStats = z.object({
  step: z.int().describe("Milliseconds of each point."),
  points: z.array(
    z.object({
      time: z.int().describe("Its beginning, epoch milliseconds."),
      events: z.record(z.string(), z.int()).describe("Media events, by family."),
      deliveries: z.record(z.enum(deliveryStates), z.int()).describe("Made in it, by what has become of them."),
      attempts: z.object({ succeeded: z.int(), failed: z.int() }),
      latency: z
        .object({ mean: z.int(), max: z.int() })
        .nullable()
        .describe("From the cause to the receiver's answer, milliseconds."),
    }),
  ),
});

/** `/api/v1/events/{id}`: what became of one event; `/api/v1/stats`: of all, in numbers. */
export const eventRoutes: FastifyPluginCallback<EventRoutesOptions> = (app, options, done) => {
  const { database, hooks, why, clock } = options;

  const hooksFor = (viewer: Viewer, id: string | undefined): readonly Hook[] =>
    id === undefined
      ? hooks.list().filter(({ accountId }) => viewer.admin || accountId === viewer.accountId)
      : [hookOf(hooks, viewer, id)];

  apiRoute(
    app,
    {
      method: "GET",
      path: "/api/v1/events/{id}",
      summary: "Show an event, its forms, its deliveries, and why other hooks got none",
      tag: "events",
      access: "account",
      params: z.object({ id: z.uuid() }),
      query: z.object({ hook: byHook.shape.id.optional().describe("Only of this hook.") }),
      answer: shownEvent,
      errors: ["REELAY_NOT_FOUND"],
    },
    ({ viewer, params, query }) => {
      const entry = why.event(params.id, viewer);
      if (entry === undefined) throw new ReelayError("REELAY_NOT_FOUND", "There is no event with this id.");
      const { id, type, origin, time, subject, facts } = entry.event;
      const notification = toNotification(entry.event);
      const shown = hooksFor(viewer, query.hook);
      return {
        ...{ id, type, origin, time, subject },
        facts: { ...facts },
        forms: {
          notification: notification === undefined ? null : JSON.parse(encodeContainer(notification)),
          webhooks: why
            .messages(entry, viewer.accountId)
            .map(({ name, payload }) => ({ event: name, payload: { ...payload } })),
        },
        deliveries: why.deliveries(entry, shown).map(deliveryView),
        notSent: why.notSent(entry, shown).map((one) => ({ ...one, explanation: inWords(one.reason, one.detail) })),
      };
    },
  );

  apiRoute(
    app,
    {
      method: "GET",
      path: "/api/v1/stats",
      summary: "Events, deliveries and attempts of the last hours, for plots",
      tag: "server",
      query: z.object({ hours: z.coerce.number().int().min(1).max(720).default(24) }),
      answer: shownStats,
      errors: ["REELAY_QUERY_TOO_LONG"],
    },
    async ({ query }) => {
      const { step, points } = await stats(database, query.hours, clock.now());
      return { step, points: points.map((point) => ({ ...point })) };
    },
  );
  done();
};
