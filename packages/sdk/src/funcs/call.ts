import { callError } from "../client/deadline.ts";
import type { RequestOptions } from "../client/options.ts";
import { withRetries } from "../client/retry.ts";
import type { Exchange, Limits } from "../client/send.ts";
import { currentToken, type Target } from "../client/target.ts";
import { validateRequest } from "../client/validate.ts";
import type { PlexAPICore } from "../core.ts";
import { type CallError, PlexAPIError } from "../models/errors.ts";
import type { GetNotificationsRequest } from "../models/operations.ts";
import type { NotificationStream } from "../stream/notification-stream.ts";
import { type APICall, APIPromise } from "../types/api-promise.ts";
import { ERR, OK, type Result } from "../types/fp.ts";

/** What a call has opened. */
export interface Opened extends Exchange {
  readonly stream: NotificationStream;
}

type Outcome = readonly [Result<NotificationStream, CallError>, APICall];

/** What both calls have in common: arguments, token, retries, and errors as values. */
export function callStream(
  client: PlexAPICore,
  request: GetNotificationsRequest,
  options: RequestOptions,
  open: (target: Omit<Target, "path" | "accept">, limits: Limits) => Promise<Opened>,
): APIPromise<Result<NotificationStream, CallError>> {
  return new APIPromise(run());

  async function run(): Promise<Outcome> {
    const valid = validateRequest(request);
    if (!valid.ok) return [valid, { status: "invalid" }];
    const signal = options.signal ?? options.fetchOptions?.signal;
    const timeoutMs = options.timeoutMs ?? client._options.timeoutMs;
    try {
      const { stream, ...exchange } = await withRetries(
        async () => {
          const token = await currentToken(client);
          return open({ client, request: valid.value, options, token }, { signal, timeoutMs });
        },
        options.retries ?? client._options.retryConfig,
        options.retryCodes,
        signal,
      );
      return [OK(stream), { status: "complete", ...exchange }];
    } catch (thrown) {
      const error = callError(thrown, client._baseURL);
      if (!(error instanceof PlexAPIError)) return [ERR(error), { status: "invalid" }];
      return [ERR(error), { status: "complete", request: error.request, response: error.rawResponse }];
    }
  }
}
