import type { MediaEvent } from "../api/types.ts";

/** What is kept of the stream; what is older is asked of the history when it is wanted. */
const KEPT = 10_000;

/** The newest events of the stream that match. */
export interface Newest {
  readonly matches: Matches;
  /** Oldest first. */
  readonly events: readonly MediaEvent[];
  /** How many there have been. */
  readonly count: number;
  /** The position that the history goes on from; undefined: from its newest, which reaches into `events`. */
  readonly olderThan: string | undefined;
}

export type Matches = (event: MediaEvent) => boolean;

export function begin(all: readonly MediaEvent[], matches: Matches): Newest {
  const events = all.filter(matches);
  return { matches, events, count: events.length, olderThan: undefined };
}

/** Where too many are kept, half of them go: seldom, because the history has to be asked anew for what follows. */
export function added(before: Newest, more: readonly MediaEvent[]): Newest {
  const all = [...before.events, ...more];
  const count = before.count + more.length;
  if (all.length <= KEPT) return { ...before, events: all, count };
  const kept = all.slice(-KEPT / 2);
  return { ...before, events: kept, count, olderThan: kept[0]?.position };
}

/** What the history did not have yet. */
export function notYetIn(
  past: readonly MediaEvent[],
  known: ReadonlySet<string | null>,
  live: readonly MediaEvent[],
): readonly MediaEvent[] {
  const newest = past[0]?.id;
  const newer = newest === undefined ? live : live.slice(live.findLastIndex(({ id }) => id === newest) + 1);
  return newer.filter(({ id }) => !known.has(id));
}
