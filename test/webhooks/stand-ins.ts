import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A request as a receiver sees it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Something at home that takes requests by HTTP, as its makers describe it. */
export interface StandIn extends AsyncDisposable {
  readonly origin: string;
  /** What it did, in its own words. */
  readonly did: readonly string[];
  /** What it refused, and why. */
  readonly refused: readonly string[];
}

/** What it does; a number is the status that it refuses with. */
type Does = (request: Received) => string | number;

export async function standIn(does: Does): Promise<StandIn> {
  const did: string[] = [];
  const refused: string[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://stand-in");
    const { method = "", headers } = request;
    const received = { method, path: url.pathname, query: url.searchParams, headers, body: await text(request) };
    const outcome = does(received);
    if (typeof outcome === "string") did.push(outcome);
    else refused.push(`${outcome} ${method} ${request.url} ${received.body}`);
    response.writeHead(typeof outcome === "string" ? 200 : outcome).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    did,
    refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function jsonOf({ headers, body }: Received): Record<string, unknown> | undefined {
  if (headers["content-type"] !== "application/json") return undefined;
  const value: unknown = JSON.parse(body);
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

/** Services by their domain and name, with a bearer token; and webhook triggers, which need none. */
export const homeAssistant: Does = (request) => {
  const json = jsonOf(request);
  if (request.method !== "POST") return 405;
  if (json === undefined) return 400;
  const [, api, kind, ...rest] = request.path.split("/");
  if (api !== "api") return 404;
  if (kind === "webhook")
    return `trigger ${rest[0]} with ${json.event} of ${(json.Metadata as { title?: string } | undefined)?.title}`;
  if (request.headers.authorization !== "Bearer TOKEN") return 401;
  if (kind !== "services" || rest.length !== 2 || typeof json.entity_id !== "string") return 400;
  return `${rest.join(".")} ${json.entity_id}`;
};

/** The Maker API: a command of a device, by GET. */
export const hubitat: Does = ({ method, path, query }) => {
  const [, device, command] = /^\/apps\/api\/7\/devices\/(\d+)\/(\w+)$/.exec(path) ?? [];
  if (method !== "GET" || device === undefined) return 404;
  return query.get("access_token") === "TOKEN" ? `device ${device} ${command}` : 401;
};

/** A channel's webhook: a text of 1 to 2,000 characters. */
export const discord: Does = (request) => {
  const { content, allowed_mentions: mentions } = jsonOf(request) ?? {};
  if (request.method !== "POST" || request.path !== "/api/webhooks/ID/TOKEN") return 404;
  if (typeof content !== "string" || content === "" || content.length > 2_000) return 400;
  return `${content} ${JSON.stringify(mentions)}`;
};

/** A program that hands text to a voice assistant: as JSON, or as a part of the path. */
export const voice: Does = (request) => {
  const [, room, verb, sentence, ...more] = request.path.split("/").map((part) => decodeURIComponent(part));
  if (request.method === "GET" && verb === "say" && more.length === 0) return `${room}: ${sentence}`;
  const { user, command, broadcast } = jsonOf(request) ?? {};
  if (request.path !== "/assistant" || typeof user !== "string" || typeof command !== "string") return 400;
  return `${broadcast === true ? "all: " : ""}${command}`;
};
