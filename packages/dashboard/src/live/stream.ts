import { PlexAPI } from "@reelay/sdk";
import { serverUrl } from "../api/client.ts";
import type { MediaEvent } from "../api/types.ts";

/** `refused`: this browser is not signed in any more. */
export type StreamState = "connecting" | "open" | "lost" | "refused";

export interface StreamListener {
  readonly onEvent: (event: MediaEvent) => void;
  /** Events are missing that the server has no more. */
  readonly onGap: () => void;
  readonly onState: (state: StreamState) => void;
}

/** All events of the server over one WebSocket, that comes back and goes on where it was. @returns what ends it */
export function openStream({ onEvent, onGap, onState }: StreamListener): () => void {
  const client = new PlexAPI({ serverURL: serverUrl.href });
  const stream = client.events.subscribe({ source: "reelay", transport: "websocket" });
  let ended = false;
  onState("connecting");
  stream.on("*", (event) => (event.type === "gap" ? onGap() : onEvent(event as MediaEvent)));
  stream.on("state", ({ state }) => {
    if (state === "open") onState("open");
    else if (state === "waiting") onState("lost");
  });
  // It comes back by itself from all but a refusal.
  stream.closed.catch(() => {
    if (!ended) onState("refused");
  });
  return () => {
    ended = true;
    void stream.close();
  };
}
