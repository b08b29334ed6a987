import { STATUS_CODES } from "node:http";
import { encodeMediaContainerXml } from "@reelay/protocol";
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { asReelayError, prefersJson, viewerOf } from "../http/index.ts";
import { errorReply, ReelayError } from "../support/index.ts";
import { hookLimits } from "./hook-limits.ts";
import { type Hooks, isPlexList } from "./hooks.ts";

const PATH = "/api/v2/user/webhooks";

/** Of a form: as many addresses as an account may have hooks, of a usual length. Bytes. */
const MAX_FORM = 262_144;

/**
 * Plex's own call, as plex.tv answers it: the addresses of the account's webhooks, and a list in their place. What else a hook can do, such a
 * client knows nothing of; hooks whose address stays keep it.
 */
export const plexHookRoutes: FastifyPluginCallback<{ readonly hooks: Hooks }> = (app, { hooks }, done) => {
  // Clients of plex.tv read errors of its form.
  app.setErrorHandler((error, request, reply) => sendErrors(error, request, reply));

  const list = (request: FastifyRequest, reply: FastifyReply) => {
    const { accountId } = viewerOf(request);
    const own = hooks.list().filter((hook) => hook.accountId === accountId && isPlexList(hook));
    return sendUrls(request, reply, [...new Set(own.map(({ url }) => url))]);
  };

  app.get(PATH, (request, reply) => list(request, reply));

  app.post(PATH, { bodyLimit: MAX_FORM }, async (request, reply) => {
    await hooks.replace(viewerOf(request).accountId, urlsOf(request));
    return list(request, reply.code(201));
  });
  done();
};

/** `urls[]=…&urls[]=…`, empty to clear the list; some clients send `urls=` for that. @throws REELAY_INVALID_PARAMETER */
function urlsOf({ body, headers }: FastifyRequest): readonly string[] {
  const form = headers["content-type"]?.split(";")[0]?.trim().toLowerCase() === "application/x-www-form-urlencoded";
  if (!form || !Buffer.isBuffer(body)) {
    throw new ReelayError("REELAY_INVALID_PARAMETER", `Send a form (application/x-www-form-urlencoded) with urls[].`);
  }
  const fields = [...new URLSearchParams(body.toString())].filter(([name]) => name === "urls[]" || name === "urls");
  if (fields.length === 0)
    throw new ReelayError("REELAY_INVALID_PARAMETER", "urls[] is missing; empty, it clears the list.");
  const urls = [...new Set(fields.map(([, url]) => url.trim()).filter((url) => url !== ""))];
  const long = urls.find((url) => url.length > hookLimits.url);
  if (long !== undefined) {
    throw new ReelayError("REELAY_INVALID_PARAMETER", `urls[]: an address may have ${hookLimits.url} characters.`);
  }
  return urls;
}

function sendUrls(request: FastifyRequest, reply: FastifyReply, urls: readonly string[]): FastifyReply {
  const all = urls.map((url) => ({ url }));
  reply.header("vary", "Accept").header("cache-control", "no-store");
  if (prefersJson(request.headers.accept)) {
    return reply.type("application/json; charset=utf-8").send(JSON.stringify(all));
  }
  return reply.type("application/xml; charset=utf-8").send(encodeMediaContainerXml({ webhook: all }, "webhooks"));
}

function sendErrors(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = asReelayError(thrown, request.id);
  if (error.code === "REELAY_INTERNAL") request.log.error({ err: error.cause ?? error }, "request failed");
  const { status, cause, detail = cause, remedy, code } = errorReply(error);
  // The numbers of plex.tv are not public, but for a few: the status is a number that a reader of the log understands.
  const one = { code: status, message: `${detail} ${remedy}`, status };
  reply.code(status).headers({ ...error.headers, vary: "Accept", "cache-control": "no-store", "x-reelay-error": code });
  if (prefersJson(request.headers.accept)) {
    return reply.type("application/json; charset=utf-8").send(JSON.stringify({ errors: [one] }));
  }
  const shown = { ...one, title: STATUS_CODES[status] ?? "" };
  return reply.type("application/xml; charset=utf-8").send(encodeMediaContainerXml({ error: [shown] }, "errors"));
}
