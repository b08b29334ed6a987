import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { type EventFilter, eventPage } from "../api/queries.ts";
import type { MediaEvent } from "../api/types.ts";
import { useLive } from "../live/live-context.tsx";
import { matcher } from "./filter.ts";

const PAGE = 100;

export interface EventList {
  /** Newest first. */
  readonly events: readonly MediaEvent[];
  /** How many have come since it is held. */
  readonly held: number;
  readonly isLoading: boolean;
  readonly error: unknown;
  readonly hasOlder: boolean;
  readonly loadOlder: () => void;
  readonly retry: () => void;
}

/**
 * The stream and, below it, the history: one list, each event once.
 * @param hold while true nothing is added at its top
 */
export function useEventList(filter: EventFilter, hold: boolean): EventList {
  const { type, q, account, section, item, since, until } = filter;
  const matches = useMemo(
    () => matcher({ type, q, account, section, item, since, until }),
    [type, q, account, section, item, since, until],
  );
  const history = useInfiniteQuery({
    queryKey: ["events", type, q, account, section, item, since, until],
    queryFn: ({ pageParam, signal }) => eventPage(filter, pageParam, PAGE, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    // What is newer comes by the stream.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnMount: "always",
  });
  const { data } = history;
  const past = useMemo(() => data?.pages.flatMap(({ events }) => events) ?? [], [data]);
  const live = useLiveMatches(matches);
  const fresh = useMemo(() => after(live, past), [live, past]);
  const shown = useHeld(fresh, hold);
  const events = useMemo(() => [...shown.toReversed(), ...past], [shown, past]);
  return {
    events,
    held: fresh.length - shown.length,
    isLoading: history.isPending,
    error: history.error,
    hasOlder: history.hasNextPage,
    loadOlder: () => {
      if (history.hasNextPage && !history.isFetching) void history.fetchNextPage();
    },
    retry: () => void history.refetch(),
  };
}

/** Those of the stream that match, oldest first. */
function useLiveMatches(matches: (event: MediaEvent) => boolean): readonly MediaEvent[] {
  const live = useLive();
  const [list, setList] = useState<readonly MediaEvent[]>([]);
  useEffect(() => {
    setList(live.events.filter(matches));
    return live.onBatch((batch) => {
      const more = batch.filter(matches);
      if (more.length > 0) setList((before) => [...before, ...more].slice(-10_000));
    });
  }, [live, matches]);
  return list;
}

/** What the history did not have yet. */
function after(live: readonly MediaEvent[], past: readonly MediaEvent[]): readonly MediaEvent[] {
  const newest = past[0]?.id;
  const newer = newest === undefined ? live : live.slice(live.findLastIndex(({ id }) => id === newest) + 1);
  const known = new Set(past.slice(0, 2 * PAGE).map(({ id }) => id));
  return newer.filter(({ id }) => !known.has(id));
}

/** The list as it was when it began to be held. */
function useHeld(fresh: readonly MediaEvent[], hold: boolean): readonly MediaEvent[] {
  const [from, setFrom] = useState<string | null | undefined>();
  const newest = fresh.at(-1)?.id ?? null;
  if (hold && from === undefined) setFrom(newest);
  if (!hold && from !== undefined) setFrom(undefined);
  return useMemo(() => {
    if (!hold || from === undefined) return fresh;
    return from === null ? [] : fresh.slice(0, fresh.findLastIndex(({ id }) => id === from) + 1);
  }, [fresh, hold, from]);
}
