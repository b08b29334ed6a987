import type { Param } from "../storage/index.ts";
import type { DeliveryState } from "./delivery.ts";
import { deliveryColumns } from "./delivery-row.ts";

export interface DeliveryFilter {
  /** Those of these hooks; undefined: of all, also of hooks that are gone. */
  readonly hooks?: readonly string[] | undefined;
  readonly states?: readonly DeliveryState[] | undefined;
  /** Webhook events. */
  readonly names?: readonly string[] | undefined;
  /** A media event. */
  readonly eventId?: string | undefined;
  /** Text in the payload; without regard to the case of ASCII letters. */
  readonly q?: string | undefined;
  /** Made at this time or later, epoch ms. */
  readonly since?: number | undefined;
  /** Made before this time, epoch ms. */
  readonly until?: number | undefined;
  /** Older than this one. */
  readonly before?: number | undefined;
}

interface Query {
  readonly sql: string;
  readonly params: readonly Param[];
}

/** Newest first. */
export function deliverySearch(filter: DeliveryFilter, limit: number): Query {
  const { sql, params } = conditions(filter);
  return {
    sql: `SELECT ${deliveryColumns} FROM told_deliveries WHERE ${sql} ORDER BY seq DESC LIMIT ?`,
    params: [...params, limit],
  };
}

/** Oldest first, numbers only. */
export function deliverySeqs(filter: DeliveryFilter, limit: number): Query {
  const { sql, params } = conditions(filter);
  return { sql: `SELECT seq FROM told_deliveries WHERE ${sql} ORDER BY seq LIMIT ?`, params: [...params, limit] };
}

function conditions(filter: DeliveryFilter): Query {
  const among = (column: string, values: readonly string[] | undefined) =>
    values === undefined
      ? []
      : [{ sql: `${column} IN (SELECT value FROM json_each(?))`, params: [JSON.stringify(values)] }];
  const compared = (sql: string, value: Param | undefined) => (value === undefined ? [] : [{ sql, params: [value] }]);
  const all: Query[] = [
    // First, so that a reading which finds nothing stops at its limits too.
    { sql: "reelay_alive()", params: [] },
    ...among("hook_id", filter.hooks),
    ...among("state", filter.states),
    ...among("name", filter.names),
    ...compared("event_id = ?", filter.eventId),
    ...compared("created_at >= ?", filter.since),
    ...compared("created_at < ?", filter.until),
    ...compared("seq < ?", filter.before),
    ...compared("payload LIKE ? ESCAPE '\\'", filter.q === undefined ? undefined : containing(filter.q)),
  ];
  return { sql: all.map(({ sql }) => sql).join(" AND "), params: all.flatMap(({ params }) => params) };
}

function containing(text: string): string {
  // As the text stands in JSON.
  const written = JSON.stringify(text).slice(1, -1);
  return `%${written.replaceAll(/[\\%_]/g, "\\$&")}%`;
}
