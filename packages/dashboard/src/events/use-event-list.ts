import { useInfiniteQuery } from "@tanstack/react-query";
import { useLayoutEffect, useMemo, useState } from "react";
import { type EventFilter, eventPage } from "../api/queries.ts";
import type { MediaEvent } from "../api/types.ts";
import { useLive } from "../live/live-context.tsx";
import { matcher } from "./filter.ts";
import { added, begin, type Matches, type Newest, notYetIn } from "./newest.ts";

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
  const newest = useNewest(matches);
  const shown = useHeld(newest, hold);
  const { data, ...history } = useInfiniteQuery({
    queryKey: ["events", type, q, account, section, item, since, until, shown.olderThan],
    queryFn: ({ pageParam, signal }) => eventPage(filter, pageParam, PAGE, signal),
    initialPageParam: shown.olderThan,
    getNextPageParam: ({ next }) => next ?? undefined,
    // What is newer comes by the stream.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnMount: "always",
  });
  const past = useMemo(() => data?.pages.flatMap(({ events }) => events) ?? [], [data]);
  const known = useMemo(() => new Set(past.map(({ id }) => id)), [past]);
  const events = useMemo(() => [...notYetIn(past, known, shown.events).toReversed(), ...past], [shown, past, known]);
  return {
    events,
    held: newest.count - shown.count,
    isLoading: history.isPending,
    error: history.error,
    hasOlder: history.isPending || history.hasNextPage,
    loadOlder: () => {
      if (history.hasNextPage && !history.isFetching) void history.fetchNextPage();
    },
    retry: () => void history.refetch(),
  };
}

function useNewest(matches: Matches): Newest {
  const live = useLive();
  const [state, setNewest] = useState(() => begin(live.events, matches));
  const newest = state.matches === matches ? state : begin(live.events, matches);
  if (newest !== state) setNewest(newest);
  const drawnOf = live.events;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was drawn of counts only when the listening begins
  useLayoutEffect(() => {
    if (live.events !== drawnOf) setNewest(begin(live.events, matches));
    return live.onBatch((batch) => {
      const more = batch.filter(matches);
      if (more.length > 0) setNewest((before) => added(before, more));
    });
  }, [live, matches]);
  return newest;
}

/** As it was when it began to be held. */
function useHeld(newest: Newest, hold: boolean): Newest {
  const [held, setHeld] = useState<Newest>();
  const kept = held?.matches === newest.matches ? held : undefined;
  if (hold && kept === undefined) setHeld(newest);
  if (!hold && held !== undefined) setHeld(undefined);
  return (hold ? kept : undefined) ?? newest;
}
