import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import type { Socket } from "node:net";

export interface Frame {
  readonly fin: boolean;
  /** 1 text, 2 binary, 8 close, 9 PING, 10 PONG. */
  readonly opcode: number;
  readonly payload: Buffer;
}

export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;

/** A WebSocket with no library in between: what a client that reads single frames gets to see. */
export class RawWebSocket {
  readonly frames: Frame[] = [];
  closed = false;
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #take: ((frame: Frame) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", () => undefined); // `close` follows.
    socket.on("close", () => {
      this.closed = true;
    });
  }

  /** @throws with the status when the server does not upgrade */
  static connect(url: string, headers: Readonly<Record<string, string>> = {}): Promise<RawWebSocket> {
    const key = randomBytes(16).toString("base64");
    const asked = request(url.replace(/^ws/, "http"), {
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": key,
        ...headers,
      },
    });
    const { promise, resolve, reject } = Promise.withResolvers<RawWebSocket>();
    asked.on("upgrade", (response, socket, head) => {
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      if (response.headers["sec-websocket-accept"] !== accept) reject(new Error("a wrong Sec-WebSocket-Accept"));
      const raw = new RawWebSocket(socket as Socket);
      raw.#read(head);
      resolve(raw);
    });
    asked.on("response", (response) => {
      response.resume();
      reject(new Error(`Handshake status ${response.statusCode}`));
    });
    asked.on("error", reject);
    asked.end();
    return promise;
  }

  /** Calls `take` with each frame, those that have come already first. */
  each(take: (frame: Frame) => void): void {
    for (const frame of this.frames) take(frame);
    this.#take = take;
  }

  /** Sends one masked frame. */
  send(opcode: number, text = "", fin = true): void {
    const payload = Buffer.from(text);
    if (payload.length > 125) throw new Error("twins send short frames only");
    const mask = randomBytes(4);
    const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
    this.write(Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | opcode, 0x80 | payload.length]), mask, masked]));
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Says that nothing more comes from this side. */
  finish(): void {
    this.#socket.end();
  }

  cut(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      this.frames.push(frame);
      this.#take?.(frame);
    }
  }

  #next(): Frame | undefined {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const short = bytes.readUInt8(1) & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < start) return undefined;
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < start + length) return undefined;
    this.#bytes = bytes.subarray(start + length);
    const first = bytes.readUInt8(0);
    return { fin: (first & 0x80) !== 0, opcode: first & 0x0f, payload: bytes.subarray(start, start + length) };
  }
}
