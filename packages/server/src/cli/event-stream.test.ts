import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type FollowOptions, follow, type StreamItem } from "./event-stream.ts";
import { main } from "./main.ts";
import { TestTerminal } from "./testing.ts";

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
async function take(count: number, options: Omit<FollowOptions, "signal" | "tell" | "reconnect">): Promise<string[]> {
  const stop = new AbortController();
  const items: string[] = [];
  const tell = (item: StreamItem) => {
    items.push(words(item));
    if (items.length === count) stop.abort();
  };
  await follow({ ...options, signal: stop.signal, tell, reconnect: { initialDelayMs: 0 } });
  return items;
}

function words(item: StreamItem): string {
  if (item.kind === "event") return `${item.notification.type} ${item.id}`;
  return item.kind === "back" ? `back after ${item.position}` : item.kind;
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
    "back after e-2",
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
  expect(await take(4, { address: () => ({ url, token: undefined }) })).toEqual([
    "status e-1",
    "lost",
    "back after e-5",
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

/** An event as Reelay's own stream tells it, and the notification that clients of Plex are told of it. */
const own = (position: string, time: number | null, title: string | null): string => {
  const notification =
    title === null ? null : { NotificationContainer: { type: "status", size: 1, StatusNotification: [{ title }] } };
  const document = {
    id: "1",
    position,
    type: "status.announced",
    origin: "0",
    time,
    subject: "s",
    facts: {},
    notification,
  };
  return `id: ${position}\ndata: ${JSON.stringify(document)}\n\n`;
};

test("Reelay's own stream has the same notifications, and says when each happened", async () => {
  const { url, asked } = await serverWith(
    thenEnd(events(own("e-1", 1_700_000_000_000, "a"), own("e-2", 1_700_000_000_000, null), own("e-3", null, "b"))),
    events(own("e-4", 1_800_000_000_000, "c")),
  );
  const items: StreamItem[] = [];
  const stop = new AbortController();
  const tell = (item: StreamItem) => {
    if (items.push(item) === 5) stop.abort();
  };
  const reconnect = { initialDelayMs: 0 };
  await follow({ address: () => ({ url, token: "t" }), source: "reelay", signal: stop.signal, tell, reconnect });
  expect(items).toEqual([
    { kind: "event", notification: expect.objectContaining({ type: "status" }), id: "e-1", time: 1_700_000_000_000 },
    { kind: "event", notification: expect.objectContaining({ type: "status" }), id: "e-3" },
    { kind: "lost" },
    { kind: "back", position: "e-3" },
    { kind: "event", notification: expect.objectContaining({ type: "status" }), id: "e-4", time: 1_800_000_000_000 },
  ]);
  // Log lines are told to who asks for them.
  expect(asked.map((request) => request.url)).toEqual(Array(2).fill("/api/v1/events?filters=-log"));
});

test("a server that has no such stream is listened to as any Plex server is", async () => {
  const { url, asked } = await serverWith(refuse(404), events(status("e-1")));
  expect(await take(1, { address: () => ({ url, token: "t" }), source: "reelay", filters: "status" })).toEqual([
    "status e-1",
  ]);
  expect(asked.map((request) => request.url)).toEqual([
    "/api/v1/events?filters=status",
    "/:/eventsource/notifications?filters=status",
  ]);
});

test("tail says when an event happened, not when it is printed, and of which day where that is another", async () => {
  const today = new Date();
  today.setHours(0, 0, 0, 0);
  const times = [new Date(2023, 10, 14, 7, 8, 9), today];
  const { url } = await serverWith(
    events(...times.map((time, index) => own(`e-${index}`, time.getTime(), `n${index}`))),
  );
  const terminal = new TestTerminal();
  const tailing = main(["tail", "--url", url, "--token", "a-token-of-some-length", "--since", "earliest"], terminal);
  await Promise.race([terminal.line("n1"), tailing]);
  terminal.interrupt();
  expect(await tailing).toBe(0);
  expect(terminal.printed).toEqual([
    expect.stringMatching(/^2023-11-14 07:08:09 {2}status +n0$/),
    expect.stringMatching(/(?:^|^\S+ )00:00:00 {2}status +n1$/),
  ]);
});

test("a server that is silent for too long is taken for dead", async () => {
  const { url } = await serverWith(events(status("e-1")), events(status("e-2")));
  expect(await take(4, { address: () => ({ url, token: "t" }), heartbeatTimeoutMs: 100 })).toEqual([
    "status e-1",
    "lost",
    "back after e-1",
    "status e-2",
  ]);
});

test("what is missing, unknown or unreadable is told, and ends nothing", async () => {
  const gap = 'data: {"ReelayGapNotification":{"reason":"retention","from":"e-1","to":"e-4"}}';
  const { url } = await serverWith(
    events(
      `id: e-4\nevent: reelay.gap\n${gap}\n\n`,
      'id: e-5\nevent: new.type\ndata: {"NewNotification":{"a":1}}\n\n',
      "id: e-6\nevent: status\ndata: {\n\n",
      status("e-7"),
    ),
  );
  const items: StreamItem[] = [];
  const stop = new AbortController();
  const tell = (item: StreamItem) => {
    if (items.push(item) === 4) stop.abort();
  };
  await follow({ address: () => ({ url, token: "t" }), signal: stop.signal, tell });
  expect(items).toMatchObject([
    { notification: { type: "reelay.gap", entry: { reason: "retention", from: "e-1", to: "e-4" } }, id: "e-4" },
    { notification: { type: "new.type", payloadKey: "NewNotification", entry: { a: 1 } }, id: "e-5" },
    { kind: "unreadable", why: expect.stringMatching(/JSON/) },
    { notification: { type: "status" }, id: "e-7" },
  ]);
});

test("a server that does not resume is not believed to", async () => {
  const plain = (title: string) => `event: status\ndata: {"StatusNotification":{"title":"${title}"}}\n\n`;
  const { url } = await serverWith(thenEnd(events(plain("a"))), events(plain("b")));
  expect(await take(5, { address: () => ({ url, token: "t" }) })).toEqual([
    "status undefined",
    "lost",
    "back after undefined",
    "unresumed",
    "status undefined",
  ]);
});

test("a server that was restarted with another token is asked with that", async () => {
  const first = await serverWith(thenEnd(events(status("e-1"))));
  const second = await serverWith(refuse(401), events(status("e-2")));
  let asked = 0;
  const address = () => {
    if (first.asked.length === 0) return { url: first.url, token: "old" };
    // For a while there is none; and server.json is read before the new server has written it, and again after that.
    if (asked++ < 4) return undefined;
    return { url: second.url, token: second.asked.length === 0 ? "old" : "new" };
  };
  expect(await take(4, { address })).toEqual(["status e-1", "lost", "back after e-1", "status e-2"]);
  expect(second.asked.map((request) => request.headers["x-plex-token"])).toEqual(["old", "new"]);
  expect(second.asked.map((request) => request.headers["last-event-id"])).toEqual(["e-1", "e-1"]);
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

test("401 after a lost connection ends it, once the token was looked up again: asking more often would be no use", async () => {
  const { url, asked } = await serverWith(thenEnd(events(status("e-1"))), refuse(401));
  await expect(take(9, { address: () => ({ url, token: "t" }) })).rejects.toMatchObject({
    code: "REELAY_UNAUTHORIZED",
  });
  expect(asked).toHaveLength(3);
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
