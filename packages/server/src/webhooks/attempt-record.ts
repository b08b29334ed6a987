import type { AttemptDetail } from "./delivery.ts";
import type { Answer, Sent, Timings } from "./exchange.ts";
import type { WebhookRequest } from "./hook.ts";

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
const answered = ["content-type", "content-length", "location", "retry-after", "server", "date", "via"];

export type ShownRequest = NonNullable<AttemptDetail["request"]>;

/** What is kept of what came of a request. */
export function outcomeShown({ answer, message, reconnected, timings }: Sent): Omit<AttemptDetail, "request"> {
  return {
    answer: answer === undefined ? null : answerShown(answer),
    timings: rounded(timings),
    ...(message === undefined ? {} : { message: message.slice(0, 500) }),
    ...(reconnected === 0 ? {} : { reconnected }),
  };
}

function answerShown({ headers, body, cut }: Answer): NonNullable<AttemptDetail["answer"]> {
  const kept: Record<string, string> = {};
  for (const name of answered) {
    const value = headers[name];
    if (value !== undefined) kept[name] = name === "location" ? originOf(value) : value.slice(0, 200);
  }
  return {
    headers: kept,
    body: body.length === 0 ? "" : body.toString("utf8", 0, 4 * BODY).slice(0, BODY),
    cut: cut || body.length > BODY,
  };
}

/** Phases in their order. */
function rounded(timings: Timings): AttemptDetail["timings"] {
  const rounded: Partial<Record<keyof Timings, number>> = {};
  for (const phase of ["dns", "connect", "tls", "firstByte"] as const) {
    const ms = timings[phase];
    if (ms !== undefined) rounded[phase] = tenths(ms);
  }
  return { ...rounded, total: tenths(timings.total) };
}

const tenths = (ms: number) => Math.round(ms * 10) / 10;

/** What is kept of a request. Secrets are not: paths, queries and headers of one's own may be some. */
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
