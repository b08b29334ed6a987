import { UnexpectedClientError } from "../models/errors.ts";
import { withDeadline } from "./deadline.ts";
import type { Logger } from "./options.ts";
import { answerError } from "./response.ts";
import { type Target, toRequest } from "./target.ts";

/** What was asked, and the head of what came. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
}

/** When a connection is given up. */
export interface Limits {
  /** The caller's: ends the attempt and what came of it. */
  readonly signal?: AbortSignal | null | undefined;
  /** For the head of the answer. */
  readonly timeoutMs?: number | undefined;
}

/** Bytes of either type, or of none: proxies lose it. */
const STREAM_TYPE = /^(?:text\/event-stream|application\/octet-stream)?\s*(?:;|$)/i;

/**
 * Asks for the event stream by `fetch` and waits for the head of a good answer.
 * @throws CallError
 */
export async function fetchStream(target: Target, limits: Limits): Promise<Exchange> {
  const request = toRequest(target);
  return withDeadline(request.url, limits, async (signal) => {
    const { client, token } = target;
    logRequest(client._options.debugLogger, request);
    const response = await client._httpClient.request(new Request(request, { signal }));
    logAnswer(client._options.debugLogger, response);
    const isStream = response.status === 200 && response.body !== null;
    if (!isStream || !STREAM_TYPE.test(response.headers.get("content-type") ?? ""))
      throw await answerError(response, request, token);
    return { request, response };
  });
}

/** What is sent, without the token and the query that may hold it. */
export function logRequest(logger: Logger | undefined, request: Request): void {
  if (logger === undefined) return;
  guarded(() => {
    const { origin, pathname } = new URL(request.url);
    logger.group(`> ${request.method} ${origin}${pathname}`);
    for (const [name, value] of request.headers)
      logger.log(`${name}: ${/token|authorization|cookie/i.test(name) ? "…" : value}`);
    logger.groupEnd();
  });
}

export function logAnswer(logger: Logger | undefined, response: Pick<Response, "status" | "headers">): void {
  if (logger === undefined) return;
  guarded(() => logger.log(`< ${response.status} ${response.headers.get("content-type") ?? ""}`));
}

function guarded(log: () => void): void {
  try {
    log();
  } catch (cause) {
    throw new UnexpectedClientError("The debug logger failed.", { cause });
  }
}
