import { connect, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { encodePongFrame } from "@reelay/protocol";

/** How the bytes of a request come to the server: alone in one piece, one by one, or with others behind them in the piece. */
export type Arrival = "in one chunk" | "byte by byte" | "with more behind it";

export const arrivals: readonly Arrival[] = ["in one chunk", "byte by byte", "with more behind it"];

/**
 * As `createConnection` of a request of node:http, node:https or `ws`.
 * @param tls whatever the server's certificate is; a piece is then a record of its own
 */
export function arriving(how: Arrival, tls = false): (options: object) => Socket {
  return (options) => {
    const to = options as { port: number };
    const socket = tls ? connectSecurely({ ...to, rejectUnauthorized: false }) : connect(to);
    socket.setNoDelay(true);
    if (how !== "in one chunk") changeFirstWrite(socket, how);
    return socket;
  };
}

/** The first write of a client is its whole head. */
function changeFirstWrite(socket: Socket, how: Arrival): void {
  const write = socket.write.bind(socket) as (bytes: Buffer) => boolean;
  let waiting: Buffer[] | undefined;
  socket.write = ((data: string | Uint8Array, encoding?: unknown) => {
    const bytes =
      typeof data === "string" ? Buffer.from(data, encoding === "latin1" ? "latin1" : "utf8") : Buffer.from(data);
    if (waiting !== undefined) waiting.push(bytes);
    else if (how === "with more behind it") {
      socket.write = write as typeof socket.write;
      write(Buffer.concat([bytes, behind(bytes)]));
    } else {
      waiting = [];
      sendSlowly(bytes);
    }
    return true;
  }) as typeof socket.write;

  function sendSlowly(bytes: Buffer, at = 0): void {
    if (at < bytes.length) {
      write(bytes.subarray(at, at + 1));
      setImmediate(() => sendSlowly(bytes, at + 1));
      return;
    }
    socket.write = write as typeof socket.write;
    for (const rest of waiting ?? []) write(rest);
  }
}

/** Something that changes nothing: behind a handshake a frame, behind any other request another one. */
function behind(request: Buffer): Buffer {
  if (/^upgrade: websocket\r$/im.test(request.toString("latin1"))) {
    return Buffer.from(encodePongFrame(undefined, { random: (bytes) => bytes.fill(7) }));
  }
  return Buffer.from("GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
}
