import type { IncomingHttpHeaders } from "node:http";

/** A GET as it stands in the first bytes of a connection. */
export interface PlainGet {
  readonly method: "GET";
  readonly httpVersion: "1.1";
  readonly url: string;
  /** By lower-case name, as node:http gives them. */
  readonly headers: IncomingHttpHeaders;
}

/** Bytes. Longer heads are for node:http, which knows the limits. */
const LONGEST = 8_192;
const MOST_HEADERS = 64;

const REQUEST_LINE = /^GET (\/[!"$-~]*) HTTP\/1\.1$/;
const NAME = /^[a-z][a-z0-9-]*$/;
/** Printable ASCII without blanks around it, or nothing. */
const VALUE = /^(?:[!-~](?:[\t -~]*[!-~])?)?$/;

/**
 * Headers that say where a request ends or which rules hold for it. All of that is node's to judge: a request with one of
 * these, whatever it says, is no plain one.
 */
const NOT_PLAIN = new Set([
  ...[
    "accept-version",
    "content-length",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
  ],
  "transfer-encoding",
]);

/**
 * Reads a chunk that is one whole GET of HTTP/1.1 and nothing else, written in the one way that leaves no room for two
 * readings. For everything else undefined, also for what is good HTTP: cut or followed by other bytes, a header twice or
 * folded, bare line feeds, blanks before a colon, letters beyond ASCII, an absolute address, a length or a coding.
 */
export function readPlainGet(chunk: Buffer): PlainGet | undefined {
  if (chunk.length > LONGEST) return undefined;
  const text = chunk.toString("latin1");
  if (!text.startsWith("GET /") || text.indexOf("\r\n\r\n") !== text.length - 4) return undefined;
  const [first = "", ...lines] = text.slice(0, -4).split("\r\n");
  const url = REQUEST_LINE.exec(first)?.[1];
  if (url === undefined || lines.length > MOST_HEADERS) return undefined;
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (colon === -1 || !NAME.test(name) || !VALUE.test(value)) return undefined;
    if (NOT_PLAIN.has(name) || name in headers) return undefined;
    headers[name] = value;
  }
  if (headers.host === undefined || !isPlainConnection(headers)) return undefined;
  return { method: "GET", httpVersion: "1.1", url, headers };
}

/** Whether `Connection` asks for nothing but what `Upgrade` names: a WebSocket, or nothing. */
function isPlainConnection({ connection, upgrade }: Readonly<Record<string, string>>): boolean {
  const asked = connection?.toLowerCase();
  if (upgrade === undefined) return asked === undefined || asked === "keep-alive" || asked === "close";
  return upgrade.toLowerCase() === "websocket" && (asked === "upgrade" || asked === "keep-alive, upgrade");
}
