import { z } from "zod";
import { shownDuration } from "./duration.ts";
import { inColumns, second } from "./table.ts";

/** A delivery as the API lists it, as far as the command line shows it; `--json` prints the rest too. */
export const deliveryAnswer = z.looseObject({
  id: z.string(),
  hookId: z.string(),
  event: z.string(),
  eventId: z.string().nullable(),
  title: z.string().nullable(),
  state: z.string(),
  reason: z.string().nullable(),
  eventTime: z.number(),
  dueAt: z.number().nullable(),
  expiresAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  attempts: z.number(),
});
export type DeliveryAnswer = z.output<typeof deliveryAnswer>;

const attemptAnswer = z.looseObject({
  number: z.number(),
  at: z.number(),
  status: z.number().nullable(),
  error: z.string().nullable(),
  message: z.string().optional(),
  request: z
    .looseObject({ method: z.string(), origin: z.string(), missing: z.array(z.string()).optional() })
    .nullable(),
  answer: z.looseObject({ body: z.string() }).nullable(),
  timings: z.looseObject({ total: z.number() }),
});

/** One delivery with its payload and its attempts. */
export const recordedAnswer = deliveryAnswer.extend({ payload: z.looseObject({}), record: z.array(attemptAnswer) });

/** One line of a list. @param nameOf what a hook is called, by its id */
export function deliveryRow(delivery: DeliveryAnswer, nameOf: (hookId: string) => string): readonly string[] {
  const { id, event, eventId, eventTime, title, hookId } = delivery;
  const what = eventId === null ? `${event} (test)` : event;
  return [second(eventTime), stateOf(delivery), what, title ?? "", nameOf(hookId), id];
}

/** All of a delivery, a line for each of what it has. */
export function deliveryLines(
  delivery: z.output<typeof recordedAnswer>,
  nameOf: (hookId: string) => string,
): readonly string[] {
  const { id, hookId, event, eventId, eventTime, title, dueAt, expiresAt, endedAt, payload, record } = delivery;
  const rows: (readonly [string, string | null])[] = [
    ["id", id],
    ["hook", nameOf(hookId)],
    ["event", `${event}, ${second(eventTime)}`],
    ["of", eventId ?? "a test"],
    ["item", title],
    ["state", stateOf(delivery)],
    ["ended", endedAt === null ? null : second(endedAt)],
    ["next", dueAt === null ? null : second(dueAt)],
    ["expires", dueAt === null || expiresAt === null ? null : second(expiresAt)],
    ...record.map((attempt) => [`attempt ${attempt.number}`, attemptText(attempt)] as const),
    ["answer", record.at(-1)?.answer?.body || null],
    ["payload", JSON.stringify(payload)],
  ];
  return inColumns(rows.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

/** What became of an attempt: `2026-11-21 23:05:12, 204 in 12 ms`. */
function attemptText({ at, status, error, message, timings, request }: z.output<typeof attemptAnswer>): string {
  const outcome = [status === null ? "no answer" : String(status), error === null ? undefined : `(${error})`];
  const took = `${outcome.filter(Boolean).join(" ")} in ${Math.round(timings.total)} ms`;
  const to = request === null ? undefined : `${request.method} ${request.origin}`;
  const missing = request?.missing?.length ? `nothing at ${request.missing.join(", ")}` : undefined;
  return [second(at), to, took, message, missing].filter(Boolean).join(", ");
}

/** With how often it was tried, how late it came, or why it did not. */
function stateOf({ state, reason, attempts, eventTime, endedAt }: DeliveryAnswer): string {
  const failed =
    state === "waiting" && attempts > 0 ? `${attempts} ${attempts === 1 ? "attempt" : "attempts"}` : undefined;
  const late = state === "delivered" && endedAt !== null ? `after ${span(endedAt - eventTime)}` : undefined;
  const note = [failed, late, reason].filter(Boolean).join(", ");
  return note === "" ? state : `${state} (${note})`;
}

/** Milliseconds below a second, else whole seconds, minutes, hours or days. */
function span(ms: number): string {
  const size = [86_400_000, 3_600_000, 60_000, 1_000].find((unit) => ms >= unit) ?? 1;
  return shownDuration(Math.max(0, Math.floor(ms / size)) * size);
}
