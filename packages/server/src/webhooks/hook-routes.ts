import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { apiRoute, type Viewer } from "../http/index.ts";
import { type Clock, ReelayError } from "../support/index.ts";
import type { Hook } from "./hook.ts";
import { DEFAULT_KEEP_OLD_SECRET_MS, hookLimits } from "./hook-limits.ts";
import { hookChange, newHook } from "./hook-settings.ts";
import { shownHook, shownWithSecret, viewOf } from "./hook-view.ts";
import type { Hooks } from "./hooks.ts";

export interface HookRoutesOptions {
  readonly hooks: Hooks;
  readonly clock: Clock;
}

const tag = "hooks";
export const byHook = z.object({ id: z.string().regex(/^hook_[0-9a-f]{16}$/, "expected the id of a hook") });

const rotation = z.strictObject({
  keepOldMs: z
    .int()
    .min(0)
    .max(hookLimits.keepOldSecret)
    .default(DEFAULT_KEEP_OLD_SECRET_MS)
    .describe("How long requests are signed with the old secret as well, milliseconds. 0: not at all."),
});

/**
 * A hook that the viewer may see and change: its own, the owner any.
 * @throws REELAY_NOT_FOUND, also for one of somebody else's: which hooks others have is theirs to know
 */
export function hookOf(hooks: { get(id: string): Hook | undefined }, viewer: Viewer, id: string): Hook {
  const hook = hooks.get(id);
  if (hook === undefined || !(viewer.admin || hook.accountId === viewer.accountId)) {
    throw new ReelayError("REELAY_NOT_FOUND", "There is no hook with this id.");
  }
  return hook;
}

/** `/api/v1/hooks`: everybody's own, for the owner those of all. */
export const hookRoutes: FastifyPluginCallback<HookRoutesOptions> = (app, { hooks, clock }, done) => {
  const view = (hook: Hook) => viewOf(hook, clock.now());
  const all = { path: "/api/v1/hooks", tag, access: "account" } as const;
  const one = {
    ...all,
    path: "/api/v1/hooks/{id}",
    params: byHook,
    errors: ["REELAY_NOT_FOUND"],
  } as const;
  const refusals = ["REELAY_FORBIDDEN", "REELAY_HOOK_URL_REFUSED"] as const;

  apiRoute(
    app,
    {
      ...all,
      method: "GET",
      summary: "List hooks: one's own, the owner those of all accounts",
      query: z.object({
        accountId: z.coerce.number().int().positive().optional().describe("Only those of one account."),
      }),
      answer: z.object({ hooks: z.array(shownHook) }),
    },
    ({ viewer, query }) => ({
      hooks: hooks
        .list()
        .filter(({ accountId }) => viewer.admin || accountId === viewer.accountId)
        .filter(({ accountId }) => query.accountId === undefined || accountId === query.accountId)
        .map(view),
    }),
  );

  apiRoute(
    app,
    {
      ...all,
      method: "POST",
      summary: "Add a hook of one's own",
      body: newHook,
      answer: shownWithSecret,
      status: 201,
      errors: [...refusals, "REELAY_HOOK_LIMIT", "REELAY_SECRET_KEY_UNUSABLE"],
    },
    async ({ viewer, body }) => {
      const { hook, secret } = await hooks.add(viewer.accountId, body);
      return { ...view(hook), secret };
    },
  );

  apiRoute(app, { ...one, method: "GET", summary: "Show a hook", answer: shownHook }, ({ viewer, params }) =>
    view(hookOf(hooks, viewer, params.id)),
  );

  apiRoute(
    app,
    {
      ...one,
      method: "PATCH",
      summary: "Change a hook: what is left out stays",
      body: hookChange,
      answer: shownHook,
      errors: [...one.errors, ...refusals, "REELAY_SECRET_UNREADABLE"],
    },
    async ({ viewer, params, body }) => view(await hooks.change(hookOf(hooks, viewer, params.id).id, body)),
  );

  apiRoute(
    app,
    { ...one, method: "DELETE", summary: "Remove a hook; what waits for it is dropped" },
    async ({ viewer, params }) => void (await hooks.remove(hookOf(hooks, viewer, params.id).id)),
  );

  apiRoute(
    app,
    {
      ...one,
      method: "POST",
      path: "/api/v1/hooks/{id}/secret",
      summary: "Make a new secret; the old one is valid besides it for a while",
      body: rotation.prefault({}),
      answer: shownWithSecret,
      errors: [...one.errors, "REELAY_SECRET_UNREADABLE"],
    },
    async ({ viewer, params, body }) => {
      const { hook, secret } = await hooks.rotateSecret(hookOf(hooks, viewer, params.id).id, body.keepOldMs);
      return { ...view(hook), secret };
    },
  );
  done();
};
