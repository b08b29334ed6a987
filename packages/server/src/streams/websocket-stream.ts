import type { Socket } from "node:net";
import { encodeCloseFrame, encodePongFrame, WebSocketReader } from "@reelay/protocol";
import type { Clock } from "../support/index.ts";
import { ownSocket } from "./bare-socket.ts";
import { plain } from "./framing.ts";
import type { Admission, Hub } from "./hub.ts";
import { InboundLimit } from "./inbound-limit.ts";
import type { Connection, EndReason, Subscriber } from "./subscriber.ts";

/** How long a client that was closed for its flood may take to read why; its own frames are not read any more. */
const FLOOD_CLOSE_MS = 1_000;
/** For the end of a connection on which a close frame was sent; then it is cut. */
const CLOSE_MS = 5_000;
/** Inbound messages are ignored, so none needs to be long. Bytes. */
const LONGEST_MESSAGE = 65_536;

const closeCodes: Readonly<Record<EndReason, readonly [code: number, reason: string]>> = {
  shutdown: [1001, "the server is stopping"],
  stuck: [1013, "too slow: connect again to resume"],
  silent: [1002, "no answer to PING"],
  revoked: [1008, "the token is not valid any more"],
};

/** What all WebSockets of a server share. */
export class WebSockets {
  readonly hub: Hub;
  readonly clock: Clock;
  #spare: WebSocketReader | undefined;

  constructor(hub: Hub, clock: Clock) {
    this.hub = hub;
    this.clock = clock;
  }

  /**
   * Answers with the head of a handshake and opens the stream.
   * @param received bytes that came behind the request
   */
  open(socket: Socket, answer: string, admission: Admission, received?: Buffer): void {
    if (socket.destroyed || !socket.writable) {
      socket.destroy();
      return;
    }
    ownSocket(socket);
    socket.cork();
    socket.write(answer, "latin1");
    new WebSocketStream(this, socket).begin(admission);
    socket.uncork();
    if (received !== undefined && received.length > 0) socket.unshift(received);
  }

  /** A reader at the start of a frame. Between two frames a stream needs none, which is nearly always. */
  takeReader(): WebSocketReader {
    const reader = this.#spare ?? new WebSocketReader({ role: "server", maxMessageBytes: LONGEST_MESSAGE });
    this.#spare = undefined;
    return reader;
  }

  giveReader(reader: WebSocketReader): void {
    this.#spare = reader;
  }
}

/** One open WebSocket. It holds nothing but what is under way: thousands of them are idle. */
class WebSocketStream implements Connection {
  readonly wire = "websocket";
  readonly framing = plain;
  readonly socket: Socket;
  readonly #shared: WebSockets;
  #subscriber: Subscriber | undefined;
  /** In the middle of a frame or of a message. */
  #reader: WebSocketReader | undefined;
  #limit: InboundLimit | undefined;
  #closing = false;

  constructor(shared: WebSockets, socket: Socket) {
    this.#shared = shared;
    this.socket = socket;
  }

  begin(admission: Admission): void {
    this.socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#subscriber = this.#shared.hub.open(admission, this);
  }

  end(reason: EndReason): void {
    this.#close(...closeCodes[reason]);
  }

  #receive(chunk: Buffer): void {
    if (this.#closing) return;
    const reader = this.#reader ?? this.#shared.takeReader();
    this.#reader = reader;
    const items = reader.push(chunk);
    this.#limit ??= new InboundLimit();
    if (this.#limit.exceeded(this.#shared.clock.now(), this.socket.bytesRead, items.length)) {
      this.#endFlood();
      return;
    }
    for (const item of items) {
      if (item.kind === "close") this.#closeFor(item.code === 1005 ? 1000 : item.code, "");
      // What was wrong is told by the close frame.
      else if (item.kind === "error") this.#closeFor(item.error.closeCode, item.error.message);
      else {
        // Whatever it says, it is there.
        if (this.#subscriber !== undefined) this.#subscriber.unanswered = 0;
        if (item.kind === "ping") this.socket.write(encodePongFrame(item.data));
      }
    }
    if (!reader.isBetweenMessages) return;
    this.#reader = undefined;
    this.#shared.giveReader(reader);
  }

  /** The client has ended the stream, or must not go on. */
  #closeFor(code: number, reason: string): void {
    const { hub, clock } = this.#shared;
    if (this.#subscriber !== undefined) hub.leave(this.#subscriber);
    this.#close(code, reason);
    const { socket } = this;
    socket.once(
      "close",
      clock.after(CLOSE_MS, () => socket.destroy()),
    );
  }

  #endFlood(): void {
    this.#closeFor(1008, "too many messages");
    const { socket } = this;
    socket.pause();
    setTimeout(() => socket.destroy(), FLOOD_CLOSE_MS).unref();
  }

  /** A close frame is the last one: whatever is sent or received afterwards is nothing. */
  #close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#reader = undefined;
    this.socket.end(encodeCloseFrame(code, reason));
  }
}
