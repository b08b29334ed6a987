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
 * there is none of these headers, whatever else lets the caller in, and no other page may embed the answer either.
 */
export function corsHeaders(head: Pick<RequestHead, "headers" | "method" | "url">): Readonly<Record<string, string>> {
  if (isPreflight(head)) return announcesToken(head) ? preflightHeaders(head) : {};
  if (tokenOf(head) === undefined) return { "cross-origin-resource-policy": "same-origin" };
  return { "access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED };
}

/** Whether the request that comes after a preflight has a token: only such a one may be sent. */
function announcesToken(head: Pick<RequestHead, "headers" | "url">): boolean {
  return tokenOf(head) !== undefined || askedHeaders(head).includes("x-plex-token");
}

function askedHeaders({ headers }: Pick<RequestHead, "headers">): readonly string[] {
  const asked = headers["access-control-request-headers"] ?? "";
  return asked
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
}

function preflightHeaders(head: Pick<RequestHead, "headers">): Readonly<Record<string, string>> {
  const allowed = askedHeaders(head).filter((name) => ALLOWED_HEADER.test(name));
  return {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": METHODS,
    // Named one by one: a wildcard cannot say X-Plex-*.
    ...(allowed.length === 0 ? {} : { "access-control-allow-headers": allowed.join(", ") }),
    "access-control-max-age": "7200",
    vary: "Access-Control-Request-Headers",
  };
}
