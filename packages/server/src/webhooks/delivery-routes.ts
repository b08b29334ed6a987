import type { FastifyPluginCallback, FastifyReply } from "fastify";
import { z } from "zod";
import { apiRoute, type Viewer } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";
import type { Attempts } from "./attempts.ts";
import type { Deliveries } from "./deliveries.ts";
import { type Delivery, type DeliveryState, deliveryStates } from "./delivery.ts";
import { deliveryOfRow } from "./delivery-row.ts";
import { type DeliveryFilter, deliverySearch } from "./delivery-search.ts";
import { attemptView, deliveryView, shownDelivery, shownWithAttempts } from "./delivery-view.ts";
import { webhookEventName } from "./event-name.ts";
import type { HookDirectory } from "./hook.ts";
import { byHook, hookOf } from "./hook-routes.ts";
import { MOST_RESENT, type Resend } from "./resend.ts";

export interface DeliveryRoutesOptions {
  readonly deliveries: Deliveries;
  readonly attempts: Attempts;
  readonly hooks: HookDirectory;
  readonly resend: Resend;
}

const tag = "deliveries";
/** For one page. */
const TIME_LIMIT_MS = 5_000;

const deliveryId = z.string().regex(/^msg_[0-9a-f-]{32,36}$/, "expected the id of a delivery");
const byDelivery = z.object({ id: deliveryId });
const hookId = byHook.shape.id;

const names = z
  .string()
  .max(500)
  .transform((text) => text.split(","))
  .pipe(z.array(webhookEventName))
  .describe("Names separated by commas: `media.play,media.stop`.");
const states = z
  .string()
  .max(200)
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(deliveryStates)))
  .describe("States separated by commas: `waiting,expired`.");
const q = z
  .string()
  .min(1)
  .max(200)
  .describe("Text in the payload: a title, a player. The case of a to z does not count.");
const timeMs = z.coerce.number().int().min(0);

