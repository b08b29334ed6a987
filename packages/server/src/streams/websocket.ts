import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { asReelayError, belowBase, type Gate, pathOf, refuseSocket } from "../http/index.ts";
import { type Clock, type Logger, ReelayError } from "../support/index.ts";
import type { Hub } from "./hub.ts";
import { webSocketAt } from "./paths.ts";
import { readStreamRequest } from "./subscription.ts";
import { acceptHandshake } from "./websocket-handshake.ts";
import { WebSockets } from "./websocket-stream.ts";

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
  const webSockets = new WebSockets(hub, clock);
  return (request, socket, head) => {
    try {
      const below = belowBase(request.url ?? "/", basePath);
      if (below === undefined) throw new ReelayError("REELAY_NOT_FOUND");
      request.url = below;
      // Who may not ask does not learn what there is, as with plain requests.
      const viewer = gate.identify(request);
      const source = webSocketAt(pathOf(below));
      if (source === undefined) throw new ReelayError("REELAY_NOT_FOUND");
      const admission = hub.admit("websocket", readStreamRequest(request, source, origin), viewer);
      webSockets.open(socket as Socket, acceptHandshake(request), admission, head);
    } catch (thrown) {
      const error = asReelayError(thrown);
      if (error.code === "REELAY_INTERNAL") logger.error({ err: thrown }, "a WebSocket could not be opened");
      refuseSocket(socket, error, request);
    }
  };
}
