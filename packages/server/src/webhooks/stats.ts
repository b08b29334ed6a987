import type { Database } from "../storage/index.ts";
import { type DeliveryState, deliveryStates } from "./delivery.ts";
import { firstSince } from "./first-since.ts";

/** How many points a plot gets, about. */
const POINTS = 120;
/** Attempts of deliveries that were made longer before are left out: hardly any is tried as long. */
const TRIED_MS = 5 * 86_400_000;
const steps = [60, 300, 900, 1_800, 3_600, 7_200, 21_600, 86_400];
const TIME_LIMIT_MS = 10_000;

/** One span of time. */
export interface StatsPoint {
  /** Its beginning, epoch ms. */
  readonly time: number;
  /** Media events of it, by family. */
  readonly events: Readonly<Record<string, number>>;
  /** Deliveries that were made in it, by what has become of them. */
  readonly deliveries: Readonly<Record<DeliveryState, number>>;
  /** Requests of it. */
  readonly attempts: { readonly succeeded: number; readonly failed: number };
  /** From an event's cause to the end of its delivery, of those that were delivered, milliseconds; null for none. */
  readonly latency: { readonly mean: number; readonly max: number } | null;
}

export interface Stats {
  /** Milliseconds of each point. */
  readonly step: number;
  readonly points: readonly StatsPoint[];
}

const none = () => Object.fromEntries(deliveryStates.map((state) => [state, 0])) as Record<DeliveryState, number>;

/** What happened and what was sent in the last hours, for plots: read in the worker. */
export async function stats(database: Database, hours: number, now: number): Promise<Stats> {
  const seconds = hours * 3_600;
  const step = (steps.find((one) => seconds / one <= POINTS) ?? 86_400) * 1_000;
  const from = Math.floor((now - seconds * 1_000) / step) * step + step;
  const points = new Map<number, { -readonly [K in keyof StatsPoint]: StatsPoint[K] }>();
  for (let time = from; time <= now; time += step) {
    points.set(time, { time, events: {}, deliveries: none(), attempts: { succeeded: 0, failed: 0 }, latency: null });
  }
  const limits = { timeoutMs: TIME_LIMIT_MS };
  const [events, deliveries, attempts] = await Promise.all([
    database.readLong(
      `SELECT time - time % CAST(? AS INTEGER) AS span, family, count(*) AS n FROM events
       WHERE reelay_alive() AND seq >= ? AND time >= ? GROUP BY span, family`,
      [step, firstSince(database.read, "events", from), from],
      limits,
    ),
    database.readLong(
      `SELECT created_at - created_at % CAST(? AS INTEGER) AS span, state, count(*) AS n, sum(ended_at - event_time) AS took,
         max(ended_at - event_time) AS longest
       FROM told_deliveries WHERE reelay_alive() AND seq >= ? AND created_at >= ? GROUP BY span, state`,
      [step, firstSince(database.read, "deliveries", from), from],
      limits,
    ),
    database.readLong(
      `SELECT a.at - a.at % CAST(? AS INTEGER) AS span, sum(a.error IS NULL) AS succeeded, sum(a.error IS NOT NULL) AS failed
       FROM attempts a WHERE reelay_alive() AND a.at >= ?
         AND a.delivery >= ? GROUP BY span`,
      [step, from, firstSince(database.read, "deliveries", from - TRIED_MS)],
      limits,
    ),
  ]);
  for (const { span, family, n } of events) {
    const point = points.get(Number(span));
    if (point !== undefined) point.events = { ...point.events, [String(family)]: Number(n) };
  }
  for (const { span, state, n, took, longest } of deliveries) {
    const point = points.get(Number(span));
    if (point === undefined) continue;
    point.deliveries = { ...point.deliveries, [String(state)]: Number(n) };
    if (state === "delivered") point.latency = { mean: Math.round(Number(took) / Number(n)), max: Number(longest) };
  }
  for (const { span, succeeded, failed } of attempts) {
    const point = points.get(Number(span));
    if (point !== undefined) point.attempts = { succeeded: Number(succeeded), failed: Number(failed) };
  }
  return { step, points: [...points.values()] };
}
