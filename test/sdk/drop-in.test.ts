import { HTTPClient, NotificationStream, PlexAPI, SDKError } from "@reelay/sdk";
import { PlexAPICore } from "@reelay/sdk/core.js";
import { eventsConnectWebSocket } from "@reelay/sdk/funcs/eventsConnectWebSocket.js";
import { eventsGetNotifications } from "@reelay/sdk/funcs/eventsGetNotifications.js";
import { Accepts } from "@reelay/sdk/models/shared";
import { expect, test } from "vitest";
import { until } from "../support/wait.ts";
import { playing } from "./stand-in/notifications.ts";
import { PlexStandIn } from "./stand-in/plex-server.ts";

const calls = ["getNotifications", "connectWebSocket"] as const;

const fields = {
  accepts: Accepts.ApplicationXml,
  clientIdentifier: "abc123",
  product: "Reelay for Tests",
  version: "2.4.1",
  platform: "Roku",
  platformVersion: "4.3 build 1057",
  device: "Roku 3",
  model: "4200X",
  deviceVendor: "Roku",
  deviceName: "Living Room TV",
  marketplace: "googlePlay",
};

async function firstChunk(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return new TextDecoder().decode(value);
}

test.each(calls)("%s gives a real stream of bytes that closes when told", async (call) => {
  await using server = await PlexStandIn.start();
  const plexAPI = new PlexAPI({ ...fields, serverURL: server.url, token: server.token });
  const stream = await plexAPI.events[call]({});
  expect(stream).toBeInstanceOf(ReadableStream);
  expect(stream).toBeInstanceOf(NotificationStream);
  // Where programs for plexjs 0.43 look for it.
  const { responseStream } = stream;
  expect(responseStream).toBe(stream);

  server.send(playing(1));
  const text = await firstChunk(stream);
  expect(text).toBe(
    call === "getNotifications"
      ? 'event: playing\ndata: {"PlaySessionStateNotification":{"sessionKey":"7","guid":"","ratingKey":"42","url":"","key":"/library/metadata/42","viewOffset":1,"state":"playing"}}\n\n'
      : '{"NotificationContainer":{"type":"playing","size":1,"PlaySessionStateNotification":[{"sessionKey":"7","guid":"","ratingKey":"42","url":"","key":"/library/metadata/42","viewOffset":1,"state":"playing"}]}}\n',
  );
  await stream.close();
  await stream.closed;
  await until(() => server.streamCount === 0, "the connection to end");
  expect(await stream.getReader().read()).toEqual({ done: true, value: undefined });
});

test.each(calls)("%s reads as typed events, and leaving the loop ends the connection", async (call) => {
  await using server = await PlexStandIn.start({ pingMs: 5, numericIds: true });
  const stream = await new PlexAPI({ serverURL: server.url, token: server.token }).events[call]({});
  await until(() => server.pings > 1, "pings, which are not told");
  server.send(playing(1));
  server.send({ type: "never.seen", payloadKey: "NeverSeen", entry: { a: 1 } });
  server.send({
    type: "timeline",
    entry: {
      identifier: "com.plexapp.plugins.library",
      sectionID: "2",
      itemID: "43",
      type: 4,
      title: "",
      state: 0,
      updatedAt: 1,
    },
  });
  const seen: unknown[] = [];
  for await (const event of stream.events()) {
    seen.push(event);
    if (event.type === "timeline") {
      // Integers on this wire, as of old servers.
      expect(event.entry.itemID).toBe("43");
      break;
    }
  }
  expect(seen).toMatchObject([
    { type: "playing", entry: { viewOffset: 1 } },
    { type: "unknown", name: "never.seen", payloadKey: "NeverSeen", entry: { a: 1 } },
    { type: "timeline" },
  ]);
  await until(() => server.streamCount === 0, "the connection to end");
});

test("a next that waits ends when the stream is closed", async () => {
  await using server = await PlexStandIn.start();
  for (const call of calls) {
    const stream = await new PlexAPI({ serverURL: server.url, token: server.token }).events[call]({});
    const events = stream.events();
    const waiting = events.next();
    await stream.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
  }
});

