import type { JsonObject } from "@reelay/protocol";

/** A notification as a server sent it, with whatever stands in it; written here without the protocol's own encoders. */
export interface PlexFrame {
  readonly type: string;
  readonly payloadKey: string;
  readonly entry: JsonObject;
  /** The WebSocket document from before December 2016: `_children` and no wrapper. There was no event stream yet. */
  readonly legacy?: boolean;
}

export function webSocketText({ type, payloadKey, entry, legacy = false }: PlexFrame): string {
  return JSON.stringify(
    legacy
      ? { _elementType: "NotificationContainer", type, size: 1, _children: [{ _elementType: payloadKey, ...entry }] }
      : { NotificationContainer: { type, size: 1, [payloadKey]: [entry] } },
  );
}

export function sseText({ type, payloadKey, entry }: PlexFrame): string {
  return `event: ${type}\ndata: ${JSON.stringify({ [payloadKey]: entry })}\n\n`;
}
