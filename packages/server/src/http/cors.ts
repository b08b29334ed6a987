import { tokenOf } from "./gate.ts";
import type { RequestHead } from "./query.ts";

/** `accepts` is no header of HTTP, but the plexjs SDK sends it. */
const ALLOWED_HEADER = /^(?:x-plex-[a-z0-9-]+|accept|accepts|content-type|last-event-id)$/;
const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
const EXPOSED =
  "X-Plex-Protocol, X-Plex-Activity, X-Plex-Container-Start, X-Plex-Container-Total-Size, X-Reelay, X-Reelay-Error, Retry-After";

/** Whether a browser asks if a page of another origin may send a request (Fetch standard, 3.3.2). */
export function isPreflight(head: Pick<RequestHead, "headers" | "method">): boolean {
  return (
    head.method === "OPTIONS" &&
    head.headers.origin !== undefined &&
    head.headers["access-control-request-method"] !== undefined
  );
}

/**
 * The CORS headers of the answer to `head`, errors and streams included. Whoever sends a token has the right to read the
 * answer from any page: no browser adds that token by itself, so no page borrows its visitor's rights. Without a token
 * there is none of these headers.
 */
export function corsHeaders(head: Pick<RequestHead, "headers" | "method" | "url">): Readonly<Record<string, string>> {
  if (isPreflight(head)) return preflightHeaders(head);
  if (tokenOf(head) === undefined) return {};
  return { "access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED };
}

function preflightHeaders(head: Pick<RequestHead, "headers">): Readonly<Record<string, string>> {
  const asked = head.headers["access-control-request-headers"] ?? "";
  const allowed = asked
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => ALLOWED_HEADER.test(name));
  return {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": METHODS,
    // Named one by one: a wildcard cannot say X-Plex-*.
    ...(allowed.length === 0 ? {} : { "access-control-allow-headers": allowed.join(", ") }),
    "access-control-max-age": "7200",
    vary: "Access-Control-Request-Headers",
  };
}
