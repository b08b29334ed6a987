import type { RequestHead } from "./query.ts";

export interface OwnOrigin {
  /** What this server itself speaks. */
  readonly scheme: "http" | "https";
  /** Where people find it, if that was given. */
  readonly publicUrl?: string | undefined;
}

const READING = new Set(["GET", "HEAD"]);

/**
 * Whether a page of this server asks, or no page at all: what a browser says of the page (`Sec-Fetch-Site`, `Origin`) must
 * be this very origin. In a plain GET over HTTP browsers say nothing; its answer is kept from foreign pages by having no
 * CORS header and a `Cross-Origin-Resource-Policy`.
 */
export function isSameOrigin(head: RequestHead, own: OwnOrigin): boolean {
  const site = head.headers["sec-fetch-site"];
  // `none`: a person opened the address by hand. No page can say so, but nothing is changed that way.
  if (site !== undefined && site !== "same-origin" && !(site === "none" && isReading(head))) return false;
  const { origin } = head.headers;
  return origin === undefined || isOwn(origin, head.headers.host, own);
}

/** Whether the browser said of which origin the page is; with each request but GET and HEAD, all of them do. */
export function saysOrigin({ headers }: RequestHead): boolean {
  return headers.origin !== undefined || headers["sec-fetch-site"] !== undefined;
}

export function isReading({ method = "GET" }: Pick<RequestHead, "method">): boolean {
  return READING.has(method);
}

function isOwn(origin: string, host: string | undefined, { scheme, publicUrl }: OwnOrigin): boolean {
  // A proxy may have changed the Host.
  if (publicUrl !== undefined && origin === new URL(publicUrl).origin) return true;
  const [asked] = origin.split("://");
  // https where we speak http: a proxy ends TLS. Never the other way round: that page came in the clear.
  if (asked !== scheme && asked !== "https") return false;
  // The default port is in neither after parsing.
  return host !== undefined && URL.parse(`${asked}://${host}`)?.origin === origin;
}
