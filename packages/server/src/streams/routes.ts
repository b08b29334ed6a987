import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { apiRoute, viewerOf } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";
import { type HttpStreamKind, openHttpStream, streamHeaders } from "./http-stream.ts";
import type { Hub } from "./hub.ts";
import { readStreamRequest, type StreamRequest } from "./subscription.ts";

const SSE_PATH = "/:/eventsource/notifications";
/** Clients use the plural, the documents the singular. */
export const WEBSOCKET_PATHS = ["/:/websockets/notifications", "/:/websocket/notifications"] as const;

/** Reelay's own stream, both as SSE and as a WebSocket. */
export const EVENTS_PATH = "/api/v1/events";

const OCTET_STREAM = "application/octet-stream";

export interface StreamRoutesOptions {
  readonly hub: Hub;
  /** Machine identifier of the server whose notifications Plex's streams tell. Default: all that are in the log. */
  readonly origin?: () => string;
}

/** The streams that are plain answers to GET: SSE, and the octet-streams that plexjs needs on all three paths. */
export const streamRoutes: FastifyPluginCallback<StreamRoutesOptions> = (app, { hub, origin }, done) => {
  const answer = (request: FastifyRequest, reply: FastifyReply, kind: HttpStreamKind) =>
    openStream(hub, request, reply, kind, readStreamRequest(request.raw, "plex", origin?.()));
  app.get(routePath(SSE_PATH), (request, reply) => {
    const contentType = wantsOctets(request) ? OCTET_STREAM : "text/event-stream";
    return answer(request, reply, { wire: "sse", contentType });
  });
  for (const path of WEBSOCKET_PATHS) {
    app.get(routePath(path), (request, reply) => {
      if (wantsOctets(request)) return answer(request, reply, { wire: "lines", contentType: OCTET_STREAM });
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
        lastEventId: z
          .string()
          .optional()
          .describe("A position to go on after, or `earliest`. The header Last-Event-ID wins."),
      }),
      answer: "text/event-stream",
      errors: ["REELAY_TOO_MANY_STREAMS", "REELAY_SHUTTING_DOWN"],
    },
    ({ request, reply }): undefined => {
      const kind = { wire: "sse", contentType: "text/event-stream" } as const;
      openStream(hub, request, reply, kind, readStreamRequest(request.raw, "reelay"));
    },
  );
  done();
};

/** The router takes a colon for the start of a parameter, and two for a colon. */
function routePath(path: string): string {
  return path.replaceAll(":", "::");
}

/** plexjs asks for nothing else, and takes any other answer for a failure. */
function wantsOctets(request: FastifyRequest): boolean {
  return request.headers.accept?.trim().toLowerCase() === OCTET_STREAM;
}

function openStream(
  hub: Hub,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: HttpStreamKind,
  asked: StreamRequest,
): FastifyReply {
  const admission = hub.admit(kind.wire, asked, viewerOf(request));
  if (request.method === "HEAD") return reply.headers(streamHeaders(kind)).send();
  openHttpStream(request, reply, kind, (connection) => hub.open(admission, connection));
  return reply;
}
