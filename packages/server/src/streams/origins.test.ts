import { afterEach, beforeEach, expect, test } from "vitest";
import type { NewMediaEvent } from "../events/index.ts";
import { connectEventsSse, connectToldEventsSse } from "./testing/events-client.ts";
import { connectSse, connectWebSocket } from "./testing/stream-client.ts";
import { ORIGIN, position, type StreamServer, startStreamServer, status, TestLog } from "./testing/stream-server.ts";

const NAS = "1".repeat(40);

/** Something that no type of ours stands for, as an upstream told it. */
const passedOn: NewMediaEvent = {
  type: "upstream.notified",
  origin: NAS,
  audience: { kind: "admins" },
  subject: "upstream:nas",
  facts: { type: "provider.content.change" },
  notification: { type: "provider.content.change", payloadKey: "Whatever", entry: { odd: [1, { deep: null }] } },
};
const events: readonly NewMediaEvent[] = [
  status("own 1"),
  { ...status("nas 1"), origin: NAS },
  passedOn,
  status("own 2"),
  { ...status("nas 2"), origin: NAS },
];

let log: TestLog;
const servers: StreamServer[] = [];
beforeEach(() => {
  log = new TestLog();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
  await log.close();
});

async function start(options: Parameters<typeof startStreamServer>[1]): Promise<StreamServer> {
  const server = await startStreamServer(log.log, options);
  servers.push(server);
  return server;
}

test.each([
  ["SSE", connectSse()],
  ["WebSocket", connectWebSocket("/:/websockets/notifications")],
])(
  "over %s one server's notifications are told and no other's, live and resumed, unchanged",
  async (_wire, connect) => {
    const own = await start({ origin: ORIGIN });
    const nas = await start({ origin: NAS });
    const live = await Promise.all([own, nas].map(({ port }) => connect({ port })));
    await log.append(events);
    const resumed = await Promise.all([own, nas].map(({ port }) => connect({ port, since: "earliest" })));
    for (const [ofOwn, ofNas] of [live, resumed]) {
      await ofOwn?.until(2);
      await ofNas?.until(3);
      expect(ofOwn?.texts).toEqual(["own 1", "own 2"]);
      expect(ofNas?.texts).toEqual(["nas 1", "provider.content.change", "nas 2"]);
      expect(ofNas?.received[1]).toMatchObject(passedOn.notification ?? {});
    }
  },
);

test("events that clients of Plex are told of are those of the one server that they see", async () => {
  const nas = await start({ origin: NAS });
  await log.append(events);
  const client = await connectToldEventsSse({ port: nas.port, since: "earliest" });
  await client.until(3);
  expect(client.texts).toEqual(["nas 1", "provider.content.change", "nas 2"]);
});

test("Reelay's own stream tells of all servers", async () => {
  const { port } = await start({ origin: ORIGIN });
  await log.append(events);
  const client = await connectEventsSse({ port, since: "earliest" });
  await client.until(5);
  expect(client.texts).toEqual(["own 1", "nas 1", "provider.content.change", "own 2", "nas 2"]);
});

test("whoever may use a section here may not use that number elsewhere", async () => {
  const nas = await start({ origin: NAS });
  const guest = await connectSse()({ port: nas.port, token: "guest" });
  await log.append([...events, { ...status("theirs", { kind: "account", accountId: 2 }), origin: NAS }]);
  await guest.until(1);
  expect(guest.texts).toEqual(["theirs"]);
});

test("what is in no log is about this server", async () => {
  const own = await start({ origin: ORIGIN });
  const client = await connectSse()({ port: own.port });
  own.hub.announce(
    { type: "status", entry: { title: "alarm", description: "", notificationName: "REELAY_ALARM" } },
    { kind: "admins" },
  );
  await client.until(1);
  expect(client.texts).toEqual(["alarm"]);
});

test("plain streams are those of a Plex server: no position anywhere, and none is heeded", async () => {
  const server = await start({ plain: true });
  await log.append([status("before")]);
  const since = position(0);
  const sse = await connectSse()({ port: server.port, since });
  const webSocket = await connectWebSocket("/:/websockets/notifications")({ port: server.port, since });
  await log.append([status("a"), status("b")]);
  server.clock.advance(10_000);
  await sse.when(() => sse.heartbeats > 0, "a heartbeat");
  for (const client of [sse, webSocket]) {
    await client.until(2);
    expect(client.texts).toEqual(["a", "b"]);
    expect(client.received.map(({ id }) => id)).toEqual([undefined, undefined]);
    expect(client.position ?? "").toBe("");
  }
});