test("standalone functions give results, and what was asked and answered", async () => {
  await using server = await PlexStandIn.start();
  const core = new PlexAPICore({ serverURL: server.url, token: server.token });
  for (const [call, status] of [
    [eventsGetNotifications, 200],
    [eventsConnectWebSocket, 200],
  ] as const) {
    const pending = call(core, {});
    const result = await pending;
    expect(result.ok).toBe(true);
    if (result.ok) await result.value.close();
    const [, api] = await pending.$inspect();
    expect(api).toMatchObject({ status: "complete", response: { status } });
  }
  server.token = "another";
  const refused = await eventsGetNotifications(core, {});
  expect(refused.ok).toBe(false);
  expect(refused.error).toBeInstanceOf(SDKError);
});

test.each(calls)("%s sends the client's fields, those of the request before those of the client", async (call) => {
  await using server = await PlexStandIn.start();
  const plexAPI = new PlexAPI({ ...fields, serverURL: server.url, token: server.token });
  const stream = await plexAPI.events[call]({ product: "Another", filter: ["playing", "timeline"] });
  expect(server.asked[0]?.headers).toMatchObject({
    accepts: "application/xml",
    "x-plex-client-identifier": "abc123",
    "x-plex-product": "Another",
    "x-plex-version": "2.4.1",
    "x-plex-platform": "Roku",
    "x-plex-platform-version": "4.3 build 1057",
    "x-plex-device": "Roku 3",
    "x-plex-model": "4200X",
    "x-plex-device-vendor": "Roku",
    "x-plex-device-name": "Living Room TV",
    "x-plex-marketplace": "googlePlay",
    "x-plex-token": server.token,
  });
  expect(server.asked[0]?.query.get("filters")).toBe("playing,timeline");
  await stream.close();
});

test.each(calls)("%s encodes header values beyond Latin-1", async (call) => {
  await using server = await PlexStandIn.start();
  const plexAPI = new PlexAPI({
    serverURL: server.url,
    token: server.token,
    deviceName: "居間のテレビ\r\nX: 1",
    product: "Café",
  });
  const stream = await plexAPI.events[call]({});
  const headers = server.asked[0]?.headers ?? {};
  expect(decodeURIComponent(String(headers["x-plex-device-name"]))).toBe("居間のテレビ\r\nX: 1");
  expect(headers["x-plex-product"]).toBe("Café");
  expect(headers.x).toBeUndefined();
  await stream.close();
});

test.each(calls)("%s: host, port and protocol mean what they say, and the token may be a function", async (call) => {
  await using server = await PlexStandIn.start();
  const plexAPI = new PlexAPI({
    protocol: "http",
    host: "127.0.0.1",
    port: String(server.port),
    token: async () => server.token,
  });
  const stream = await plexAPI.events[call]({});
  await stream.close();
  const other = await plexAPI.events[call]({}, { serverURL: `${server.url}/`, headers: { "X-Trace": "7" } });
  expect(server.asked.at(-1)?.headers["x-trace"]).toBe("7");
  await other.close();
});

test("hooks of the HTTP client see and change both requests", async () => {
  await using server = await PlexStandIn.start();
  const httpClient = new HTTPClient().addHook("beforeRequest", (request) => {
    request.headers.set("X-Hooked", "yes");
  });
  for (const call of calls) {
    const stream = await new PlexAPI({ serverURL: server.url, token: server.token, httpClient }).events[call]({});
    expect(server.asked.at(-1)?.headers["x-hooked"]).toBe("yes");
    await stream.close();
  }
});

test("one client carries many streams", async () => {
  await using server = await PlexStandIn.start();
  const { events } = new PlexAPI({ serverURL: server.url, token: server.token });
  const streams = await Promise.all(
    Array.from({ length: 40 }, (_, index) => events[calls[index % 2] ?? "getNotifications"]({})),
  );
  server.send(playing(7));
  const told = await Promise.all(streams.map((stream) => stream.events().next()));
  expect(told.every(({ value }) => value?.type === "playing")).toBe(true);
  await Promise.all(streams.map((stream) => stream.close()));
});

test("a stream that nobody reads lets the server wait, and loses nothing", async () => {
  await using server = await PlexStandIn.start();
  for (const call of calls) {
    const stream = await new PlexAPI({ serverURL: server.url, token: server.token }).events[call]({});
    for (let number = 0; number < 20_000; number++) server.send(playing(number));
    const [sender] = server.streams;
    if (call === "connectWebSocket") await until(() => (sender?.socket.writableLength ?? 0) > 0, "the server to wait");
    let next = 0;
    for await (const event of stream.events()) {
      expect(event).toMatchObject({ entry: { viewOffset: next } });
      if (++next === 20_000) break;
    }
    await until(() => server.streamCount === 0, "the end");
  }
});
