import { queryOptions } from "@tanstack/react-query";
import { ask } from "../api/client.ts";
import type { Delivery, EventOutcome, Hook, RecordedDelivery } from "./types.ts";

/** Deliveries tell nothing on the stream: while they are looked at they are asked for anew. */
const RENEW_MS = 3_000;

export const hooksQuery = queryOptions({
  queryKey: ["hooks"],
  queryFn: async ({ signal }) => (await ask<{ readonly hooks: readonly Hook[] }>("/api/v1/hooks", { signal })).hooks,
  refetchInterval: 4 * RENEW_MS,
});

export interface DeliverySearch {
  readonly hook: string;
  /** States separated by commas. */
  readonly state?: string | undefined;
  readonly q?: string | undefined;
}

export interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  readonly next: string | null;
}

export function deliveryPage(search: DeliverySearch, before: string | undefined, limit: number, signal: AbortSignal) {
  return ask<DeliveryPage>("/api/v1/deliveries", { query: { ...search, before, limit }, signal });
}

/** The newest of a hook, for its health. */
export const newestDeliveriesQuery = (hook: string) =>
  queryOptions({
    queryKey: ["deliveries", "newest", hook],
    queryFn: async ({ signal }) => (await deliveryPage({ hook }, undefined, 100, signal)).deliveries,
    refetchInterval: 4 * RENEW_MS,
  });

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ["deliveries", "one", id],
    queryFn: ({ signal }) => ask<RecordedDelivery>(`/api/v1/deliveries/${id}`, { signal }),
    refetchInterval: RENEW_MS,
  });

export const outcomeQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["deliveries", "event", eventId],
    queryFn: ({ signal }) => ask<EventOutcome>(`/api/v1/events/${eventId}`, { signal }),
    refetchInterval: RENEW_MS,
  });

export { RENEW_MS };
