import { queryOptions } from "@tanstack/react-query";
import { me } from "../sign-in/session.ts";
import { ask, type Query } from "./client.ts";
import type {
  Account,
  Activity,
  ButlerTask,
  Device,
  EventPage,
  Health,
  Item,
  Preference,
  Section,
  Session,
  Stats,
  Token,
  Upstream,
  Viewing,
} from "./types.ts";

/** A list of Plex's API, and how long it is in all. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
}

interface Container {
  readonly size?: number;
  readonly totalSize?: number;
  readonly Metadata?: readonly unknown[];
  readonly Directory?: readonly unknown[];
  readonly Activity?: readonly unknown[];
  readonly Setting?: readonly unknown[];
}

async function container(path: string, signal: AbortSignal, query: Query = {}): Promise<Container> {
  const answer = await ask<{ readonly MediaContainer: Container }>(path, { query, signal });
  return answer.MediaContainer;
}

async function metadata<T>(path: string, signal: AbortSignal, query: Query = {}): Promise<Page<T>> {
  const { Metadata = [], totalSize, size = 0 } = await container(path, signal, query);
  return { items: Metadata as readonly T[], total: totalSize ?? size };
}

export const meQuery = queryOptions({ queryKey: ["me"], queryFn: ({ signal }) => me(signal), staleTime: 60_000 });

export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: ({ signal }) => ask<Health>("/api/v1/health", { signal }),
  refetchInterval: 10_000,
});

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async ({ signal }) => (await metadata<Session>("/status/sessions", signal)).items,
});

export const activitiesQuery = queryOptions({
  queryKey: ["activities"],
  queryFn: async ({ signal }) => ((await container("/activities", signal)).Activity ?? []) as readonly Activity[],
});

export const recentQuery = queryOptions({
  queryKey: ["recent"],
  queryFn: async ({ signal }) =>
    (await metadata<Item>("/library/recentlyAdded", signal, { "X-Plex-Container-Size": 24 })).items,
});

export const sectionsQuery = queryOptions({
  queryKey: ["sections"],
  queryFn: async ({ signal }) => ((await container("/library/sections", signal)).Directory ?? []) as readonly Section[],
  staleTime: 30_000,
});

export interface Listing {
  readonly section: string;
  readonly title: string;
  readonly sort: string;
  readonly start: number;
  readonly size: number;
}

/** Some items of a section. */
export const itemPageQuery = ({ section, title, sort, start, size }: Listing) =>
  queryOptions({
    queryKey: ["items", section, title, sort, start, size],
    queryFn: ({ signal }) =>
      metadata<Item>(`/library/sections/${section}/all`, signal, {
        title: title === "" ? undefined : title,
        sort,
        "X-Plex-Container-Start": start,
        "X-Plex-Container-Size": size,
      }),
  });

export const itemQuery = (id: string) =>
  queryOptions({
    queryKey: ["item", id],
    queryFn: async ({ signal }) => (await metadata<Item>(`/library/metadata/${id}`, signal)).items[0],
  });

export const childrenQuery = (id: string) =>
  queryOptions({
    queryKey: ["items", "below", id],
    queryFn: ({ signal }) => metadata<Item>(`/library/metadata/${id}/children`, signal),
  });

export const viewingsQuery = (id: string) =>
  queryOptions({
    queryKey: ["viewings", id],
    queryFn: ({ signal }) =>
      metadata<Viewing>("/status/sessions/history/all", signal, {
        metadataItemID: id,
        sort: "viewedAt:desc",
        "X-Plex-Container-Size": 20,
      }),
  });

export interface EventFilter {
  /** Names separated by commas. */
  readonly type?: string | undefined;
  readonly q?: string | undefined;
  readonly account?: number | undefined;
  readonly section?: number | undefined;
  readonly item?: number | undefined;
  /** Epoch ms. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export function eventPage(filter: EventFilter, before: string | undefined, limit: number, signal: AbortSignal) {
  return ask<EventPage>("/api/v1/events/history", { query: { ...filter, before, limit }, signal });
}

/** One event of the log, by its id. The server refuses one that it does not keep, or that is not for who asks. */
export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ["event", id],
    queryFn: async ({ signal }) => {
      const { time, type } = await ask<{ readonly time: number; readonly type: string }>(`/api/v1/events/${id}`, {
        signal,
      });
      // Its form with the position is in the history only.
      const { events } = await eventPage({ type, since: time, until: time + 1 }, undefined, 500, signal);
      return events.find((event) => event.id === id) ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

export const accountsQuery = queryOptions({
  queryKey: ["accounts"],
  queryFn: async ({ signal }) =>
    (await ask<{ readonly accounts: readonly Account[] }>("/api/v1/accounts", { signal })).accounts,
  staleTime: 30_000,
});

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async ({ signal }) =>
    (await ask<{ readonly tokens: readonly Token[] }>("/api/v1/tokens", { signal })).tokens,
});

export const devicesQuery = queryOptions({
  queryKey: ["devices"],
  queryFn: async ({ signal }) =>
    (await ask<{ readonly devices: readonly Device[] }>("/api/v1/devices", { signal })).devices,
});

export const preferencesQuery = queryOptions({
  queryKey: ["preferences"],
  queryFn: async ({ signal }) => ((await container("/:/prefs", signal)).Setting ?? []) as readonly Preference[],
});

export const butlerQuery = queryOptions({
  queryKey: ["butler"],
  queryFn: async ({ signal }) =>
    (await ask<{ readonly ButlerTasks: { readonly ButlerTask: readonly ButlerTask[] } }>("/butler", { signal }))
      .ButlerTasks.ButlerTask,
});

export const statsQuery = queryOptions({
  queryKey: ["stats"],
  queryFn: ({ signal }) => ask<Stats>("/api/v1/stats", { query: { hours: 6 }, signal }),
  refetchInterval: 30_000,
});

export const upstreamsQuery = queryOptions({
  queryKey: ["upstreams"],
  queryFn: async ({ signal }) =>
    (await ask<{ readonly upstreams: readonly Upstream[] }>("/api/v1/upstreams", { signal })).upstreams,
});
