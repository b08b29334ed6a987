import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { ConnectionError, type NotificationEvent, PlexAPI, SDKError } from "@reelay/sdk";
import { describe, expect, test } from "vitest";
import { expectNoUnhandledRejections } from "../support/unhandled-rejections.ts";
import { until } from "../support/wait.ts";
import { fastTime } from "./stand-in/fast-time.ts";
import { HandTime } from "./stand-in/hand-time.ts";
import { listen } from "./stand-in/listen.ts";
import { playing } from "./stand-in/notifications.ts";
import { PlexStandIn } from "./stand-in/plex-server.ts";

expectNoUnhandledRejections();

const transports = ["websocket", "eventsource"] as const;

describe.each(transports)("by %s", (transport) => {
  test("tells typed events to iterators and listeners, and ends both when closed", async () => {
    await using server = await PlexStandIn.start();
    const plexAPI = new PlexAPI({ serverURL: server.url, token: server.token });
    const subscription = plexAPI.events.subscribe({ transport });
    await subscription.ready();
    server.send(playing(1));
    server.send({ type: "never.seen", payloadKey: "NeverSeen", entry: {} });
    const seen: NotificationEvent[] = [];
    const offsets: number[] = [];
    subscription.on("playing", ({ entry }) => offsets.push(entry.viewOffset));
    const loop = (async () => {
      for await (const event of subscription) {
        seen.push(event);
        if (seen.length === 2) server.send(playing(2));
      }
    })();
    await until(() => seen.length === 3, "three events");
    const iterator = subscription[Symbol.asyncIterator]();
    const waiting = iterator.next();
    await subscription.close();
    await loop;
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    for await (const _ of subscription) expect.unreachable();
    await subscription.closed;
    await expect(subscription.ready()).rejects.toThrow(ConnectionError);
    expect(seen).toMatchObject([{ type: "playing" }, { type: "unknown", name: "never.seen" }, { type: "playing" }]);
    expect(offsets).toContain(2);
    await until(() => server.streamCount === 0, "the connection to end");
  });

  test("asks for the types that are wanted", async () => {
    await using server = await PlexStandIn.start();
    await using listening = listen(server, { transport, filter: ["timeline", "status"] });
    await listening.subscription.ready();
    expect(server.streamRequests[0]?.query.get("filters")).toBe("timeline,status");
  });

  test("comes back after a cut and a restart, and says that something may be missing", async () => {
    await using server = await PlexStandIn.start();
    await using listening = listen(server, { transport });
    await listening.subscription.ready();
    server.send(playing(1));
    await until(() => listening.events.length === 1, "the first event");
    server.cut();
    await until(() => server.streamCount === 1, "the next connection");
    await until(() => listening.events.length === 2, "the gap");
    server.send(playing(2));
    await until(() => listening.events.length === 3, "the event after it");
    await server.stop();
    await until(() => listening.states.at(-1)?.state === "waiting", "the loss to be noticed");
    await server.start();
    await until(() => server.streamCount === 1, "the connection after the restart");
    server.send(playing(3));
    await until(() => listening.events.length === 5, "the event after the restart");
    expect(listening.events.map((event) => (event.type === "gap" ? event.reason : event.type))).toEqual([
      "playing",
      "reconnect",
      "playing",
      "reconnect",
      "playing",
    ]);
    expect(listening.errors).toEqual([]);
  });

  test("sees a link that is dead without a word, and connects anew", async () => {
    await using server = await PlexStandIn.start();
    const environment = new HandTime();
    await using listening = listen(server, { transport }, { environment });
    await listening.subscription.ready();
    server.freeze();
    environment.advance(19_999);
    await new Promise(setImmediate);
    expect(listening.states.at(-1)?.state).toBe("open");
    environment.advance(1);
    await until(() => listening.states.at(-1)?.state === "waiting", "the silence to be noticed");
    environment.advance(250);
    await until(() => server.streamCount === 1, "the next connection");
  });

  test("stays on a quiet link that shows signs of life", async () => {
    await using server = await PlexStandIn.start({ pingMs: 10, webSocketPings: false });
    const environment = new HandTime();
    await using listening = listen(server, { transport }, { environment });
    await listening.subscription.ready();
    // A minute; 20 s of silence would be too much.
    for (let tenSeconds = 0; tenSeconds < 6; tenSeconds++) {
      environment.advance(10_000);
      const { asked } = environment;
      await until(() => environment.asked > asked, "a sign of life");
    }
    expect(listening.states.at(-1)?.state).toBe("open");
    expect(server.streamRequests).toHaveLength(1);
  });

  test.each([401, 403])("ends at %i with the error, wherever somebody waits for it", async (status) => {
    await using server = await PlexStandIn.start();
    server.refuse = () => ({ status });
    await using listening = listen(server, { transport });
    const { subscription, errors } = listening;
    await expect(subscription.ready()).rejects.toThrow(SDKError);
    await expect(subscription.closed).rejects.toThrow(SDKError);
    expect(errors).toMatchObject([{ statusCode: status }]);
    expect(server.streamRequests).toHaveLength(1);
    const iterator = new PlexAPI({ serverURL: server.url }).events.subscribe({ transport })[Symbol.asyncIterator]();
    await expect(iterator.next()).rejects.toThrow(SDKError);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test("asks a token function for one new token, at once", async () => {
    await using server = await PlexStandIn.start();
    const given: string[] = [];
    const token = async () => {
      const next = ["old", "new", "newer"][given.length] ?? "newest";
      given.push(next);
      return next;
    };
    server.token = "new";
    await using listening = listen(server, { transport }, { token });
    await listening.subscription.ready();
    expect(given).toEqual(["old", "new"]);
    expect(listening.states.map(({ state }) => state)).toEqual(["connecting", "connecting", "open"]);
    // Having worked, it may be refreshed again; but only once.
    server.token = "none of these";
    server.cut();
    await expect(listening.subscription.closed).rejects.toThrow(SDKError);
    expect(given).toEqual(["old", "new", "newer", "newest"]);
  });

  test("ends at 204, which asks not to come back", async () => {
    await using server = await PlexStandIn.start();
    server.refuse = () => ({ status: 204 });
    await expect(listen(server, { transport }).subscription.closed).rejects.toMatchObject({ statusCode: 204 });
    expect(server.streamRequests).toHaveLength(1);
  });

  test.each([408, 425, 429, 500, 502, 503])("comes back after %i, not before Retry-After is over", async (status) => {
    await using server = await PlexStandIn.start();
    let refusals = 1;
    server.refuse = () => (refusals-- > 0 ? { status, headers: { "retry-after": "3" } } : undefined);
    await using listening = listen(server, { transport });
    await listening.subscription.ready();
    expect(listening.states.find(({ state }) => state === "waiting")).toMatchObject({ retryInMs: 3_000 });
    expect(listening.errors).toEqual([]);
  });

  test("not found: every way is tried, it is reported once, and tried again after 5 s", async () => {
    await using server = await PlexStandIn.start();
    server.refuse = () => ({ status: 404 });
    await using listening = listen(server, { transport });
    const paths = transport === "websocket" ? 2 : 1;
    await until(() => server.streamRequests.length === paths * 3, "three rounds");
    expect(listening.errors).toMatchObject([{ statusCode: 404 }]);
    expect(listening.states.find(({ state }) => state === "waiting")).toMatchObject({ retryInMs: 5_000 });
    server.refuse = () => undefined;
    await listening.subscription.ready();
  });

  test("gives up an attempt that hangs", async () => {
    const silent = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    await using listening = listen(
      { url: `http://127.0.0.1:${port}`, token: "t" },
      { transport, connectTimeoutMs: 50 },
    );
    await until(
      () => listening.states.filter(({ state }) => state === "connecting").length === 2,
      "the second attempt",
    );
    await listening.subscription.close();
    silent.close();
  });

  test("reconnect: false ends it with the connection", async () => {
    await using server = await PlexStandIn.start();
    const { subscription } = listen(server, { transport, reconnect: false });
    await subscription.ready();
    server.cut();
    await expect(subscription.closed).rejects.toThrow(ConnectionError);
    expect(server.streamRequests).toHaveLength(1);
  });

  test("an abort ends it wherever it is", async () => {
    await using server = await PlexStandIn.start();
    const aborted = listen(server, { transport, signal: AbortSignal.abort() });
    await aborted.subscription.closed;
    for (const wait of [0, 1, 5, 50]) {
      const stop = new AbortController();
      const { subscription } = listen(server, { transport, signal: stop.signal });
      const waiting = subscription[Symbol.asyncIterator]().next();
      await new Promise((resolve) => setTimeout(resolve, wait));
      stop.abort();
      expect(await waiting).toEqual({ done: true, value: undefined });
      await subscription.closed;
    }
    await until(() => server.streamCount === 0, "all connections to end");
  });

  test("skips what cannot be read, says so, and goes on", async () => {
    await using server = await PlexStandIn.start();
    await using listening = listen(server, { transport });
    await listening.subscription.ready();
    for (const { raw } of server.streams) {
      const frame = (data: string) => raw(transport === "websocket" ? data : `event: playing\ndata: ${data}\n\n`);
      for (const data of [
        "{",
        "null",
        "[1]",
        '"text"',
        '{"NotificationContainer":7,"x":3}',
        '{"type":"playing","size":1,"X":[3]}',
      ])
        frame(data);
    }
    server.send(playing(1));
    await until(() => listening.events.some(({ type }) => type === "playing"), "the good one");
    expect(listening.errors.length).toBeGreaterThanOrEqual(4);
    expect(new Set(listening.errors.map(({ name }) => name))).toEqual(new Set(["NotificationFormatError"]));
    expect(server.streamRequests).toHaveLength(1);
  });

  test("skips what is longer than the limit, and says what that means", async () => {
    await using server = await PlexStandIn.start();
    await using listening = listen(server, { transport, maxFrameBytes: 10_000 });
    await listening.subscription.ready();
    const huge = "x".repeat(50_000);
    for (const { raw } of server.streams) raw(transport === "websocket" ? huge : `data: ${huge}\n\n`);
    await until(() => listening.errors.length === 1, "the error");
    expect(listening.errors).toMatchObject([{ name: "NotificationFormatError", code: "too-large" }]);
    await until(() => server.streamCount === 1, "a connection");
    if (transport === "websocket") await until(() => listening.events.length === 1, "the gap");
    server.send(playing(1));
    await until(() => listening.events.at(-1)?.type === "playing", "the next one");
  });

  test("keeps a bounded number of events, drops the oldest, and says so", async () => {
    await using server = await PlexStandIn.start();
    const subscription = new PlexAPI({ serverURL: server.url, token: server.token }).events.subscribe({
      transport,
      buffer: 5,
    });
    // An iterator keeps events from when it is asked for; a listener sees when the last one has come.
    const iterator = subscription[Symbol.asyncIterator]();
    let last = -1;
    subscription.on("playing", ({ entry }) => {
      last = entry.viewOffset;
    });
    await subscription.ready();
    for (let number = 0; number < 12; number++) server.send(playing(number));
    await until(() => last === 11, "all to come");
    const drained: unknown[] = [];
    for (let count = 0; count < 6; count++) drained.push((await iterator.next()).value);
    expect(drained).toMatchObject([
      { type: "gap", reason: "overflow" },
      ...[7, 8, 9, 10, 11].map((viewOffset) => ({ entry: { viewOffset } })),
    ]);
    await subscription.close();
  });

  test("a listener that throws or rejects is told to those for errors, and stops nothing", async () => {
    await using server = await PlexStandIn.start();
    await using listening = listen(server, { transport });
    const { subscription } = listening;
    subscription.on("playing", () => {
      throw new Error("thrown");
    });
    subscription.on("playing", async () => {
      throw new Error("rejected");
    });
    let times = 0;
    subscription.once("playing", () => times++);
    await subscription.ready();
    server.send(playing(1));
    server.send(playing(2));
    await until(() => listening.errors.length === 4, "the errors");
    expect(listening.errors.map(({ message }) => message).sort()).toEqual(["rejected", "rejected", "thrown", "thrown"]);
    expect(times).toBe(1);
  });
});

test("auto takes the WebSocket, and the event stream where there is none", async () => {
  await using server = await PlexStandIn.start();
  await using first = listen(server);
  await first.subscription.ready();
  expect(server.streamRequests.map(({ path }) => path)).toEqual(["/:/websockets/notifications"]);

  for (const [status, tried] of [
    [404, 3],
    [426, 2],
    [501, 2],
    [400, 2],
    [200, 2],
  ] as const) {
    server.asked.length = 0;
    server.refuse = ({ path }) => (path.includes("websocket") ? { status, body: "no" } : undefined);
    await using other = listen(server);
    await other.subscription.ready();
    expect(server.streamRequests).toHaveLength(tried);
    expect(other.states.at(-1)).toEqual({ state: "open", transport: "eventsource" });
  }
});

test("obeys retry: of an event stream", async () => {
  await using server = await PlexStandIn.start();
  await using listening = listen(server, { transport: "eventsource" });
  await listening.subscription.ready();
  for (const { raw } of server.streams) raw("retry: 2500\n\n");
  server.send(playing(1));
  await until(() => listening.events.length === 1, "the event");
  server.cut();
  await until(() => server.streamCount === 1, "the next connection");
  expect(listening.states.find(({ state }) => state === "waiting")).toMatchObject({ retryInMs: 2_500 });
});

test("waits longer after each failure, up to 5 s, and starts anew after a connection that held", async () => {
  await using server = await PlexStandIn.start();
  await using listening = listen(server, {}, { environment: fastTime(100) });
  await server.stop();
  await until(() => listening.states.filter(({ state }) => state === "waiting").length === 7, "seven failures");
  const waits = () =>
    listening.states.flatMap((state) => (state.state === "waiting" ? [Math.round(state.retryInMs / 0.99)] : []));
  expect(waits()).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  await server.start();
  await listening.subscription.ready();
  await new Promise((resolve) => setTimeout(resolve, 50));
  server.cut();
  await until(() => server.streamCount === 1, "the next connection");
  expect(waits().at(-1)).toBe(250);
});
