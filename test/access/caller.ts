import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { WebSocket } from "ws";
import { type Arrival, arriving } from "../../packages/server/src/streams/testing/arrival.ts";

/** A request as its headers are, without anything that a client adds by itself. */
export interface Asked {
  readonly port: number;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Which of this machine's addresses it comes from. All of 127.0.0.0/8 are. */
  readonly from?: string;
  /** JSON. */
  readonly body?: object;
  /** How its bytes come. Default: in one chunk. */
  readonly arrival?: Arrival;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of a stream that was opened: nothing. */
  readonly body: string;
  /** Of a stream that was opened: its end, as soon as there is one. */
  readonly ended: Promise<void>;
  /** Ends it from here. */
  close(): void;
}

interface Route {
  readonly path: string;
  readonly upgrade?: boolean;
  readonly arrival?: Arrival;
}

const sse: Route = { path: "/:/eventsource/notifications" };
const webSocket: Route = { path: "/:/websockets/notifications", upgrade: true };
const routes = {
  REST: { path: "/library/sections" },
  SSE: sse,
  "SSE byte by byte": { ...sse, arrival: "byte by byte" },
  "SSE with more behind it": { ...sse, arrival: "with more behind it" },
  WebSocket: webSocket,
  "WebSocket byte by byte": { ...webSocket, arrival: "byte by byte" },
  "WebSocket with more behind it": { ...webSocket, arrival: "with more behind it" },
} as const satisfies Readonly<Record<string, Route>>;
export type Way = keyof typeof routes;
export const ways = Object.keys(routes) as Way[];

/** Something that only those who are let in can read, by each of the ways. 200 or 101 is in. */
export function read(way: Way, asked: Asked, base = ""): Promise<Answer> {
  const { path, upgrade: upgrades, arrival }: Route = routes[way];
  const there = { path: base + path, ...(arrival === undefined ? {} : { arrival }), ...asked };
  return upgrades === true ? upgrade(there) : ask(there);
}

export async function ask({
  port,
  method = "GET",
  path = "/",
  headers = {},
  from,
  body,
  arrival,
}: Asked): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const sent = request({
    host: "127.0.0.1",
    ...{ port, method, path },
    // An agent would make connections of its own.
    ...(arrival === undefined ? { agent: false } : { createConnection: arriving(arrival) }),
    ...(from === undefined ? {} : { localAddress: from }),
    headers: {
      accept: "application/json",
      // Behind a request that is to be the last there may be no other.
      ...(arrival === undefined ? {} : { connection: "keep-alive" }),
      ...(payload === undefined
        ? {}
        : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }),
      ...headers,
    },
  });
  sent.end(payload);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const { statusCode: status = 0, headers: said } = response;
  const isStream = said["content-type"] === "text/event-stream";
  // A cut is an end as well.
  response.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => response.once("close", resolve));
  if (isStream) response.resume();
  return { status, headers: said, body: isStream ? "" : await text(response), ended, close: () => response.destroy() };
}

async function upgrade({ port, path, headers, from, arrival }: Asked): Promise<Answer> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
    headers: { accept: "application/json", ...headers },
    ...(arrival === undefined ? {} : { createConnection: arriving(arrival) }),
    ...(from === undefined ? {} : { localAddress: from }),
  });
  // After a refusal there is nothing to close, for `ws` an error.
  socket.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
  socket.on("upgrade", resolve);
  socket.on("unexpected-response", (_request, response) => resolve(response));
  const response = await promise;
  const { statusCode: status = 0, headers: said } = response;
  const body = status === 101 ? "" : await text(response);
  return { status, headers: said, body, ended, close: () => socket.terminate() };
}

/** `in`, or the code of the refusal. */
export function verdict({ status, headers }: Answer): string {
  return status === 200 || status === 101 ? "in" : String(headers["x-reelay-error"]);
}

/** Names of the headers by which a page of another origin would be let read. */
export function corsOf({ headers }: Answer): readonly string[] {
  return Object.keys(headers).filter((name) => name.startsWith("access-control"));
}
