import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LogEntry, Outbox, toNotification } from "../events/index.ts";
import { TestLog } from "../streams/testing/stream-server.ts";
import { createLogger, ManualClock } from "../support/index.ts";
import { Reachability } from "./reachability.ts";
import { type Fetch, publicUrl } from "./reachability-probe.ts";

const ID = "5".repeat(40);
const MINUTES_5 = 300_000;

let log: TestLog;
let clock: ManualClock;
let told: LogEntry[];
let server: Server;
let answer: RequestListener;
let url: string | undefined;
let asked: string[];
let reachability: Reachability;

const itself: RequestListener = (_request, response) => response.end(`<MediaContainer machineIdentifier="${ID}"/>`);
const refusing: RequestListener = (request) => request.socket.destroy();

const whatWasTold = () => told.map(({ event }) => event.facts);

function make(): Reachability {
  const outbox = new Outbox({ clock, origin: ID, onCommitted: (entries) => told.push(...entries) });
  const logger = createLogger("silent");
  const fetched: Fetch = (address, init) => {
    asked.push(address);
    return fetch(address, init);
  };
  return new Reachability({
    ...{ database: log.database, outbox, clock, log: logger, fetch: fetched, machineIdentifier: ID },
    url: () => url,
  });
}

/** In steps so small that no look which is under way is late. */
async function untilAsked(times: number): Promise<void> {
  await expect
    .poll(() => {
      if (asked.length < times) clock.advance(1_000);
      return asked.length;
    })
    .toBe(times);
}

beforeEach(async () => {
  log = new TestLog();
  clock = new ManualClock();
  told = [];
  asked = [];
  answer = itself;
  server = createServer((request, response) => answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = publicUrl("127.0.0.1", (server.address() as AddressInfo).port);
  reachability = make();
});
afterEach(async () => {
  await reachability.close();
  server.closeAllConnections();
  server.close();
  await log.close();
});

test("is told when the server begins and when it ceases to answer, once each", async () => {
  reachability.start();
  await expect.poll(whatWasTold).toEqual([{ url, reachable: true }]);
  clock.advance(MINUTES_5);
  await expect.poll(() => asked.length).toBe(2);
  await reachability.look();
  answer = refusing;
  const looks = asked.length;
  clock.advance(MINUTES_5);
  // It is asked once more before anybody is alarmed.
  await expect.poll(() => asked.length).toBe(looks + 1);
  await untilAsked(looks + 2);
  await expect.poll(() => told.length).toBe(2);
  expect(whatWasTold()[1]).toEqual({ url, reachable: false });
  answer = itself;
  await reachability.look();
  await reachability.look();
  expect(told.map(({ event }) => toNotification(event))).toEqual(
    [true, false, true].map((reachable) => ({ type: "reachability", entry: { reachability: reachable } })),
  );
  expect(told.every(({ event }) => event.audience.kind === "admins")).toBe(true);
});

test("that ceases for a moment only is not told", async () => {
  await reachability.look();
  answer = (request) => {
    answer = itself;
    request.socket.destroy();
  };
  const look = reachability.look();
  await expect.poll(() => asked.length).toBe(2);
  await untilAsked(3);
  await look;
  expect(whatWasTold()).toEqual([{ url, reachable: true }]);
});

test.each<[string, RequestListener]>([
  ["another server", (_request, response) => response.end(`<MediaContainer machineIdentifier="${"6".repeat(40)}"/>`)],
  ["a router's page", (_request, response) => response.writeHead(302, { location: "/login" }).end(ID)],
  ["an endless answer", (_request, response) => void response.write("x".repeat(100_000))],
])("is not what %s answers", async (_what, listener) => {
  answer = listener;
  await reachability.look();
  expect(whatWasTold()).toEqual([{ url, reachable: false }]);
});

test("is no more when the answer does not come in ten seconds", async () => {
  answer = () => undefined;
  const look = reachability.look();
  await expect.poll(() => asked.length).toBe(1);
  clock.advance(10_000);
  await look;
  expect(whatWasTold()).toEqual([{ url, reachable: false }]);
});

test("is not told again after a restart that changed nothing", async () => {
  await reachability.look();
  await reachability.close();
  reachability = make();
  await reachability.look();
  expect(asked).toHaveLength(2);
  expect(told).toHaveLength(1);
});

test("is told of a new address even if it is the same as of the old one", async () => {
  await reachability.look();
  url = url?.replace("127.0.0.1", "localhost");
  await reachability.look();
  expect(whatWasTold()).toEqual([
    { url: expect.stringContaining("127.0.0.1"), reachable: true },
    { url, reachable: true },
  ]);
});

test("is not looked at where no public address is set", async () => {
  url = undefined;
  reachability.start();
  clock.advance(3 * MINUTES_5);
  await reachability.look();
  expect([asked, told]).toEqual([[], []]);
});

test("ends with the server, also in the middle of a look", async () => {
  answer = () => undefined;
  void reachability.look();
  await expect.poll(() => asked.length).toBe(1);
  await reachability.close();
  expect(told).toEqual([]);
});

test("a public address of IPv6 stands in brackets", () => {
  expect(publicUrl("2001:db8::7", 32_400)).toBe("http://[2001:db8::7]:32400");
});
