import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { apiRoute, sendEmpty } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";
import type { Link } from "./links.ts";
import { readPlexWebhook } from "./plex-webhook.ts";
import type { Upstreams } from "./upstreams.ts";

const upstreamView = z.object({
  name: z.string().describe("As `--plex` names it, else as it names itself."),
  url: z.string(),
  state: z
    .enum(["connecting", "connected", "refused"])
    .describe("`refused`: it is there and does not take the token. `reason` says what to do."),
  since: z.int().describe("Of the state, epoch milliseconds."),
  reason: z.string().optional().describe("Why it is not connected."),
  machineIdentifier: z.string().optional().describe("The `origin` of its events; missing until it was reached once."),
  version: z.string().optional(),
  port: z.int().optional().describe("On which it is presented as itself."),
});

const sectionIds = z.array(z.int().min(1).max(1_000_000_000)).max(1_000);
const linkBody = z.strictObject({
  upstreamAccount: z
    .int()
    .min(1)
    .max(2 ** 53 - 1)
    .nullable()
    .default(null)
    .describe("Its account there: what that one plays is this account's. `/accounts` of the upstream lists them."),
  sections: z
    .union([z.literal("all"), sectionIds])
    .default([])
    .describe("Sections of the upstream that it may use."),
});
const linkView = z.object({
  accountId: z.int(),
  upstreamAccount: z.int().nullable(),
  sections: z.union([z.literal("all"), z.array(z.int())]),
});
const named = z.object({ name: z.string().max(200) });
const ofAccount = named.extend({ accountId: z.coerce.number().int().min(1) });

export const upstreamRoutes: FastifyPluginCallback<{ readonly upstreams: Upstreams }> = (app, { upstreams }, done) => {
  apiRoute(
    app,
    {
      method: "GET",
      path: "/api/v1/upstreams",
      summary: "The servers whose events are told here, and whether they are connected",
      tag: "upstreams",
      answer: z.object({
        upstreams: z.array(upstreamView),
        webhookPath: z
          .string()
          .describe("Where a Plex server with Plex Pass may send its own webhooks. It holds a secret."),
      }),
    },
    async () => ({
      upstreams: upstreams.list(),
      webhookPath: `/webhooks/plex/${await upstreams.webhookSecret()}`,
    }),
  );
  app.post<{ Params: { secret: string } }>(
    "/webhooks/plex/:secret",
    { config: { public: true } },
    async (request, reply) => {
      const isRight = sameText(request.params.secret, await upstreams.webhookSecret());
      if (!isRight) throw new ReelayError("REELAY_NOT_FOUND");
      await upstreams.takeWebhook(readPlexWebhook(request.headers["content-type"] ?? "", request.body));
      return sendEmpty(reply);
    },
  );
  const accounts = "/api/v1/upstreams/{name}/accounts";
  apiRoute(
    app,
    {
      method: "GET",
      path: accounts,
      summary: "Which accounts are linked with one of the upstream, and which of its sections they may use",
      tag: "upstreams",
      params: named,
      answer: z.object({ accounts: z.array(linkView) }),
      errors: ["REELAY_NOT_FOUND"],
    },
    ({ params }) => ({ accounts: upstreams.links.list(originOf(upstreams, params.name)).map(viewOf) }),
  );
  apiRoute(
    app,
    {
      method: "PUT",
      path: `${accounts}/{accountId}`,
      summary: "Link an account with one of the upstream, and say which of its sections it may use",
      tag: "upstreams",
      params: ofAccount,
      body: linkBody,
      answer: linkView,
      errors: ["REELAY_NOT_FOUND"],
    },
    async ({ params: { name, accountId }, body }) => {
      const link: Link = {
        accountId,
        upstreamAccount: body.upstreamAccount ?? undefined,
        sections: body.sections === "all" ? "all" : new Set(body.sections),
      };
      await upstreams.link(originOf(upstreams, name), link);
      return viewOf(link);
    },
  );
  apiRoute(
    app,
    {
      method: "DELETE",
      path: `${accounts}/{accountId}`,
      summary: "Take an account's link and its rights on the upstream away",
      tag: "upstreams",
      params: ofAccount,
      errors: ["REELAY_NOT_FOUND"],
    },
    async ({ params: { name, accountId } }): Promise<undefined> => {
      await upstreams.unlink(originOf(upstreams, name), accountId);
    },
  );
  done();
};

/** In a time that does not tell how much of it is right. */
function sameText(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

function originOf(upstreams: Upstreams, name: string): string {
  const origin = upstreams.list().find((one) => one.name === name)?.machineIdentifier;
  if (origin !== undefined) return origin;
  throw new ReelayError("REELAY_NOT_FOUND", `There is no upstream ${name}, or it was never reached.`);
}

function viewOf({ accountId, upstreamAccount, sections }: Link): z.input<typeof linkView> {
  return {
    accountId,
    upstreamAccount: upstreamAccount ?? null,
    sections: sections === "all" ? sections : [...sections],
  };
}
