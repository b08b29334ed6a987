import type { PlexAPICore } from "../core.ts";
import { InvalidRequestError, UnexpectedClientError } from "../models/errors.ts";
import type { GetNotificationsRequest } from "../models/operations.ts";
import { parseServerURL, type RequestOptions } from "./options.ts";
import { headerValue, plexHeaders } from "./plex-headers.ts";

export const EVENTSOURCE_PATH = ":/eventsource/notifications";
/** Real clients use the plural, the API's documents the singular. */
export const WEBSOCKET_PATHS = [":/websockets/notifications", ":/websocket/notifications"] as const;

/** Reelay's own events, on either transport. */
export const REELAY_PATH = "api/v1/events";

/** Sent as `User-Agent` where there is no other. */
const USER_AGENT = "reelay-sdk/0.1.0";

/** A page may not set these, and asking for it costs a preflight that a media server refuses. */
const isBrowser = () => "document" in globalThis;

/** What is asked for, before it is decided how it is sent. */
export interface Target {
  readonly client: PlexAPICore;
  readonly request: GetNotificationsRequest;
  readonly options: RequestOptions;
  /** Relative to the server's address. */
  readonly path: string;
  readonly accept: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly token: string | undefined;
}

/** The token of this moment. @throws UnexpectedClientError if the caller's function fails */
export async function currentToken({ _options: { token } }: PlexAPICore): Promise<string | undefined> {
  let value: unknown = token;
  try {
    if (typeof token === "function") value = await token();
  } catch (cause) {
    throw new UnexpectedClientError("The token function failed.", { cause });
  }
  if (value !== undefined && typeof value !== "string") throw new InvalidRequestError("The token must be a string.");
  return value || undefined;
}

/** The request that says all by headers. @throws InvalidRequestError */
export function toRequest(target: Target): Request {
  const { client, request, options, token, accept } = target;
  try {
    const headers = new Headers({ Accept: accept });
    for (const [name, value] of plexHeaders(request, client._options)) headers.set(name, headerValue(value));
    if (token !== undefined) headers.set("X-Plex-Token", headerValue(token));
    if (!isBrowser()) headers.set("User-Agent", client._options.userAgent ?? USER_AGENT);
    for (const [name, value] of Object.entries(target.headers ?? {})) if (value !== undefined) headers.set(name, value);
    for (const [name, value] of userHeaders(options)) headers.set(name, value);
    const { timeoutMs: _, retries: _1, retryCodes: _2, serverURL: _3, fetchOptions, signal: _4, ...flat } = options;
    // Not followed by itself: `fetch` would hand the token to whatever server it is sent to.
    return new Request(addressOf(target), {
      redirect: "manual",
      ...fetchOptions,
      ...flat,
      signal: null,
      method: "GET",
      headers,
    });
  } catch (cause) {
    throw new InvalidRequestError(`The request cannot be made: ${(cause as Error).message}`, { cause });
  }
}

/** The address that says all by its query, for WebSockets that carry no headers. @throws InvalidRequestError */
export function toQueryURL(target: Target): URL {
  const { client, request, options, token } = target;
  const url = addressOf(target);
  for (const [name, value] of plexHeaders(request, client._options)) url.searchParams.set(name, value);
  if (token !== undefined) url.searchParams.set("X-Plex-Token", token);
  for (const [name, value] of userHeaders(options)) {
    if (!/^x-plex-/i.test(name))
      throw new InvalidRequestError(
        `A WebSocket of this runtime cannot send the header ${name}: leave it out, or use getNotifications.`,
      );
    // `Headers` has made the name small, and in a query that is another one.
    url.searchParams.set(
      name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase()),
      value,
    );
  }
  return url;
}

/** The same request, but for the server's root: which answers a wrong token as the stream does, and a page may read it. */
export function toProbeURL(target: Target, path = ""): URL {
  const url = addressOf({ ...target, path, request: {}, query: {} });
  if (target.token !== undefined && path === "") url.searchParams.set("X-Plex-Token", target.token);
  return url;
}

function addressOf({ client, request, options, path, query = {} }: Target): URL {
  const base = options.serverURL === undefined ? client._baseURL : parseServerURL(options.serverURL);
  // Put together as text: a path that begins with a colon would be read as one with a scheme.
  const url = new URL(base.href + path);
  // Plex reads `filters` and only that.
  if (request.filter?.length) url.searchParams.set("filters", request.filter.join(","));
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}

function userHeaders({ headers, fetchOptions }: RequestOptions): Headers {
  return new Headers(headers ?? fetchOptions?.headers);
}
