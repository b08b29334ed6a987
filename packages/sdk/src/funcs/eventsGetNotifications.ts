import { abortError, callError } from "../client/deadline.ts";
import type { RequestOptions } from "../client/options.ts";
import { fetchStream } from "../client/send.ts";
import { EVENTSOURCE_PATH } from "../client/target.ts";
import type { PlexAPICore } from "../core.ts";
import type { CallError } from "../models/errors.ts";
import type { GetNotificationsRequest, GetNotificationsResponse } from "../models/operations.ts";
import { type ByteSource, NotificationStream } from "../stream/notification-stream.ts";
import type { APIPromise } from "../types/api-promise.ts";
import type { Result } from "../types/fp.ts";
import { callStream } from "./call.ts";

/** Connects to the server's event stream (Server-Sent Events). Its value is the open stream, its bytes as the server sends them. */
export function eventsGetNotifications(
  client: PlexAPICore,
  request: GetNotificationsRequest,
  options: RequestOptions = {},
): APIPromise<Result<GetNotificationsResponse, CallError>> {
  return callStream(client, request, options, async (target, limits) => {
    const accept = "text/event-stream, application/json;q=0.5";
    const exchange = await fetchStream({ ...target, path: EVENTSOURCE_PATH, accept }, limits);
    return { ...exchange, stream: streamOf(exchange.response, exchange.request.url, limits.signal) };
  });
}

function streamOf({ body }: Response, url: string, signal: AbortSignal | null | undefined): NotificationStream {
  return new NotificationStream("sse", (sink): ByteSource => {
    const reader = body?.getReader();
    return {
      async pull() {
        try {
          const { value, done } = (await reader?.read()) ?? { done: true };
          if (done) sink.end();
          else if (value !== undefined) sink.bytes(value);
        } catch (error) {
          sink.end(signal?.aborted ? abortError(signal) : callError(error, url));
        }
      },
      cancel: () => void reader?.cancel().catch(() => undefined),
    };
  });
}
