import type { RequestOptions } from "../client/options.ts";
import type { Limits } from "../client/send.ts";
import { type Target, WEBSOCKET_PATHS } from "../client/target.ts";
import type { PlexAPICore } from "../core.ts";
import { type CallError, SDKError } from "../models/errors.ts";
import type { ConnectWebSocketRequest, ConnectWebSocketResponse } from "../models/operations.ts";
import { type ByteSink, NotificationStream } from "../stream/notification-stream.ts";
import type { Channel } from "../transports/channel.ts";
import { openWebSocket } from "../transports/websocket.ts";
import type { APIPromise } from "../types/api-promise.ts";
import type { Result } from "../types/fp.ts";
import { callStream, type Opened } from "./call.ts";

/** Connects to the server's WebSocket. Its value is the open stream: one JSON document a line. */
export function eventsConnectWebSocket(
  client: PlexAPICore,
  request: ConnectWebSocketRequest,
  options: RequestOptions = {},
): APIPromise<Result<ConnectWebSocketResponse, CallError>> {
  return callStream(client, request, options, async (target, limits) => {
    const [plural, singular] = WEBSOCKET_PATHS;
    try {
      return await open({ ...target, path: plural, accept: "application/json" }, limits);
    } catch (error) {
      if (!(error instanceof SDKError && error.statusCode === 404)) throw error;
      return open({ ...target, path: singular, accept: "application/json" }, limits);
    }
  });
}

async function open(target: Target, limits: Limits): Promise<Opened> {
  const encoder = new TextEncoder();
  let sink: ByteSink | undefined;
  const channel: Channel = await openWebSocket(target, limits, {
    text(text) {
      // Line ends of a document stand between its tokens: in strings JSON escapes them.
      if (sink?.bytes(encoder.encode(`${text.replace(/[\r\n]+/g, " ")}\n`)) === false) channel.pause();
    },
    alive: () => undefined,
    problem: () => undefined,
    end: (error) => sink?.end(error),
  });
  const stream = new NotificationStream("lines", (its) => {
    sink = its;
    return { pull: () => channel.resume(), cancel: () => channel.close() };
  });
  return { request: channel.request, response: channel.response, stream };
}
