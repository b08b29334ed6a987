import { urlOf } from "../api/client.ts";
import type { MediaEvent } from "../api/types.ts";

export type StreamState = "connecting" | "open" | "lost";

export interface StreamListener {
  readonly onEvent: (event: MediaEvent) => void;
  /** Events are missing that the server has no more. */
  readonly onGap: () => void;
  readonly onState: (state: StreamState) => void;
}

const LONGEST_WAIT_MS = 5_000;
/** The server tells something every 10 s. */
const SILENCE_MS = 25_000;

/** All events of the server over one WebSocket, that comes back and goes on where it was. @returns what ends it */
export function openStream({ onEvent, onGap, onState }: StreamListener): () => void {
  let position: string | undefined;
  let socket: WebSocket | undefined;
  let timer: number | undefined;
  let silence: number | undefined;
  let attempts = 0;
  let ended = false;

  const heard = () => {
    clearTimeout(silence);
    silence = window.setTimeout(() => socket?.close(), SILENCE_MS);
  };
  const tell = (text: string) => {
    const document = JSON.parse(text) as MediaEvent & { readonly NotificationContainer?: Container };
    const container = document.NotificationContainer;
    if (container === undefined) {
      position = document.position;
      onEvent(document);
    } else {
      position = container.id ?? position;
      if (container.type === "reelay.gap") onGap();
    }
  };
  const connect = () => {
    const url = urlOf("/api/v1/events", { lastEventId: position });
    url.protocol = url.protocol.replace("http", "ws");
    const opened = new WebSocket(url);
    socket = opened;
    heard();
    opened.onopen = () => {
      attempts = 0;
      onState("open");
    };
    opened.onmessage = ({ data }: MessageEvent<string>) => {
      heard();
      tell(data);
    };
    opened.onclose = () => {
      clearTimeout(silence);
      if (ended) return;
      onState("lost");
      attempts++;
      timer = window.setTimeout(connect, Math.random() * Math.min(LONGEST_WAIT_MS, 250 * 2 ** attempts));
    };
  };
  onState("connecting");
  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    clearTimeout(silence);
    socket?.close();
  };
}

interface Container {
  readonly type: string;
  readonly id?: string;
}
