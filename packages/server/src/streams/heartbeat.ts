import type { EndReason, Subscriber } from "./subscriber.ts";

/** Clients declare a stream dead after 15 s (Tautulli, WebSocket) or 30 s (SSE clients) without a sign of life. */
export const HEARTBEAT_MS = 10_000;
/** A socket of which nothing drains for so long is closed; its client resumes. */
const STUCK_MS = 30_000;
/** PINGs that a WebSocket client may leave unanswered. */
const UNANSWERED = 2;

/**
 * Whether a stream is to be ended at this heartbeat. As long as bytes are queued for a client, it is judged by whether
 * they leave: the PING may be among them.
 */
export function verdict(subscriber: Subscriber, now: number): EndReason | undefined {
  const stuck = subscriber.stuckFor(now);
  if (subscriber.socket.writableLength > 0) return stuck >= STUCK_MS ? "stuck" : undefined;
  if (subscriber.connection.wire !== "websocket") return undefined;
  return subscriber.unanswered++ >= UNANSWERED ? "silent" : undefined;
}
