import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { apiRoute, type Viewer } from "../http/index.ts";
import type { Clock } from "../support/index.ts";
import type { AddressPolicy } from "./address-policy.ts";
import type { Attempts } from "./attempts.ts";
import { attemptView, deliveryView, shownWithAttempts } from "./delivery-view.ts";
import { webhookEventName } from "./event-name.ts";
import type { Hook, HookDirectory } from "./hook.ts";
import { checkHook } from "./hook-check.ts";
import { changed, hookOf as draftOf } from "./hook-draft.ts";
import { byHook, hookOf } from "./hook-routes.ts";
import { hookChange, newHook } from "./hook-settings.ts";
import type { Preview, Previewed } from "./preview.ts";
import type { Trial } from "./trial.ts";

export interface TrialRoutesOptions {
  readonly hooks: HookDirectory;
  readonly attempts: Attempts;
  readonly trial: Trial;
  readonly preview: Preview;
  readonly policy: AddressPolicy;
  readonly isOwner: (accountId: number) => boolean;
  readonly clock: Clock;
}

const tag = "hooks";
const last = z.int().min(1).max(500).default(50).describe("Events that are looked at, the newest.");

const trialOf = z.strictObject({
  event: webhookEventName.default("media.play"),
  item: z.int().positive().optional().describe("A ratingKey. Default: the newest film, episode or track."),
});

const previewed = z.object({
  events: z.array(
    z.object({
      eventId: z.string(),
      time: z.int().describe("Epoch milliseconds."),
      event: z.string(),
      send: z.boolean(),
      title: z.string().optional().describe("Of the item that it is about."),
      reason: z.string().optional().describe("Why not: not-selected, filtered, unknown …"),
      explanation: z.string().optional().describe("The same, for people."),
      checks: z.array(z.looseObject({ field: z.string() })).describe("How each field of the filter was decided."),
      request: z
        .object({
          method: z.string(),
          url: z.string(),
          headers: z.array(z.tuple([z.string(), z.string()])).describe("Values that may be secret are `…`."),
          body: z.string().describe("The payload; with the format custom the body."),
          missing: z.array(z.string()).describe("Paths of a template that lead nowhere in the payload."),
        })
        .optional()
        .describe("Of the first few."),
    }),
  ),
  sent: z.int().describe("How many would have been sent."),
});

/** Trying a hook: on what has happened, and with an event that did not. */
export const trialRoutes: FastifyPluginCallback<TrialRoutesOptions> = (app, options, done) => {
  const { hooks, attempts, trial, preview, policy, isOwner, clock } = options;

  async function show(hook: Hook, count: number): Promise<z.input<typeof previewed>> {
    const events = await preview.run(hook, count);
    return { events: events.map(view), sent: events.filter(({ send }) => send).length };
  }

  const checkedDraft = (viewer: Viewer, hook: Hook): Hook => {
    checkHook(hook, isOwner(viewer.accountId), policy);
    return hook;
  };

  const refusals = ["REELAY_FORBIDDEN", "REELAY_HOOK_URL_REFUSED", "REELAY_QUERY_TOO_LONG"] as const;

  apiRoute(
    app,
    {
      method: "POST",
      path: "/api/v1/hooks/{id}/test",
      summary: "Send an event that did not happen, of a real item; answers after the first attempt",
      tag,
      access: "account",
      params: byHook,
      body: trialOf.prefault({}),
      answer: shownWithAttempts,
      errors: ["REELAY_NOT_FOUND", "REELAY_HOOK_DISABLED"],
    },
    async ({ viewer, params, body }) => {
      const delivery = await trial.send(hookOf(hooks, viewer, params.id), body.event, body.item);
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
      path: "/api/v1/hooks/{id}/preview",
      summary: "What a hook, perhaps changed, would have made of the last events; nothing is sent or kept",
      tag,
      access: "account",
      params: byHook,
      body: z.strictObject({ last, change: hookChange.optional() }).prefault({}),
      answer: previewed,
      errors: ["REELAY_NOT_FOUND", ...refusals, "REELAY_SECRET_UNREADABLE"],
    },
    async ({ viewer, params, body }) => {
      const hook = hookOf(hooks, viewer, params.id);
      const { change } = body;
      const tried = change === undefined ? hook : changed(hook, change, clock.now());
      // What cannot be read cannot be checked; that is said when a request of it is to be shown.
      if (change !== undefined && !tried.unreadable) checkHook(tried, isOwner(hook.accountId), policy);
      return await show(tried, body.last);
    },
  );

  apiRoute(
    app,
    {
      method: "POST",
      path: "/api/v1/hooks/preview",
      summary: "What a hook of one's own with these settings would have made of the last events",
      tag,
      access: "account",
      body: z.strictObject({ last, hook: newHook }),
      answer: previewed,
      errors: refusals,
    },
    async ({ viewer, body }) =>
      await show(checkedDraft(viewer, draftOf(body.hook, viewer.accountId, clock.now())), body.last),
  );
  done();
};

function view({ checks, request, ...rest }: Previewed): z.input<typeof previewed>["events"][number] {
  return {
    ...rest,
    checks: checks.map((check) => ({ ...check })),
    ...(request === undefined
      ? {}
      : {
          request: {
            ...request,
            headers: request.headers.map(([name, value]) => [name, value]),
            missing: [...request.missing],
          },
        }),
  };
}
