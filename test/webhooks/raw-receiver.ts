import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";

/** A request, byte by byte as it came. */
export interface RawRequest {
  readonly head: string;
  readonly body: Buffer;
  /** When it was complete, epoch ms. */
  readonly at: number;
}

/** A receiver that understands no more of HTTP than where a request ends, and so keeps every byte. */
export class RawReceiver implements AsyncDisposable {
  readonly requests: RawRequest[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#serve(socket));

  static async open(): Promise<RawReceiver> {
    const receiver = new RawReceiver();
    await once(receiver.#server.listen(0, "127.0.0.1"), "listening");
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook?room=1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let pending = Buffer.alloc(0);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (let next = split(pending); next !== undefined; next = split(pending)) {
        pending = next.rest;
        this.requests.push(next.request);
        socket.write("HTTP/1.1 204 No Content\r\n\r\n");
      }
    });
  }
}

function split(bytes: Buffer): { readonly request: RawRequest; readonly rest: Buffer<ArrayBuffer> } | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = bytes.subarray(0, end + 4).toString("latin1");
  const [, length = "0"] = /^content-length: *(\d+)\r$/im.exec(head) ?? [];
  const whole = end + 4 + Number(length);
  if (bytes.length < whole) return undefined;
  return {
    request: { head, body: bytes.subarray(end + 4, whole), at: Date.now() },
    rest: Buffer.from(bytes.subarray(whole)),
  };
}
