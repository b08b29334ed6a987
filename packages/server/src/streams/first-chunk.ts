import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type Answered, type FirstChunkRoute, pathOf, type RequestHead, standardHeaders } from "../http/index.ts";
import type { Clock } from "../support/index.ts";
import { ownSocket } from "./bare-socket.ts";
import { chunked } from "./framing.ts";
import { type HttpStreamKind, streamHeaders } from "./http-stream.ts";
import type { Admission, Hub } from "./hub.ts";
import { plainStreamAt, routePath, webSocketAt } from "./paths.ts";
import type { Connection } from "./subscriber.ts";
import { readStreamRequest } from "./subscription.ts";
import { acceptHandshake } from "./websocket-handshake.ts";
import { WebSockets } from "./websocket-stream.ts";

export interface FirstChunkOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  /** Machine identifier of the server whose notifications Plex's streams tell. Default: all that are in the log. */
  readonly origin?: () => string;
  readonly onAnswered?: (answered: Answered) => void;
}

/** A client has nothing to say behind its request; what it says is thrown away, and so is who says more than this. Bytes. */
const INBOUND_LIMIT = 65_536;

/**
 * The streams as they are served at the first chunk of a connection: what nearly all clients send, in a tenth of the
 * memory. Only what succeeds is answered here; refusals are node:http's way to make.
 */
export function streamsAtFirstChunk({ hub, clock, origin, onAnswered }: FirstChunkOptions): FirstChunkRoute {
  const webSockets = new WebSockets(hub, clock);
  return (head, letIn) => {
    const began = performance.now();
    const path = pathOf(head.url ?? "/");
    const answered = (status: number) =>
      onAnswered?.({
        method: "GET",
        route: routePath(path),
        url: head.url ?? "/",
        status,
        ms: Math.round(performance.now() - began),
      });
    if (head.headers.upgrade !== undefined) {
      const source = webSocketAt(path);
      if (source === undefined) return undefined;
      const viewer = letIn(head);
      const admission = hub.admit("websocket", readStreamRequest(head, source, origin), viewer);
      const answer = acceptHandshake(head);
      return (socket) => {
        webSockets.open(socket, answer, admission);
        answered(101);
      };
    }
    const stream = plainStreamAt(path, head);
    if (stream === undefined) return undefined;
    const { kind, source } = stream;
    const viewer = letIn(head);
    const asked = readStreamRequest(head, source, origin);
    const admission = hub.admit(kind.wire, asked, viewer);
    const answer = streamHead(head, kind);
    return (socket) => {
      openStream(hub, socket, kind, answer, admission);
      answered(200);
    };
  };
}

/** As node:http writes it for the same stream. */
function streamHead(head: RequestHead, kind: HttpStreamKind): string {
  const headers = {
    ...standardHeaders(head),
    ...streamHeaders(kind),
    connection: "close",
    Date: new Date().toUTCString(),
    "Transfer-Encoding": "chunked",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 200 ${STATUS_CODES[200]}\r\n${lines.join("")}\r\n`;
}

function openStream(hub: Hub, socket: Socket, kind: HttpStreamKind, answer: string, admission: Admission): void {
  ownSocket(socket);
  socket.on("data", discard);
  socket.cork();
  socket.write(answer, "latin1");
  hub.open(admission, new ChunkedStream(kind.wire, socket));
  socket.uncork();
}

/** An HTTP answer without node's response object. */
class ChunkedStream implements Connection {
  readonly wire: HttpStreamKind["wire"];
  readonly framing = chunked;
  readonly socket: Socket;

  constructor(wire: HttpStreamKind["wire"], socket: Socket) {
    this.wire = wire;
    this.socket = socket;
  }

  /** The empty chunk, by which proxies and clients tell an end from a cut. */
  end(): void {
    this.socket.end("0\r\n\r\n");
  }
}

function discard(this: Socket): void {
  if (this.bytesRead > INBOUND_LIMIT) this.destroy();
}
