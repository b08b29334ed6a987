import { webhookEventNames } from "@reelay/protocol";
import { z } from "zod";
import { type Attempt, type Delivery, deliveryStates } from "./delivery.ts";

const time = z.int().describe("Epoch milliseconds.");
const phase = z.number().optional();

/** One webhook event for one hook, as the record lists it. */
export const shownDelivery = z.object({
  id: z.string().describe("`msg_…`: the `webhook-id` of every attempt."),
  hookId: z.string(),
  event: z.enum(webhookEventNames as readonly [string, ...string[]]),
  eventId: z.string().nullable().describe("The media event; null for a test."),
  subject: z.string().describe("What it is about, and what order is kept for: `session:12`."),
  player: z.string().nullable().describe("Its identifier."),
  title: z.string().nullable().describe("Of the item that it is about; null: it is about none."),
  state: z.enum(deliveryStates),
  reason: z.string().nullable().describe("Why it ended without being delivered, for people."),
  eventTime: time,
  createdAt: time,
  dueAt: time.nullable().describe("Of the next attempt; null unless it waits."),
  expiresAt: time.nullable().describe("null: not by age."),
  endedAt: time.nullable(),
  attempts: z.int().describe("Since it was made, or sent again by hand."),
});

/** One HTTP request. */
export const shownAttempt = z.object({
  number: z.int(),
  at: time,
  status: z.int().nullable().describe("Of the answer; null: there was none."),
  error: z.string().nullable().describe("`REELAY_…`; null for a success."),
  message: z.string().optional().describe("What the system says of a failure."),
  reconnected: z
    .int()
    .optional()
    .describe("How often it was sent again at once, because the receiver had just closed a kept connection."),
  request: z
    .object({
      method: z.string(),
      origin: z.string().describe("Scheme, host and port; the rest may be secret."),
      headers: z.array(z.tuple([z.string(), z.string()])).describe("Values that may be secret are `…`."),
      bytes: z.int().describe("Of the body."),
      missing: z.array(z.string()).optional().describe("Paths of a template that lead nowhere in the payload."),
    })
    .nullable(),
  answer: z
    .object({
      headers: z.record(z.string(), z.string()),
      body: z.string().describe("Its beginning."),
      cut: z.boolean().describe("There was more."),
    })
    .nullable(),
  timings: z
    .object({ dns: phase, connect: phase, tls: phase, firstByte: phase, total: z.number() })
    .describe("Milliseconds; phases that a kept connection had behind it are missing."),
});

export const shownWithAttempts = shownDelivery.extend({
  payload: z.looseObject({}).describe("What is sent."),
  record: z.array(shownAttempt),
});

export function deliveryView(delivery: Delivery): z.input<typeof shownDelivery> {
  const { id, hookId, name, eventId, subject, player, state, reason, attempts } = delivery;
  const { Metadata } = JSON.parse(delivery.payload) as { Metadata?: { title?: string } };
  const { eventTime, createdAt, dueAt, expiresAt, endedAt } = delivery;
  return {
    ...{ id, hookId, event: name, eventId, subject, player, title: Metadata?.title ?? null, state, reason },
    ...{ eventTime, createdAt, dueAt, expiresAt, endedAt, attempts },
  };
}

export function attemptView({ number, at, status, error, detail }: Attempt): z.input<typeof shownAttempt> {
  const { message, reconnected, request, answer, timings } = detail;
  return {
    ...{ number, at, status, error, timings, answer },
    request: request && {
      ...{ method: request.method, origin: request.origin, bytes: request.bytes },
      headers: request.headers.map(([name, value]) => [name, value]),
      ...(request.missing === undefined ? {} : { missing: [...request.missing] }),
    },
    ...(message === undefined ? {} : { message }),
    ...(reconnected === undefined ? {} : { reconnected }),
  };
}
