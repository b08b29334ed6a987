import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { apiRoute, viewerOf } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";
import { openHttpStream, streamHeaders } from "./http-stream.ts";
import type { Hub } from "./hub.ts";
import { EVENTS_PATH, type PlainStream, plainStreamAt, routePath, SSE_PATH, WEBSOCKET_PATHS } from "./paths.ts";
import { readStreamRequest } from "./subscription.ts";

export interface StreamRoutesOptions {
  readonly hub: Hub;
  /** Machine identifier of the server whose notifications Plex's streams tell. Default: all that are in the log. */
  readonly origin?: () => string;
}

/** The streams that are plain answers to GET: SSE, and the octet-streams that plexjs needs on all three paths. */
export const streamRoutes: FastifyPluginCallback<StreamRoutesOptions> = (app, { hub, origin }, done) => {
  const answer = (request: FastifyRequest, reply: FastifyReply, { kind, source }: PlainStream): FastifyReply => {
    const asked = readStreamRequest(request.raw, source, origin);
    const admission = hub.admit(kind.wire, asked, viewerOf(request));
    if (request.method === "HEAD") return reply.headers(streamHeaders(kind)).send();
    openHttpStream(request, reply, kind, (connection) => hub.open(admission, connection));
    return reply;
  };
  for (const path of [SSE_PATH, ...WEBSOCKET_PATHS]) {
    app.get(routePath(path), (request, reply) => {
      const stream = plainStreamAt(path, request);
      if (stream !== undefined) return answer(request, reply, stream);
      throw new ReelayError("REELAY_UPGRADE_REQUIRED", undefined, {
        // `close` too: with the one word alone Node would keep a connection open that the client wants closed.
        headers: { upgrade: "websocket", connection: "upgrade, close" },
      });
    });
  }
  apiRoute(
    app,
    {
      method: "GET",
      path: EVENTS_PATH,
      summary: "All events as they happen, as SSE or, with a WebSocket handshake, as WebSocket messages",
      tag: "events",
      access: "account",
      query: z.object({
        types: z.string().optional().describe("Only these, separated by commas: `item.created`, `session.*`."),
        filters: z
          .string()
          .optional()
          .describe(
            "Instead of types: only events that clients of Plex are told of at this address, by the types of their notifications: `timeline,status`, or `-activity` for all others.",
          ),
        lastEventId: z
          .string()
          .optional()
          .describe("A position to go on after, or `earliest`. The header Last-Event-ID wins."),
      }),
      answer: "text/event-stream",
      errors: ["REELAY_TOO_MANY_STREAMS", "REELAY_SHUTTING_DOWN"],
    },
    ({ request, reply }): undefined => {
      const stream = plainStreamAt(EVENTS_PATH, request);
      if (stream !== undefined) answer(request, reply, stream);
    },
  );
  done();
};
