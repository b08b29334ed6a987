import { setTimeout as delay } from "node:timers/promises";
import { PlexAPI } from "@reelay/sdk";
import { expect, test } from "vitest";
import {
  progress,
  type StreamServer,
  startStreamServer,
  TestLog,
} from "../../packages/server/src/streams/testing/stream-server.ts";
import { expectNoUnhandledRejections } from "../support/unhandled-rejections.ts";
import { until } from "../support/wait.ts";
import { listen } from "./stand-in/listen.ts";
import { playing } from "./stand-in/notifications.ts";
import { PlexStandIn } from "./stand-in/plex-server.ts";
import { startSwitchingProxy } from "./stand-in/switching-proxy.ts";

/** A round of the soak is made for what kills a process; a cut costs milliseconds, so fifty of them go for one: 1,000 by `npm run soak`. */
const ROUNDS = process.env.REELAY_SOAK_ROUNDS === undefined ? 100 : Number(process.env.REELAY_SOAK_ROUNDS) * 50;

expectNoUnhandledRejections();

const LIMIT_MS = 60_000 + ROUNDS * 2_000;

test.concurrent.each(["websocket", "eventsource"] as const)(
  `by %s, nothing is missed and nothing told twice over ${ROUNDS} random cuts and restarts of a Reelay`,
  async (transport) => {
    const log = new TestLog();
    let server: StreamServer = await startStreamServer(log.log);
    await using proxy = await startSwitchingProxy(server.port);
    const listening = listen({ url: proxy.url, token: "owner" }, { transport });
    const { subscription, events, errors } = listening;
    await subscription.ready();
    // A connection that has told its position can be resumed; the server tells it at once.
    await until(() => subscription.lastEventId !== undefined, "the position");
    let sent = 0;
    let most = 0;
    const append = (count: number) => log.append(Array.from({ length: count }, () => progress(String(sent++))));
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 10 === 9) {
        proxy.target = undefined;
        proxy.cutAfter(0);
        await server[Symbol.asyncDispose]();
        await append(3);
        server = await startStreamServer(log.log);
        proxy.target = server.port;
      } else proxy.cutAfter(Math.floor(Math.random() * 2_000));
      for (let burst = 0; burst < 5; burst++) {
        await append(1 + Math.floor(Math.random() * 6));
        await delay(Math.random() * 8);
        most = Math.max(most, proxy.open);
      }
    }
    await append(1);
    await until(
      () => events.length >= sent,
      () => `${sent} events, ${events.length} came`,
      LIMIT_MS,
    );
    await delay(50);
    const told = events.map((event) => (event.type === "progress" ? event.entry.message : event.type));
    expect(told).toEqual(Array.from({ length: sent }, (_, number) => String(number)));
    expect(errors).toEqual([]);
    // One that is being cut may overlap with the next for a moment, as the proxy sees it; never more.
    expect(most).toBeLessThanOrEqual(2);
    await subscription.close();
    await server[Symbol.asyncDispose]();
    await log.close();
  },
  LIMIT_MS,
);

test.concurrent.each(["websocket", "eventsource"] as const)(
  `by %s, every loss is announced over ${ROUNDS} random cuts and restarts of a server without ids`,
  async (transport) => {
    await using server = await PlexStandIn.start();
    await using proxy = await startSwitchingProxy(server.port);
    await using listening = listen({ url: proxy.url, token: server.token }, { transport });
    const { subscription, events } = listening;
    await subscription.ready();
    let sent = 0;
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 10 === 9) {
        await server.stop();
        await server.start();
      } else proxy.cutAfter(Math.floor(Math.random() * 2_000));
      for (let burst = 0; burst < 8; burst++) {
        server.send(playing(sent++));
        await delay(Math.random() * 5);
      }
    }
    const settled = sent;
    await until(() => {
      server.send(playing(sent++));
      const newest = events.at(-1);
      return newest?.type === "playing" && newest.entry.viewOffset >= settled;
    }, "one from after the last cut");
    let expected = 0;
    let gap = false;
    for (const event of events) {
      if (event.type === "gap") {
        expect(event.reason).toBe("reconnect");
        gap = true;
      } else if (event.type === "playing") {
        const { viewOffset } = event.entry;
        if (gap) expect(viewOffset).toBeGreaterThanOrEqual(expected);
        else expect(viewOffset).toBe(expected);
        expected = viewOffset + 1;
        gap = false;
      }
    }
    expect(expected).toBeGreaterThan(ROUNDS);
  },
  LIMIT_MS,
);

test("a server of another history says so, and a server that lost its memory is found out", async () => {
  const log = new TestLog();
  const reelay = await startStreamServer(log.log);
  await using proxy = await startSwitchingProxy(reelay.port);
  await using listening = listen({ url: proxy.url, token: "owner" });
  const { subscription, events } = listening;
  await until(() => subscription.lastEventId !== undefined, "the position");

  const other = new TestLog("00000000000000bb");
  const another = await startStreamServer(other.log);
  proxy.target = another.port;
  proxy.cutAfter(0);
  await reelay[Symbol.asyncDispose]();
  await until(() => events.length === 1, "the gap");
  expect(events).toMatchObject([{ type: "gap", reason: "epoch" }]);

  await using plex = await PlexStandIn.start({ token: "owner" });
  proxy.target = plex.port;
  await another[Symbol.asyncDispose]();
  await until(() => plex.streamCount === 1, "the connection to Plex");
  plex.send(playing(1));
  await until(() => events.length === 3, "the event");
  expect(events.slice(1)).toMatchObject([{ type: "gap", reason: "reconnect" }, { type: "playing" }]);
  await log.close();
  await other.close();
});

test("lastEventId goes on where another subscription ended", async () => {
  const log = new TestLog();
  const server = await startStreamServer(log.log);
  const plexAPI = new PlexAPI({ serverURL: `http://127.0.0.1:${server.port}`, token: "owner" });
  for (const transport of ["websocket", "eventsource"] as const) {
    const first = plexAPI.events.subscribe({ transport });
    await first.ready();
    await log.append([progress("a")]);
    const { value } = await first[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ type: "progress", entry: { message: "a" } });
    await first.close();
    await log.append([progress("b"), progress("c")]);
    const { lastEventId } = first;
    if (lastEventId === undefined) return expect.unreachable();
    const messages: unknown[] = [];
    for await (const event of plexAPI.events.subscribe({ transport, lastEventId })) {
      messages.push(event.type === "progress" ? event.entry.message : event);
      if (messages.length === 2) break;
    }
    expect(messages).toEqual(["b", "c"]);
  }
  await server[Symbol.asyncDispose]();
  await log.close();
});
