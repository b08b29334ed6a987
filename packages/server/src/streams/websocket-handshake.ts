import { createHash } from "node:crypto";
import type { RequestHead } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";

/** RFC 6455 section 1.3. */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY = /^[+/0-9A-Za-z]{22}==$/;
/** 13 is the standard's; 8 is that of a draft with the same frames. */
const VERSIONS: ReadonlySet<string> = new Set(["13", "8"]);
/** RFC 9110 section 5.6.2, in a list. */
const PROTOCOLS = /^[\w!#$%&'*+\-.^`|~]+(?:[\t ]*,[\t ]*[\w!#$%&'*+\-.^`|~]+)*$/;

/**
 * The head that answers a handshake (RFC 6455 section 4.2). Of the sub-protocols that a client names it gets the first, as
 * browsers end a connection without any of theirs; extensions are not used.
 * @throws REELAY_METHOD_NOT_ALLOWED, REELAY_WEBSOCKET_HANDSHAKE
 */
export function acceptHandshake({ method, headers }: RequestHead): string {
  if (method !== "GET") throw new ReelayError("REELAY_METHOD_NOT_ALLOWED", undefined, { headers: { allow: "GET" } });
  const key = headers["sec-websocket-key"];
  if (headers.upgrade?.toLowerCase() !== "websocket") throw refused("The header Upgrade does not say websocket.");
  if (key === undefined || !KEY.test(key)) throw refused("The header Sec-WebSocket-Key is missing or no 16 bytes.");
  if (!VERSIONS.has(headers["sec-websocket-version"] ?? "")) throw refused("The version is not 13.");
  const protocols = headers["sec-websocket-protocol"];
  if (protocols !== undefined && !PROTOCOLS.test(protocols)) {
    throw refused("The header Sec-WebSocket-Protocol is no list of names.");
  }
  const accept = createHash("sha1")
    .update(key + ACCEPT_GUID)
    .digest("base64");
  const protocol = protocols?.split(",", 1)[0]?.trim();
  const chosen = protocol === undefined ? "" : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${chosen}\r\n`;
}

function refused(detail: string): ReelayError {
  return new ReelayError("REELAY_WEBSOCKET_HANDSHAKE", detail, { headers: { "sec-websocket-version": "13" } });
}
