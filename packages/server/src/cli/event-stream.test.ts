import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ManualClock } from "../support/index.ts";
import { type FollowOptions, follow, type StreamItem } from "./event-stream.ts";

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server whose n-th answer is the n-th of `answers`, the last one for ever; and what it was asked. */
async function serverWith(...answers: Answer[]) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(request);
    answer?.(response, request);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const events =
  (...frames: readonly string[]): Answer =>
  (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const frame of frames) response.write(frame);
  };
const thenEnd =
  (answer: Answer): Answer =>
  (response, request) => {
    answer(response, request);
    response.end();
  };
const refuse =
  (status: number, body = ""): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  };
const status = (id: string) => `id: ${id}\nevent: status\ndata: {"StatusNotification":{"title":"${id}"}}\n\n`;

/** The first `count` items, as words. */
async function take(count: number, options: Omit<FollowOptions, "signal" | "backOff">): Promise<string[]> {
  const stop = new AbortController();
  const words = (item: StreamItem) =>
    item.kind === "event" ? `${item.event.event} ${item.event.lastEventId}` : item.kind;
  const items: string[] = [];
  for await (const item of follow({ ...options, signal: stop.signal, backOff: () => 0 })) {
    items.push(words(item));
    if (items.length === count) stop.abort();
  }
  return items;
}

test("after a lost connection it says so, comes back, and goes on after the last event", async () => {
  const { url, asked } = await serverWith(
    thenEnd(events(status("e-1"), status("e-2"))),
    refuse(503),
    events(status("e-3")),
  );
  expect(await take(5, { address: () => ({ url, token: "t" }) })).toEqual([
    "status e-1",
    "status e-2",
    "lost",
    "back",
    "status e-3",
  ]);
  expect(asked.map((request) => request.headers["last-event-id"])).toEqual([undefined, "e-2", "e-2"]);
  expect(asked[0]?.headers["x-plex-token"]).toBe("t");
});

test("a ping moves the position on, and an event cut in two does not", async () => {
  const { url, asked } = await serverWith(
    thenEnd(events(status("e-1"), "id: e-5\nevent: ping\ndata: {}\n\n", status("e-6").slice(0, 20))),
    events(status("e-6")),
  );
  expect(await take(5, { address: () => ({ url, token: undefined }) })).toEqual([
    "status e-1",
    "ping e-5",
    "lost",
    "back",
    "status e-6",
  ]);
  expect(asked[1]?.headers["last-event-id"]).toBe("e-5");
});

test("it begins where it is told to, with the filters that it was given", async () => {
  const { url, asked } = await serverWith(events(status("e-1")));
  await take(1, { address: () => ({ url, token: "t" }), since: "earliest", filters: "timeline,-a&b" });
  expect(asked[0]?.headers["last-event-id"]).toBe("earliest");
  expect(asked[0]?.url).toBe("/:/eventsource/notifications?filters=timeline%2C-a%26b");
});

test("a server that is silent for 25 s is taken for dead", async () => {
  const clock = new ManualClock();
  const { url } = await serverWith(events(status("e-1")), events(status("e-2")));
  const stop = new AbortController();
  const items: string[] = [];
  for await (const item of follow({
    address: () => ({ url, token: "t" }),
    signal: stop.signal,
    clock,
    backOff: () => 0,
  })) {
    items.push(item.kind);
    if (items.length === 1) setImmediate(() => clock.advance(25_000));
    if (items.length === 4) stop.abort();
  }
  expect(items).toEqual(["event", "lost", "back", "event"]);
});

test("a server that was restarted with another token is asked with that", async () => {
  const first = await serverWith(thenEnd(events(status("e-1"))));
  const second = await serverWith(refuse(401), events(status("e-2")));
  let down = 1;
  const address = () => {
    if (first.asked.length === 0) return { url: first.url, token: "old" };
    if (down-- > 0) return undefined;
    // server.json is read before the new server has written it, and again after that.
    return { url: second.url, token: second.asked.length === 0 ? "old" : "new" };
  };
  const items = await take(4, { address });
  expect(items).toEqual(["status e-1", "lost", "back", "status e-2"]);
  expect(second.asked.at(-1)?.headers["x-plex-token"]).toBe("new");
});

test.each([
  ["401", refuse(401), "REELAY_UNAUTHORIZED"],
  ["a code of Reelay", refuse(400, '{"error":{"code":"REELAY_BAD_REQUEST","detail":"why"}}'), "REELAY_BAD_REQUEST"],
  ["another program's 404", refuse(404, "<html>"), "REELAY_SERVER_UNREACHABLE"],
  [
    "a page",
    ((response) => response.writeHead(200, { "content-type": "text/html" }).end("hello")) as Answer,
    "REELAY_SERVER_UNREACHABLE",
  ],
])("%s at the beginning ends it with that error", async (_what, answer, code) => {
  const { url } = await serverWith(answer);
  await expect(take(1, { address: () => ({ url, token: "t" }) })).rejects.toMatchObject({ code });
});

test("401 after a lost connection ends it: asking again would be no use", async () => {
  const { url, asked } = await serverWith(thenEnd(events(status("e-1"))), refuse(401));
  await expect(take(9, { address: () => ({ url, token: "t" }) })).rejects.toMatchObject({
    code: "REELAY_UNAUTHORIZED",
  });
  expect(asked).toHaveLength(2);
});

test("no server at the beginning is an error", async () => {
  await expect(take(1, { address: () => undefined })).rejects.toMatchObject({ code: "REELAY_SERVER_UNREACHABLE" });
  const { url } = await serverWith((response) => response.destroy());
  await expect(take(1, { address: () => ({ url, token: "t" }) })).rejects.toMatchObject({
    code: "REELAY_SERVER_UNREACHABLE",
  });
});

test("204 ends it: the server wants no more requests", async () => {
  const { url } = await serverWith(refuse(204));
  expect(await take(1, { address: () => ({ url, token: "t" }) })).toEqual([]);
});
