import type { IncomingMessage } from "node:http";
import { ReelayError } from "../support/index.ts";

/** The part of a request that comes before its body; an upgrade request has it too. */
export type RequestHead = Pick<IncomingMessage, "headers" | "httpVersion" | "method" | "url"> & {
  /** Whose address the connection comes from. */
  readonly socket?: { readonly remoteAddress?: string | undefined };
};

/** Some clients percent-encode the colon of `/:/`, which a router takes for another path. */
export function withPlainColon(url: string): string {
  return url.replace(/^\/%3A\//i, "/:/");
}

/** The path of a request target, still percent-encoded; the authority of an absolute one (RFC 9112, 3.2.2) is dropped. */
export function pathOf(url: string): string {
  const target = withPlainColon(url.replace(/^https?:\/\/[^/?#]*/i, ""));
  const end = target.search(/[?#]/);
  return (end === -1 ? target : target.slice(0, end)) || "/";
}

/**
 * The request target as it is without `basePath` (`/reelay`; empty: none); undefined for what is not below it. What is
 * percent-encoded where it need not be is another path.
 */
export function belowBase(url: string, basePath: string): string | undefined {
  if (basePath === "") return url;
  const target = url.replace(/^https?:\/\/[^/?#]*/i, "");
  if (!target.startsWith(basePath)) return undefined;
  const rest = target.slice(basePath.length);
  if (rest.startsWith("/")) return rest;
  return rest === "" || rest.startsWith("?") || rest.startsWith("#") ? `/${rest}` : undefined;
}

function queryOf(url: string): string {
  const start = url.indexOf("?");
  return start === -1 ? "" : (url.slice(start + 1).split("#", 1)[0] ?? "");
}

/** All parameters of a request in their order, repeated ones too. */
export function searchParams(head: Pick<RequestHead, "url">): URLSearchParams {
  return new URLSearchParams(queryOf(head.url ?? ""));
}

/**
 * The query as routes see it in `request.query`: of a repeated parameter the last value, as a later flag beats an earlier
 * one; {@link searchParams} has them all. Never throws: the router calls it where an exception would end the process,
 * so a malformed query is refused a step later, by {@link requireReadableQuery}.
 */
export function parseQuerystring(text: string): Record<string, string> {
  // Without a prototype, so that `__proto__` and `constructor` are parameters like all others.
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) query[name] = value;
  return query;
}

/** @throws REELAY_BAD_REQUEST for percent-encoding that is no UTF-8: guessing would make another parameter of it. */
export function requireReadableQuery(head: Pick<RequestHead, "url">): void {
  try {
    decodeURIComponent(queryOf(head.url ?? ""));
  } catch {
    throw new ReelayError("REELAY_BAD_REQUEST", "The query is not percent-encoded UTF-8.");
  }
}

/**
 * A parameter that clients send as a header or in the query, such as X-Plex-Token or X-Plex-Container-Size: names in any
 * case, the header wins, empty values count as missing, of a repeated one the last counts.
 */
export function plexParameter(head: Pick<RequestHead, "headers" | "url">, name: string): string | undefined {
  const key = name.toLowerCase();
  const header = head.headers[key];
  if (typeof header === "string" && header.trim() !== "") return header.trim();
  return namedParameters(head).get(key);
}

interface Named {
  readonly url: string | undefined;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A request is asked for a dozen of its parameters, by several rooms: they are read once. */
const named = new WeakMap<object, Named>();

/** By name in lower case, without empty values; of a repeated one the last. */
function namedParameters(head: Pick<RequestHead, "url">): Named["parameters"] {
  const known = named.get(head);
  // The router may have rewritten the address meanwhile.
  if (known !== undefined && known.url === head.url) return known.parameters;
  const parameters = new Map<string, string>();
  for (const [name, value] of searchParams(head)) if (value !== "") parameters.set(name.toLowerCase(), value);
  named.set(head, { url: head.url, parameters });
  return parameters;
}
