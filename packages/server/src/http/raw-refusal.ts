import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type ReelayError, systemClock } from "../support/index.ts";
import { corsHeaders } from "./cors.ts";
import { errorAnswer } from "./error-body.ts";
import type { RequestHead } from "./query.ts";

/** How long a refused caller may take to read why. Closed at once, with bytes unread, TCP would take the answer back. */
const LINGER_MS = 2_000;

/**
 * Refuses on the bare socket, where there is no reply object: a WebSocket handshake, or bytes that are no HTTP. Sends a
 * complete HTTP answer and ends the connection. Safe to call again and on sockets that are gone.
 */
export function refuseSocket(socket: Duplex, error: ReelayError, head?: RequestHead): void {
  // The parser reports each further chunk of garbage; the first answer stands.
  if (!socket.writable) return;
  const { status, headers, body } = errorAnswer(error, head?.headers.accept);
  const lines = Object.entries({
    ...headers,
    ...(head === undefined ? {} : corsHeaders(head)),
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on("error", () => socket.destroy());
  const cancel = systemClock.after(LINGER_MS, () => socket.destroy());
  socket.once("close", cancel);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${head?.method === "HEAD" ? "" : body}`,
  );
  socket.resume();
}
