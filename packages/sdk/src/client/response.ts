import { type CallError, ConnectionError, ResponseValidationError, SDKError } from "../models/errors.ts";
import { refusalMessage } from "./explain.ts";

const LONGEST_BODY = 64 * 1024;
const BODY_TIME_MS = 2_000;

/** The error for an answer that is no stream. Reads as much of its body as an error shows, and waits for it no longer than 2 s. */
export async function answerError(response: Response, request: Request, token: string | undefined): Promise<CallError> {
  if (
    response.type === "opaqueredirect" ||
    (response.status > 300 && response.status < 304) ||
    (response.status > 306 && response.status < 400)
  ) {
    void response.body?.cancel().catch(() => undefined);
    return redirected(response, request);
  }
  const read = await readText(response);
  // A server or proxy that repeats the request in its error page must not put the token into a log.
  const body = token ? read.replaceAll(token, "…") : read;
  const { status, statusText, headers } = response;
  // A copy, because its body can be read again and its `url`, which may carry the token, is empty.
  const copy = new Response(status === 204 || status === 304 ? null : body, { status, statusText, headers });
  const contentType = headers.get("content-type") ?? "";
  const meta = { response: copy, request, body };
  if (status >= 400) return new SDKError(refusalMessage(status, contentType, body), meta);
  return new ResponseValidationError(
    `The answer (status ${status}, content type ${contentType || "none"}) is no stream of notifications: does \`serverURL\` name the media server?`,
    meta,
  );
}

function redirected(response: Response, request: Request): ConnectionError {
  const location = response.headers.get("location") ?? "";
  const place = URL.canParse(location, request.url) ? new URL(location, request.url).origin : "another address";
  return new ConnectionError(
    `${new URL(request.url).origin} redirects to ${place}, and the token is not sent on unasked: set \`serverURL\` to where the server is.`,
  );
}

async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const stop = () => void reader.cancel().catch(() => undefined);
  const timer = setTimeout(stop, BODY_TIME_MS);
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (text.length < LONGEST_BODY) {
      const { value, done } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // The connection broke within the error page; its status still says what is wrong.
  } finally {
    clearTimeout(timer);
    stop();
  }
  return text.slice(0, LONGEST_BODY);
}
