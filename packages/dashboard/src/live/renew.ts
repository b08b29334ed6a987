import type { QueryClient } from "@tanstack/react-query";
import type { LiveEvents } from "./live-events.ts";

/** Which answers an event makes old, by the beginning of its type: keys as in api/queries.ts. */
const touched: readonly (readonly [prefix: string, keys: readonly string[]])[] = [
  ["session.progressed", []],
  ["session.", ["sessions", "viewings", "item"]],
  ["activity.updated", []],
  ["activity.", ["activities", "health", "sections"]],
  ["item.processing", []],
  ["item.analyzing", []],
  ["item.", ["item", "items", "recent"]],
  ["preference.", ["preferences"]],
  ["account.", ["accounts", "me"]],
  ["device.", ["devices"]],
  ["database.", ["health"]],
  ["status.", ["sections"]],
  ["upstream.notified", []],
  ["upstream.progressed", []],
  ["upstream.", ["upstreams"]],
];
/** A scan tells hundreds of events: one renewal for all of them. */
const TOGETHER_MS = 400;

/** Renews answers of the API as events say that they are old. @returns what ends it */
export function renew(live: LiveEvents, queries: QueryClient): () => void {
  const old = new Set<string>();
  let timer: number | undefined;
  let wasLost = false;
  const flush = () => {
    timer = undefined;
    for (const key of old) void queries.invalidateQueries({ queryKey: [key] });
    old.clear();
  };
  const stops = [
    live.onBatch((events) => {
      for (const { type } of events) {
        const found = touched.find(([prefix]) => type.startsWith(prefix));
        for (const key of found?.[1] ?? []) old.add(key);
      }
      if (old.size > 0) timer ??= window.setTimeout(flush, TOGETHER_MS);
    }),
    // What is missing cannot say what it made old.
    live.onGap(() => {
      void queries.resetQueries({ queryKey: ["events"] });
      void queries.invalidateQueries({ predicate: ({ queryKey: [key] }) => key !== "events" });
    }),
    live.onState(() => {
      // What failed meanwhile is asked again. Events that were missed come by the stream, however many are listed.
      if (live.state === "open" && wasLost) {
        void queries.invalidateQueries({
          predicate: ({ queryKey: [key], state }) => key !== "events" || state.status === "error",
        });
      }
      if (live.state === "refused") void queries.invalidateQueries({ queryKey: ["me"] });
      wasLost = live.state === "lost";
    }),
  ];
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}
