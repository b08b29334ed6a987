import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import {
  encodeContainer,
  encodeSseNotification,
  encodeSsePing,
  type Notification,
  parseNotificationFilter,
  passesFilter,
  type UnknownNotification,
} from "@reelay/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import { lastingPort } from "../../support/lasting-port.ts";
import { type PlexFrame, sseText, webSocketText } from "./plex-frame.ts";

type Sent = Notification | UnknownNotification;

/** One open stream. */
interface Stream {
  readonly transport: "sse" | "ws";
  readonly socket: Socket;
  readonly url: URL;
  send(notification: Sent): void;
  raw(text: string): void;
  ping(): void;
}

/** An answer that takes the place of the usual one. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What was asked of the server. */
export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
}

export interface StandInOptions {
  readonly token?: string;
  /** Default 10,000 ms, as servers do. */
  readonly pingMs?: number;
  /** Whether the WebSocket sends PINGs. Of a Plex server it is not known. Default true. */
  readonly webSocketPings?: boolean;
  /** Integer ids in timeline entries, as servers of 2018. */
  readonly numericIds?: boolean;
  /** Lets pages of other sites read its answers, as Reelay does and Plex does not. */
  readonly cors?: boolean;
}

/**
 * Speaks as a Plex Media Server does where captures show it: SSE without ids and with a `ping` event, WebSocket documents of one entry without ids,
 * queries that it does not know ignored, 401 before the stream. And it can be made to fail in every way that servers do.
 */
