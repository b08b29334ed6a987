import type { AttemptRow } from "./deliveries.ts";
import type { AttemptDetail } from "./delivery.ts";
import type { WebhookRequest } from "./hook.ts";
import type { Sent } from "./send.ts";

/** Of an answer's body, characters that are kept. */
const BODY = 2_048;

/** Headers whose values are no secret; of all others only the name is kept. */
const shown = new Set([
  "user-agent",
  "content-type",
  "content-length",
  "webhook-id",
  "webhook-timestamp",
  "reelay-event-time",
  "reelay-attempt",
]);

/** Of an answer: what helps to find out who answered. */
const answered = new Set(["content-type", "content-length", "location", "retry-after", "server", "date", "via"]);

export type ShownRequest = NonNullable<AttemptDetail["request"]>;

/** What is kept of an attempt. Secrets are not: paths, queries and headers of one's own may be some. */
export function attemptRow(at: number, request: WebhookRequest | undefined, sent: Sent): AttemptRow {
  const { status = null, error = null, answer, message, reconnected, timings } = sent;
  const detail: AttemptDetail = {
    request: request === undefined ? null : requestShown(request),
    answer:
      answer === undefined
        ? null
        : {
            headers: Object.fromEntries(
              Object.entries(answer.headers)
                .filter(([name]) => answered.has(name))
                .map(([name, value]) => [name, name === "location" ? originOf(value) : value.slice(0, 200)]),
            ),
            body: answer.body.toString("utf8", 0, 4 * BODY).slice(0, BODY),
            cut: answer.cut || answer.body.length > BODY,
          },
    timings: Object.fromEntries(
      Object.entries(timings).map(([phase, ms]) => [phase, Math.round(ms * 10) / 10]),
    ) as AttemptDetail["timings"],
    ...(message === undefined ? {} : { message: message.slice(0, 500) }),
    ...(reconnected === 0 ? {} : { reconnected }),
  };
  return { at, status, error, detail };
}

export function requestShown({ method, url, headers, body, missing }: WebhookRequest): ShownRequest {
  return {
    method,
    origin: originOf(url),
    headers: headers.map(([name, value]) => [name, shown.has(name.toLowerCase()) ? value : "…"]),
    bytes: body.length,
    ...(missing.length === 0 ? {} : { missing }),
  };
}

/** Scheme, host and port; empty for what is no absolute address. */
function originOf(url: string): string {
  try {
    return new URL(url).origin;
  } catch {
    return "";
  }
}
