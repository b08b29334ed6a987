import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { request as secureRequest } from "node:https";
import { notificationFromSse, type ParsedNotification, parseContainer, SseParser } from "@reelay/protocol";
import { vi } from "vitest";
import { WebSocket } from "ws";
import { type Arrival, arriving } from "./arrival.ts";

export interface ConnectOptions {
  readonly port: number;
  readonly token?: string;
  /** A position, or `earliest`. */
  readonly since?: string;
  readonly filters?: string;
  /** Default: in one chunk. */
  readonly arrival?: Arrival;
  /** Over TLS, whatever the server's certificate is. */
  readonly tls?: boolean;
}

/** How a stream ended: as the server meant it to, or cut off; with the close code of a WebSocket. */
export interface End {
  readonly orderly: boolean;
  readonly code?: number;
}

/** What a test sees of a stream, whatever its transport. Received notifications count without `reelay.position`. */
export class StreamClient {
  readonly received: ParsedNotification[] = [];
  /** Heartbeats of any kind. */
  heartbeats = 0;
  /** Of the last message or heartbeat that carried one. */
  position: string | undefined;
  end: End | undefined;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Drops the connection without a word. */
  readonly cut: () => void;

  constructor(hands: { readonly pause: () => void; readonly resume: () => void; readonly cut: () => void }) {
    this.pause = hands.pause;
    this.resume = hands.resume;
    this.cut = hands.cut;
  }

  take(notification: ParsedNotification): void {
    if (notification.id !== undefined) this.position = notification.id;
    if (notification.type === "reelay.position") this.heartbeats++;
    else this.received.push(notification);
  }

  /** Titles of `status` and messages of `progress`, by which tests tell notifications apart. */
  get texts(): string[] {
    return this.received.map((notification) =>
      notification.type === "status"
        ? String(notification.entry.title)
        : notification.type === "progress"
          ? String(notification.entry.message)
          : notification.type,
    );
  }

  /** Waits until so many notifications were received. */
  async until(count: number): Promise<void> {
    await this.when(() => this.received.length >= count, `${count} notifications`);
  }

  async when(condition: () => boolean, what: string): Promise<void> {
    await vi.waitFor(
      () => {
        if (!condition()) throw new Error(`still waiting for ${what}, received ${this.received.length}`);
      },
      { timeout: 20_000, interval: 2 },
    );
  }
}

/** Refused before the stream began. */
class Refused extends Error {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];

  constructor(response: IncomingMessage, body: string) {
    super(`refused with ${response.statusCode}`);
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    this.body = body;
  }
}

export type Connect = (options: ConnectOptions) => Promise<StreamClient>;

export function connectSse(accept?: string): Connect {
  return async (options) => {
    const { response, client } = await get("/:/eventsource/notifications", options, accept);
    const parser = new SseParser({ maxEventBytes: 16 * 1_048_576 });
    response.on("data", (chunk: Uint8Array) => {
      for (const item of parser.push(chunk)) {
        if (item.kind !== "event") throw new Error(`unexpected ${item.kind}`);
        client.position = item.lastEventId;
        const parsed = notificationFromSse(item);
        if (!parsed.ok) throw new Error(parsed.error.message);
        if (parsed.value === undefined) client.heartbeats++;
        else client.take(parsed.value);
      }
    });
    return client;
  };
}

/** The octet-stream of documents, each on its line, on one of the WebSocket paths. */
export function connectLines(path: string): Connect {
  return async (options) => {
    const { response, client } = await get(path, options, "application/octet-stream", { ids: "1" });
    let rest = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) takeDocument(client, line);
    });
    return client;
  };
}

export function connectWebSocket(path: string): Connect {
  return ({ port, ...options }) => {
    const scheme = options.tls === true ? "wss" : "ws";
    const url = `${scheme}://127.0.0.1:${port}${path}?${queryOf(options, { ids: "1" })}`;
    return openWebSocket(url, takeDocument, options.arrival);
  };
}

export function openWebSocket(
  url: string,
  take: (client: StreamClient, document: string) => void,
  arrival?: Arrival,
): Promise<StreamClient> {
  const { promise, resolve, reject } = Promise.withResolvers<StreamClient>();
  const ws = new WebSocket(url, {
    headers: { accept: "application/json" },
    rejectUnauthorized: false,
    ...(arrival === undefined ? {} : { createConnection: arriving(arrival, url.startsWith("wss:")) }),
  });
  const client = new StreamClient({
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    cut: () => ws.terminate(),
  });
  ws.on("message", (data) => take(client, String(data)));
  ws.on("close", (code) => {
    client.end = { orderly: code !== 1006, code };
  });
  ws.on("open", () => resolve(client));
  ws.on("unexpected-response", (_request, response) => refused(response).catch(reject));
  ws.on("error", (error) => {
    client.end ??= { orderly: false };
    reject(error);
  });
  return promise;
}

export function takeDocument(client: StreamClient, document: string): void {
  const parsed = parseContainer(document);
  if (!parsed.ok) throw new Error(`${parsed.error.message}: ${document}`);
  for (const notification of parsed.value) client.take(notification);
}

export function queryOf(options: Omit<ConnectOptions, "port">, more: Record<string, string> = {}): URLSearchParams {
  const query = new URLSearchParams({ "X-Plex-Token": options.token ?? "owner", ...more });
  if (options.since !== undefined) query.set("lastEventId", options.since);
  if (options.filters !== undefined) query.set("filters", options.filters);
  return query;
}

export async function get(
  path: string,
  { port, arrival, tls, ...options }: ConnectOptions,
  accept = "text/event-stream",
  more: Record<string, string> = {},
): Promise<{ readonly response: IncomingMessage; readonly client: StreamClient }> {
  const sent: ClientRequest = (tls === true ? secureRequest : request)({
    host: "127.0.0.1",
    port,
    path: `${path}?${queryOf(options, more)}`,
    // Behind a request that is to be the last there may be no other.
    headers: { accept, connection: arrival === "with more behind it" ? "keep-alive" : "close" },
    rejectUnauthorized: false,
    // An agent would make connections of its own.
    ...(arrival === undefined ? { agent: false } : { createConnection: arriving(arrival, tls) }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  sent.on("response", resolve);
  sent.on("error", reject);
  sent.end();
  const response = await promise;
  if (response.statusCode !== 200) await refused(response);
  const client = new StreamClient({
    pause: () => response.pause(),
    resume: () => response.resume(),
    cut: () => response.socket.destroy(),
  });
  // An error is the answer to a cut; `complete` tells it from an end.
  response.on("error", () => undefined);
  response.on("close", () => {
    client.end = { orderly: response.complete };
  });
  return { response, client };
}

async function refused(response: IncomingMessage): Promise<never> {
  let body = "";
  for await (const chunk of response) body += String(chunk);
  throw new Refused(response, body);
}
