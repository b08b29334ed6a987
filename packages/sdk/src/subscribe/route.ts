import { EVENTSOURCE_PATH, REELAY_PATH, WEBSOCKET_PATHS } from "../client/target.ts";
import { nodeRuntime } from "../transports/node-runtime.ts";
import type { AnySubscribeOptions } from "./options.ts";

/** One way to the server's events. */
export interface Route {
  readonly transport: "websocket" | "eventsource";
  readonly path: string;
}

/** The ways that are tried, best first. */
export async function routesFor({ transport = "auto", source }: AnySubscribeOptions): Promise<readonly Route[]> {
  const isReelay = source === "reelay";
  const webSocketPaths = isReelay ? [REELAY_PATH] : WEBSOCKET_PATHS;
  const webSocket = webSocketPaths.map((path): Route => ({ transport: "websocket", path }));
  const eventSource: Route = { transport: "eventsource", path: isReelay ? REELAY_PATH : EVENTSOURCE_PATH };
  if (transport === "websocket") return webSocket;
  if (transport === "eventsource") return [eventSource];
  const showsPings = (await nodeRuntime()) !== undefined;
  const isPage = "document" in globalThis;
  if (typeof WebSocket === "undefined" && !showsPings) return [eventSource];
  return showsPings || isPage ? [...webSocket, eventSource] : [eventSource, ...webSocket];
}