export class PlexStandIn implements AsyncDisposable {
  readonly asked: Asked[] = [];
  /** Consulted for each request to a stream; an answer given here is sent instead. */
  refuse: (asked: Asked) => Refusal | undefined = () => undefined;
  /** Body of `/status/sessions`, and its content type. */
  sessions = { type: "text/xml;charset=utf-8", body: '<MediaContainer size="0"/>' };
  /** Answers to other paths; a delay in ms. Also in the place of `/` and `/identity`. */
  readonly rest = new Map<
    string,
    { readonly body: string | Uint8Array; readonly type?: string; readonly delayMs?: number }
  >();
  machineIdentifier = "5".repeat(40);
  token: string;
  /** Asks for no token, as servers do in networks that their owner has listed. */
  isOpen = false;
  readonly streams = new Set<Stream>();
  port = 0;
  /** Rounds of pings sent so far, on all streams. */
  pings = 0;
  readonly #options: StandInOptions;
  readonly #frozen = new Set<Socket>();
  #server: Server | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: StandInOptions) {
    this.#options = options;
    this.token = options.token ?? "stand-in-token";
  }

  static async start(options: StandInOptions = {}): Promise<PlexStandIn> {
    const standIn = new PlexStandIn(options);
    await standIn.start();
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get streamCount(): number {
    return this.streams.size;
  }

  /** Paths of the requests to streams so far. */
  get streamRequests(): readonly Asked[] {
    return this.asked.filter(({ path }) => path.startsWith("/:/"));
  }

  /** Comes up, at the same port if it was up before. */
  async start(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response));
    const webSockets = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, socket: Socket, head) => {
      socket.on("error", () => undefined);
      const { refusal, asked, url } = this.#admit(request);
      if (refusal) {
        const lines = Object.entries({ connection: "close", ...refusal.headers }).map(
          ([name, value]) => `${name}: ${value}`,
        );
        socket.end(`HTTP/1.1 ${refusal.status} Refused\r\n${lines.join("\r\n")}\r\n\r\n${refusal.body ?? ""}`);
        return;
      }
      if (!/^\/:\/websockets?\/notifications$/.test(asked.path)) {
        socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
        return;
      }
      webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#openWebSocket(webSocket, socket, url));
    });
    if (this.port === 0) this.port = await lastingPort();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, "127.0.0.1", resolve);
    });
    this.#server = server;
    this.#timer = setInterval(() => {
      for (const stream of this.streams) stream.ping();
      if (this.streams.size > 0) this.pings++;
    }, this.#options.pingMs ?? 10_000);
  }

  /** Goes down: every connection is cut, and new ones are refused. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    this.cut();
    for (const socket of this.#frozen) socket.destroy();
    this.#frozen.clear();
    server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Tells it to every stream whose filter lets it through. */
  send(notification: Sent): void {
    for (const stream of this.streams)
      if (passesFilter(parseNotificationFilter(stream.url.searchParams), notification.type)) stream.send(notification);
  }

  /** Sends it as it is to every stream, whatever its filter; what is older than the event stream goes to WebSockets only. */
  sendFrame(frame: PlexFrame): void {
    for (const { transport, raw } of this.streams) {
      if (transport === "ws") raw(webSocketText(frame));
      else if (!frame.legacy) raw(sseText(frame));
    }
  }

  /** Cuts every stream without a word. */
  cut(): void {
    for (const { socket } of this.streams) socket.destroy();
    this.streams.clear();
  }

  /** Streams stay open, but neither say nor hear anything more: what a lost network looks like. */
  freeze(): void {
    for (const { socket } of this.streams) {
      socket.pause();
      this.#frozen.add(socket);
    }
    this.streams.clear();
  }

  #admit(request: IncomingMessage): { refusal: Refusal | undefined; asked: Asked; url: URL } {
    const url = new URL(request.url ?? "/", "http://stand-in");
    const { headers, rawHeaders } = request;
    const asked = { path: url.pathname, query: url.searchParams, headers, rawHeaders };
    this.asked.push(asked);
    const token = headers["x-plex-token"] ?? url.searchParams.get("X-Plex-Token");
    const refusal =
      (asked.path.startsWith("/:/") ? this.refuse(asked) : undefined) ??
      (this.isOpen || token === this.token || asked.path === "/identity"
        ? undefined
        : { status: 401, body: "<html>Unauthorized</html>" });
    return { refusal, asked, url };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.#options.cors) {
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("access-control-allow-headers", request.headers["access-control-request-headers"] ?? "");
      if (request.method === "OPTIONS") {
        response.writeHead(204).end();
        return;
      }
    }
    const { refusal, asked, url } = this.#admit(request);
    if (refusal) {
      response.writeHead(refusal.status, { "content-type": "text/html", ...refusal.headers }).end(refusal.body);
    } else if (asked.path === "/:/eventsource/notifications") this.#openEventStream(response, url);
    else if (this.rest.has(asked.path)) {
      const { body, type = "application/json", delayMs = 0 } = this.rest.get(asked.path) ?? { body: "" };
      setTimeout(() => response.writeHead(200, { "content-type": type }).end(body), delayMs);
    } else if (asked.path === "/" || asked.path === "/identity") {
      const body = `<MediaContainer size="0" machineIdentifier="${this.machineIdentifier}" friendlyName="Stand-in" version="1.40.0.7998-c29d4c0c8"/>`;
      response.writeHead(200, { "content-type": "text/xml;charset=utf-8" }).end(body);
    } else if (asked.path === "/status/sessions") {
      response.writeHead(200, { "content-type": this.sessions.type }).end(this.sessions.body);
    } else response.writeHead(404, { "content-type": "text/html" }).end("<html>Not Found</html>");
  }

  #openEventStream(response: ServerResponse, url: URL): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.flushHeaders();
    const { socket } = response;
    if (socket === null) return;
    const { numericIds = false } = this.#options;
    this.#remember({
      transport: "sse",
      socket,
      url,
      send: (notification) => response.write(encodeSseNotification(notification, { numericIds })),
      raw: (text) => response.write(text),
      ping: () => response.write(encodeSsePing()),
    });
  }

  #openWebSocket(webSocket: WebSocket, socket: Socket, url: URL): void {
    const { numericIds = false, webSocketPings = true } = this.#options;
    webSocket.on("error", () => undefined);
    this.#remember({
      transport: "ws",
      socket,
      url,
      send: (notification) => webSocket.send(encodeContainer(notification, { numericIds })),
      raw: (text) => webSocket.send(text),
      ping: () => webSocketPings && webSocket.ping(),
    });
  }

  #remember(stream: Stream): void {
    this.streams.add(stream);
    stream.socket.on("close", () => this.streams.delete(stream));
  }
}
