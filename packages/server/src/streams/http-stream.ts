import type { FastifyReply, FastifyRequest } from "fastify";
import { chunked, plain } from "./framing.ts";
import type { Connection } from "./subscriber.ts";

export interface HttpStreamKind {
  readonly wire: "sse" | "lines";
  readonly contentType: string;
}

/** Nothing between server and client may keep, change or gather a stream; `x-accel-buffering` is nginx's. */
export function streamHeaders({ contentType }: HttpStreamKind): Record<string, string> {
  return { "content-type": contentType, "cache-control": "no-cache, no-transform", "x-accel-buffering": "no" };
}

/**
 * Answers with the head of a stream and hands over its connection. Node writes the head and the end; what is between
 * them goes past it, since the same bytes go to many sockets.
 */
export function openHttpStream(
  request: FastifyRequest,
  reply: FastifyReply,
  kind: HttpStreamKind,
  opened: (connection: Connection) => void,
): void {
  reply.hijack();
  const response = reply.raw;
  // A body, which no GET of a stream should have, would keep Node from noticing that the client has gone.
  request.raw.resume();
  // The end of the stream is the end of its connection: nobody waits for another answer on it.
  response.writeHead(200, { ...headersSoFar(reply), ...streamHeaders(kind), connection: "close" });
  const start = () => {
    const { socket } = response;
    if (socket === null || socket.destroyed) return;
    // For the server's time-outs the request was over long ago.
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.cork();
    response.flushHeaders();
    opened({
      wire: kind.wire,
      socket,
      // HTTP/1.0 (nginx with a bare proxy_pass) knows no chunks: there the end of the connection ends the body.
      framing: request.raw.httpVersion === "1.0" ? plain : chunked,
      end: () => response.end(),
    });
    socket.uncork();
    request.isTold = true;
    const { id, method, url, routeOptions } = request;
    request.server.tellAnswered({
      ...{ id, method, url, route: routeOptions.url, status: 200 },
      ms: Math.round(reply.elapsedTime),
    });
  };
  // A request that was sent behind an unanswered one on the same connection gets its socket when that is answered.
  if (response.socket === null) response.once("socket", () => process.nextTick(start));
  else start();
}

/** What the server's hooks have put on the reply: CORS and the like. */
function headersSoFar(reply: FastifyReply): Record<string, number | string | string[]> {
  const headers: Record<string, number | string | string[]> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = value;
  return headers;
}
