import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import { parseWebhookPayload } from "./parse-body.ts";

/** A request as the receiver got it, whole. */
export interface Received {
  readonly id: string;
  readonly at: number;
  readonly path: string;
  readonly event: string;
  readonly payload: Record<string, unknown>;
  readonly body: Buffer;
  readonly headers: IncomingMessage["headers"];
}

export type Behaviour = (received: Received, response: ServerResponse, request: IncomingMessage) => void;

/** Answers as most receivers do. */
export const ok: Behaviour = (_received, response) => void response.writeHead(200).end();

/** Answers with a status. */
export const answers =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (_received, response) =>
    void response.writeHead(status, headers).end("no");

/** A real receiver on loopback that notes all it gets. Its behaviour may be changed at any time. */
export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  behaviour: Behaviour;
  /** Milliseconds, of whatever clock the test has. */
  readonly now: () => number;
  #server: Server;
  #port = 0;

  private constructor(behaviour: Behaviour, now: () => number) {
    this.behaviour = behaviour;
    this.now = now;
    this.#server = this.#create();
  }

  static async open(behaviour: Behaviour = ok, now: () => number = Date.now): Promise<Receiver> {
    const receiver = new Receiver(behaviour, now);
    await receiver.#listen();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  /** Names of the events, in the order in which they came. */
  get events(): string[] {
    return this.received.map(({ event }) => event);
  }

  /** Is down: connections are refused. */
  async down(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Is back, at the same port. */
  async up(): Promise<void> {
    this.#server = this.#create();
    await this.#listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.down();
  }

  #create(): Server {
    return createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("error", () => undefined);
      request.on("end", () => {
        const body = Buffer.concat(chunks);
        const payload = parseWebhookPayload(body, request.headers["content-type"] ?? "");
        const one: Received = {
          id: String(request.headers["webhook-id"]),
          at: this.now(),
          path: request.url ?? "",
          event: String(payload.event),
          payload,
          body,
          headers: request.headers,
        };
        this.received.push(one);
        this.behaviour(one, response, request);
      });
    });
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }
}

/** A server that speaks no HTTP: what it does with a connection is the test's. */
export async function rawReceiver(onConnection: (socket: import("node:net").Socket) => void) {
  const server = new NetServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const open = new Set<import("node:net").Socket>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
