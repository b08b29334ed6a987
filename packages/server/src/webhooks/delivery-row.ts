import type { WebhookEventName } from "@reelay/protocol";
import type { Row } from "../storage/index.ts";
import type { Delivery, DeliveryState } from "./delivery.ts";

/** All columns of the view `told_deliveries`, for {@link deliveryOfRow}. */
export const deliveryColumns = `seq, id, hook_id, message, event_id, name, subject, player, snapshot, payload, event_time,
  created_at, state, due_at, expires_at, attempts, reason, ended_at`;

export function deliveryOfRow(row: Row): Delivery {
  const text = (value: unknown) => (value === null ? null : String(value));
  const number = (value: unknown) => (value === null ? null : Number(value));
  return {
    seq: Number(row.seq),
    id: String(row.id),
    hookId: String(row.hook_id),
    message: Number(row.message),
    eventId: text(row.event_id),
    name: String(row.name) as WebhookEventName,
    subject: String(row.subject),
    player: text(row.player),
    snapshot: text(row.snapshot),
    payload: String(row.payload),
    eventTime: Number(row.event_time),
    createdAt: Number(row.created_at),
    state: String(row.state) as DeliveryState,
    dueAt: number(row.due_at),
    expiresAt: number(row.expires_at),
    attempts: Number(row.attempts),
    reason: text(row.reason),
    endedAt: number(row.ended_at),
  };
}
