import type { RequestHead } from "../http/index.ts";
import type { HttpStreamKind } from "./http-stream.ts";
import type { Source } from "./subscription.ts";

export const SSE_PATH = "/:/eventsource/notifications";
/** Clients use the plural, the documents the singular. */
export const WEBSOCKET_PATHS = ["/:/websockets/notifications", "/:/websocket/notifications"] as const;
/** Reelay's own stream, both as SSE and as a WebSocket. */
export const EVENTS_PATH = "/api/v1/events";

const OCTET_STREAM = "application/octet-stream";

/** A stream that is the answer to a GET without an upgrade. */
export interface PlainStream {
  readonly kind: HttpStreamKind;
  readonly source: Source;
}

const plexSse: PlainStream = { kind: { wire: "sse", contentType: "text/event-stream" }, source: "plex" };
const plexOctets: PlainStream = { kind: { wire: "sse", contentType: OCTET_STREAM }, source: "plex" };
const plexLines: PlainStream = { kind: { wire: "lines", contentType: OCTET_STREAM }, source: "plex" };
const ownSse: PlainStream = { kind: plexSse.kind, source: "reelay" };

/** The stream that a GET of a path gets; undefined where there is none, or only a WebSocket. */
export function plainStreamAt(path: string, head: Pick<RequestHead, "headers">): PlainStream | undefined {
  if (path === EVENTS_PATH) return ownSse;
  if (path === SSE_PATH) return wantsOctets(head) ? plexOctets : plexSse;
  return isPlexWebSocket(path) && wantsOctets(head) ? plexLines : undefined;
}

/** What the WebSocket at a path tells; undefined where there is none. */
export function webSocketAt(path: string): Source | undefined {
  if (path === EVENTS_PATH) return "reelay";
  return isPlexWebSocket(path) ? "plex" : undefined;
}

/** As the router has it, which takes a colon for the start of a parameter, and two for a colon. */
export function routePath(path: string): string {
  return path.replaceAll(":", "::");
}

function isPlexWebSocket(path: string): boolean {
  return WEBSOCKET_PATHS.some((known) => known === path);
}

/** plexjs asks for nothing else, and takes any other answer for a failure. */
function wantsOctets({ headers }: Pick<RequestHead, "headers">): boolean {
  return headers.accept?.trim().toLowerCase() === OCTET_STREAM;
}