const query = z.object({
  hook: hookId.optional(),
  state: states.optional(),
  event: names.optional(),
  eventId: z.uuid().optional().describe("Of one media event."),
  q: q.optional(),
  since: timeMs.optional().describe("Made at this time or later, epoch milliseconds."),
  until: timeMs.optional().describe("Made before this time, epoch milliseconds."),
  before: deliveryId.optional().describe("What is older. From `next` of the page before."),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

const range = z.strictObject({
  hook: hookId.optional().describe("Default: all of one's own; the owner's default is all."),
  states: z
    .array(z.enum(deliveryStates))
    .min(1)
    .default(["expired", "superseded", "dropped"])
    .describe("Default: what ended without being delivered."),
  events: z.array(webhookEventName).optional(),
  since: z.int().min(0).optional().describe("Made at this time or later, epoch milliseconds."),
  until: z.int().min(0).optional().describe("Made before this time, epoch milliseconds."),
  q: q.optional(),
  expected: z
    .int()
    .min(0)
    .max(MOST_RESENT)
    .optional()
    .describe("The count that the same request without it answered. Without it nothing is sent."),
});

/** `/api/v1/deliveries`: the record of one's own hooks, for the owner of all. */
export const deliveryRoutes: FastifyPluginCallback<DeliveryRoutesOptions> = (app, options, done) => {
  const { deliveries, attempts, hooks, resend } = options;

  /** Which hooks' records these are: undefined for all, also of hooks that are gone. */
  function hooksOf(viewer: Viewer, asked: string | undefined): readonly string[] | undefined {
    if (viewer.admin) return asked === undefined ? undefined : [asked];
    const own = hooks.list().flatMap(({ id, accountId }) => (accountId === viewer.accountId ? [id] : []));
    return asked === undefined ? own : own.filter((id) => id === asked);
  }

  /** @throws REELAY_NOT_FOUND, also for one of somebody else's */
  function deliveryFor(viewer: Viewer, id: string): Delivery {
    const delivery = deliveries.find(id);
    if (delivery !== undefined && hooksOf(viewer, delivery.hookId)?.length === 1) return delivery;
    throw new ReelayError("REELAY_NOT_FOUND", "There is no delivery with this id.");
  }

  async function page(filter: DeliveryFilter, limit: number, reply: FastifyReply): Promise<Delivery[]> {
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    const { sql, params } = deliverySearch(filter, limit);
    const limits = { maxRows: limit, timeoutMs: TIME_LIMIT_MS, signal: gone.signal };
    return (await deliveries.database.readLong(sql, params, limits)).map(deliveryOfRow);
  }

  apiRoute(
    app,
    {
      method: "GET",
      path: "/api/v1/deliveries",
      summary: "What was sent to hooks, or waits, newest first",
      tag,
      access: "account",
      query,
      answer: z.object({
        deliveries: z.array(shownDelivery),
        next: z.string().nullable().describe("`before` of the next page."),
      }),
      errors: ["REELAY_QUERY_TOO_LONG"],
    },
    async ({ viewer, query: { hook, state, event, before, limit, ...rest }, reply }) => {
      const older = before === undefined ? {} : { before: deliveryFor(viewer, before).seq };
      const filter = { ...rest, ...older, hooks: hooksOf(viewer, hook), states: state, names: event };
      // One more than is shown tells whether there is a next page.
      const found = await page(filter, limit + 1, reply);
      const shown = found.slice(0, limit);
      return {
        deliveries: shown.map(deliveryView),
        next: found.length > limit ? (shown.at(-1)?.id ?? null) : null,
      };
    },
  );

  apiRoute(
    app,
    {
      method: "GET",
      path: "/api/v1/deliveries/{id}",
      summary: "Show a delivery with its payload and every attempt",
      tag,
      access: "account",
      params: byDelivery,
      answer: shownWithAttempts,
      errors: ["REELAY_NOT_FOUND"],
    },
    ({ viewer, params }) => {
      const delivery = deliveryFor(viewer, params.id);
      return {
        ...deliveryView(delivery),
        payload: JSON.parse(delivery.payload),
        record: attempts.of(delivery.seq).map(attemptView),
      };
    },
  );

  apiRoute(
    app,
    {
      method: "POST",
      path: "/api/v1/deliveries/{id}/resend",
      summary: "Send a delivery again, under the same webhook-id; one that waits at once",
      tag,
      access: "account",
      params: byDelivery,
      answer: shownDelivery,
      errors: ["REELAY_NOT_FOUND", "REELAY_HOOK_DISABLED"],
    },
    async ({ viewer, params }) => {
      await resend.one(deliveryFor(viewer, params.id));
      return deliveryView(deliveryFor(viewer, params.id));
    },
  );

  apiRoute(
    app,
    {
      method: "POST",
      path: "/api/v1/deliveries/resend",
      summary: "Send a range again, oldest first: asked without `expected` it only counts",
      tag,
      access: "account",
      body: range,
      answer: z.object({
        count: z.int().describe(`How many there are, ${MOST_RESENT} at most.`),
        resent: z.int(),
      }),
      errors: ["REELAY_HOOK_DISABLED", "REELAY_NOT_FOUND", "REELAY_QUERY_TOO_LONG"],
    },
    async ({ viewer, body: { hook, states: wanted, events, expected, ...rest } }) => {
      if (hook !== undefined) hookOf(hooks, viewer, hook);
      const of = hooksOf(viewer, hook);
      const enabled = hook === undefined ? of?.filter((id) => hooks.get(id)?.enabled) : of;
      const filter = { ...rest, hooks: enabled, names: events, states: wanted as readonly DeliveryState[] };
      if (expected === undefined) return { count: await resend.count(filter), resent: 0 };
      const resent = await resend.range(filter, expected);
      return { count: resent, resent };
    },
  );
  done();
};
