import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { LiveEvents } from "./live-events.ts";
import { renew } from "./renew.ts";
import type { StreamState } from "./stream.ts";

const Context = createContext<LiveEvents | undefined>(undefined);

/** Opens the stream of this tab, and keeps what the page shows up to date by it. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const [live] = useState(() => new LiveEvents());
  const queries = useQueryClient();
  useEffect(() => {
    const stopRenewing = renew(live, queries);
    const close = live.start();
    return () => {
      close();
      stopRenewing();
    };
  }, [live, queries]);
  return <Context.Provider value={live}>{children}</Context.Provider>;
}

export function useLive(): LiveEvents {
  const live = useContext(Context);
  if (live === undefined) throw new Error("outside of LiveProvider");
  return live;
}

export function useStreamState(): StreamState {
  const live = useLive();
  return useSyncExternalStore(live.onState, () => live.state);
}

/** Calls with each batch of events; the newest `listener` counts. */
export function useBatches(listener: Parameters<LiveEvents["onBatch"]>[0]): void {
  const live = useLive();
  const current = useRef(listener);
  useEffect(() => {
    current.current = listener;
  });
  useEffect(() => live.onBatch((events) => current.current(events)), [live]);
}
