import type { RandomSource } from "./websocket.ts";

/** RFC 6455 section 1.3. */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 section 5.5: visible Latin-1, blanks and tabs; no CR, LF or NUL. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const HOST = /^[A-Za-z0-9._~%:[\]-]+$/;
const REQUEST_TARGET = /^\/[\x21\x22\x24-\x7e]*$/;

/** What `handshakeRequest` writes itself. */
const OWN_HEADERS = /^(?:host|upgrade|connection|content-length|transfer-encoding|sec-websocket-.*)$/i;

/** A request that opens a WebSocket. */
export interface HandshakeRequest {
  /** `name` or `name:port`; IPv6 addresses in brackets. */
  readonly host: string;
  /** Path and query, percent-encoded, beginning with `/`. */
  readonly path: string;
  /** From `websocketKey`. */
  readonly key: string;
  /** Sub-protocols, best first. Default none. */
  readonly protocols?: readonly string[];
  /** Further headers, such as `X-Plex-Token`. Values are Latin-1. */
  readonly headers?: Iterable<readonly [name: string, value: string]>;
}

/** A new `Sec-WebSocket-Key`: 16 random bytes in base64. */
export function websocketKey(random: RandomSource): string {
  const bytes = new Uint8Array(16);
  random(bytes);
  return base64(bytes);
}

/**
 * The `Sec-WebSocket-Accept` that answers a key (RFC 6455 section 4.2.2).
 * @param sha1 Digest to use; default WebCrypto, which browsers have on secure pages only.
 */
export async function websocketAccept(
  key: string,
  sha1: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array | ArrayBuffer | Promise<Uint8Array | ArrayBuffer> = (bytes) =>
    crypto.subtle.digest("SHA-1", bytes),
): Promise<string> {
  const digest = await sha1(new TextEncoder().encode(key + ACCEPT_GUID));
  return base64(digest instanceof Uint8Array ? digest : new Uint8Array(digest));
}

/**
 * The bytes of a client's handshake, to be written to a raw socket.
 * @throws RangeError if any part could end its line or be taken for another one (line ends, control characters, text beyond Latin-1, a header
 * that is written here anyway). Messages name the part and never contain its value.
 */
export function handshakeRequest(request: HandshakeRequest): Uint8Array {
  demand(HOST.test(request.host), "The host");
  demand(REQUEST_TARGET.test(request.path), "The path");
  demand(/^[A-Za-z0-9+/]{22}==$/.test(request.key), "The key");
  const lines = [
    `GET ${request.path} HTTP/1.1`,
    `Host: ${request.host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${request.key}`,
    "Sec-WebSocket-Version: 13",
  ];
  const protocols = request.protocols ?? [];
  for (const protocol of protocols) demand(TOKEN.test(protocol), "A sub-protocol");
  if (protocols.length > 0) lines.push(`Sec-WebSocket-Protocol: ${protocols.join(", ")}`);
  for (const [name, value] of request.headers ?? []) {
    demand(TOKEN.test(name), "The name of a header");
    demand(!OWN_HEADERS.test(name), `The header ${name}`);
    demand(FIELD_VALUE.test(value), `The value of the header ${name}`);
    lines.push(`${name}: ${value}`);
  }
  const text = `${lines.join("\r\n")}\r\n\r\n`;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function demand(condition: boolean, what: string): void {
  if (!condition) throw new RangeError(`${what} cannot be sent in a request`);
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
