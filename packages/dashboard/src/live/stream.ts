import { PlexAPICore } from "@reelay/sdk/core.js";
import { eventsSubscribe } from "@reelay/sdk/funcs/eventsSubscribe.js";
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
  const client = new PlexAPICore({ serverURL: serverUrl.href });
  const stream = eventsSubscribe(client, { source: "reelay", transport: "websocket" });
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
