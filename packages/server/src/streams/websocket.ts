import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ServerOptions, WebSocket, WebSocketServer } from "ws";
import { asReelayError, belowBase, type Gate, pathOf, refuseSocket } from "../http/index.ts";
import { type Clock, type Logger, ReelayError } from "../support/index.ts";
import { plain } from "./framing.ts";
import type { Admission, Hub } from "./hub.ts";
import { InboundLimit } from "./inbound-limit.ts";
import { EVENTS_PATH, WEBSOCKET_PATHS } from "./routes.ts";
import type { Connection, EndReason } from "./subscriber.ts";
import { readStreamRequest, type Source } from "./subscription.ts";

/** How long a client that was closed for its flood may take to read why; its own frames are not read any more. */
const FLOOD_CLOSE_MS = 1_000;

const closeCodes: Readonly<Record<EndReason, readonly [code: number, reason: string]>> = {
  shutdown: [1001, "the server is stopping"],
  stuck: [1013, "too slow: connect again to resume"],
  silent: [1002, "no answer to PING"],
  revoked: [1008, "the token is not valid any more"],
};

/**
 * A WebSocket that tells when its closing begins, whoever began it (`ws` calls `close` itself to answer a close frame or
 * to refuse a malformed one): from then on no other frame may be sent, and broadcasts do not pass through `ws`.
 */
class StreamSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    this.emit("closing");
    super.close(code, reason);
  }
}

/** `closeTimeout` is newer than the types of `ws`. */
const serverOptions: ServerOptions<typeof StreamSocket> & { readonly closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  // What is the same for all clients cannot be compressed with the state of each.
  perMessageDeflate: false,
  // Inbound messages are ignored, so none needs to be long.
  maxPayload: 65_536,
  maxFragments: 256,
  // For the answer to a close frame; then the connection is cut.
  closeTimeout: 5_000,
  WebSocket: StreamSocket,
};

export interface StreamUpgradeOptions {
  readonly hub: Hub;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Machine identifier of the server whose notifications Plex's streams tell. Default: all that are in the log. */
  readonly origin?: () => string;
  /** As of the HTTP shell. */
  readonly basePath?: string;
}

/** The listener for the HTTP server's `upgrade` event. All refusals are plain HTTP, before any upgrade. */
export function streamUpgrades({
  hub,
  gate,
  clock,
  logger,
  origin,
  basePath = "",
}: StreamUpgradeOptions): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const handshake = new WebSocketServer(serverOptions);
  handshake.on("wsClientError", ({ message }, socket, request) => {
    const isGet = request.method === "GET";
    const headers = isGet ? { "sec-websocket-version": "13" } : { allow: "GET" };
    const code = isGet ? "REELAY_WEBSOCKET_HANDSHAKE" : "REELAY_METHOD_NOT_ALLOWED";
    refuseSocket(socket, new ReelayError(code, `${message}.`, { headers }), request);
  });
  return (request, socket, head) => {
    try {
      const below = belowBase(request.url ?? "/", basePath);
      if (below === undefined) throw new ReelayError("REELAY_NOT_FOUND");
      request.url = below;
      const path = pathOf(below);
      // Who may not ask does not learn what there is, as with plain requests.
      const viewer = gate.identify(request);
      const source = sourceAt(path);
      if (source === undefined) throw new ReelayError("REELAY_NOT_FOUND");
      const admission = hub.admit("websocket", readStreamRequest(request, source, origin?.()), viewer);
      handshake.handleUpgrade(request, socket, head, (ws) => run(hub, clock, ws, socket as Socket, admission));
    } catch (thrown) {
      const error = asReelayError(thrown);
      if (error.code === "REELAY_INTERNAL") logger.error({ err: thrown }, "a WebSocket could not be opened");
      refuseSocket(socket, error, request);
    }
  };
}

function sourceAt(path: string): Source | undefined {
  if (path === EVENTS_PATH) return "reelay";
  return WEBSOCKET_PATHS.some((known) => known === path) ? "plex" : undefined;
}

/**
 * Broadcasts are whole frames, written on the socket beside `ws`. That is safe because `ws` without compression writes
 * each of its own frames (PONG, close) corked and within one turn, so none of ours can get into the middle of one.
 */
function run(hub: Hub, clock: Clock, ws: WebSocket, socket: Socket, admission: Admission): void {
  const connection: Connection = {
    wire: "websocket",
    socket,
    framing: plain,
    end: (reason) => ws.close(...closeCodes[reason]),
  };
  // What was wrong with a frame is told to the client by its close code; a broken connection is no error of ours.
  ws.on("error", () => undefined);
  const subscriber = hub.open(admission, connection);
  if (subscriber === undefined) return;
  ws.on("closing", () => hub.leave(subscriber));
  const limit = new InboundLimit();
  const heard = () => {
    subscriber.unanswered = 0;
    if (!limit.exceeded(clock.now(), socket.bytesRead) || ws.readyState !== WebSocket.OPEN) return;
    ws.close(1008, "too many messages");
    ws.pause();
    setTimeout(() => ws.terminate(), FLOOD_CLOSE_MS).unref();
  };
  ws.on("message", heard);
  ws.on("ping", heard);
  ws.on("pong", heard);
}
