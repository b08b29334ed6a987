import type { MediaEvent } from "../api/types.ts";

interface Container {
  readonly NotificationContainer: { readonly type: string } & Readonly<Record<string, unknown>>;
}

/** The message on a WebSocket; undefined where clients of Plex are told nothing. */
export function webSocketForm({ notification }: MediaEvent): string | undefined {
  return notification === null ? undefined : JSON.stringify(notification);
}

/** The event of the stream: the payload without its container, and one object instead of an array. */
export function sseForm({ notification, position }: MediaEvent): string | undefined {
  if (notification === null) return undefined;
  const { type, size: _size, ...payload } = (notification as Container).NotificationContainer;
  const [[key, value] = ["", undefined]] = Object.entries(payload);
  const entry = Array.isArray(value) ? value[0] : value;
  return `id: ${position}\nevent: ${type}\ndata: ${JSON.stringify({ [key]: entry })}\n\n`;
}
