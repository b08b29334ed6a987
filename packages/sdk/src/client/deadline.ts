import {
  type CallError,
  ConnectionError,
  HTTPClientError,
  PlexAPIError,
  RequestAbortedError,
  RequestTimeoutError,
  SDKValidationError,
  UnexpectedClientError,
} from "../models/errors.ts";
import { connectionError } from "./explain.ts";

/**
 * Runs `connect` with a signal that is aborted by the caller's, or when `timeoutMs` are over before it has settled. The time
 * does not touch what it has opened; the caller's signal does.
 * @throws CallError and nothing else
 */
export async function withDeadline<T>(
  url: URL | string,
  { signal, timeoutMs }: { readonly signal?: AbortSignal | null | undefined; readonly timeoutMs?: number | undefined },
  connect: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const timer = timeoutMs && timeoutMs > 0 ? setTimeout(() => deadline.abort(), timeoutMs) : undefined;
  try {
    if (signal?.aborted) throw signal.reason;
    return await connect(signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal);
  } catch (error) {
    if (signal?.aborted) throw abortError(signal);
    if (deadline.signal.aborted)
      throw new RequestTimeoutError(`No answer from ${new URL(url).origin} within ${timeoutMs} ms.`);
    throw callError(error, url);
  } finally {
    clearTimeout(timer);
  }
}

export function abortError({ reason }: AbortSignal): HTTPClientError {
  const options = { cause: reason as unknown };
  if ((reason as Error | undefined)?.name === "TimeoutError")
    return new RequestTimeoutError("The caller's signal timed out.", options);
  return new RequestAbortedError("The request was aborted by its caller.", options);
}

/** An error of ours as it is; what runtimes and hooks throw, explained. */
export function callError(error: unknown, url: URL | string): CallError {
  if (error instanceof PlexAPIError || error instanceof HTTPClientError || error instanceof SDKValidationError)
    return error as CallError;
  if (error instanceof TypeError || typeof (error as { readonly code?: unknown } | undefined)?.code === "string")
    return connectionError(error, url);
  return new UnexpectedClientError("The request failed in a way that is not known.", { cause: error });
}

/** Whether the same request may succeed later although nothing about it changes. */
export function isConnectionFailure(error: unknown): boolean {
  return error instanceof ConnectionError || error instanceof RequestTimeoutError;
}
