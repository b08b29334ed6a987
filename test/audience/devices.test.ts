import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { read, type Way as StreamWay } from "../access/caller.ts";
import { until } from "../support/wait.ts";
import { readLog } from "./log.ts";
import { MEMBER } from "./onlookers.ts";
import { type AudienceServer, audienceServer } from "./server.ts";

let running: AudienceServer;
beforeAll(async () => {
  running = await audienceServer({ trustProxy: ["127.0.0.1"] });
});
afterAll(() => running[Symbol.asyncDispose]());

const appeared = () => readLog(running.dataDir).filter(({ type }) => type === "device.appeared");
const identifiers = () => appeared().map(({ facts }) => facts.clientIdentifier);

/** A stream whose request does not come in one chunk. */
async function openOnce(way: StreamWay, identifier: string, token: string | undefined): Promise<void> {
  const answer = await read(way, { port: running.server.port, headers: inHeaders(identifier, token) });
  answer.close();
}

interface Way {
  /** Asks as a device, with a token or without; resolves when the server has answered. */
  ask(identifier: string, token: string | undefined): Promise<void>;
}

async function get(path: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const stop = new AbortController();
  const answer = await fetch(`${running.server.url}${path}`, { headers, signal: stop.signal });
  // A stream has no end of its own.
  if (answer.ok && path.includes("eventsource")) stop.abort();
  else await answer.arrayBuffer();
}

async function handshake(path: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const socket = new WebSocket(`${running.server.url.replace("http", "ws")}${path}`, { headers });
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("open", resolve).on("error", () => resolve());
  await promise;
  socket.terminate();
}

const inHeaders = (identifier: string, token: string | undefined) => ({
  "x-plex-client-identifier": identifier,
  ...(token === undefined ? {} : { "x-plex-token": token }),
});
const inQuery = (identifier: string, token: string | undefined) =>
  `?X-Plex-Client-Identifier=${identifier}${token === undefined ? "" : `&X-Plex-Token=${token}`}`;

const ways: Readonly<Record<string, Way>> = {
  "REST header": { ask: (id, token) => get("/library/sections", inHeaders(id, token)) },
  "REST query": { ask: (id, token) => get(`/library/sections${inQuery(id, token)}`, {}) },
  "what is public": { ask: (id, token) => get("/identity", inHeaders(id, token)) },
  "SSE header": { ask: (id, token) => get("/:/eventsource/notifications", inHeaders(id, token)) },
  "SSE query": { ask: (id, token) => get(`/:/eventsource/notifications${inQuery(id, token)}`, {}) },
  "SSE byte by byte": { ask: (id, token) => openOnce("SSE byte by byte", id, token) },
  "SSE with more behind it": { ask: (id, token) => openOnce("SSE with more behind it", id, token) },
  "WebSocket byte by byte": { ask: (id, token) => openOnce("WebSocket byte by byte", id, token) },
  "WebSocket with more behind it": { ask: (id, token) => openOnce("WebSocket with more behind it", id, token) },
  "WebSocket header": { ask: (id, token) => handshake("/:/websockets/notifications", inHeaders(id, token)) },
  "WebSocket query": { ask: (id, token) => handshake(`/:/websocket/notifications${inQuery(id, token)}`, {}) },
};

describe.each(Object.entries(ways))("by %s", (name, { ask }) => {
  const id = (text: string) => `${text}-${name.replaceAll(" ", "-")}`;

  test("a device is known with its first request that has a valid token, once", async () => {
    await ask(id("stranger"), undefined);
    await ask(id("wrong"), "wrong");
    await Promise.all([1, 2, 3, 4].map(() => ask(id("known"), running.tokens.member)));
    await ask(id("known"), running.tokens.owner);
    await until(() => identifiers().includes(id("known")), "the device");
    expect(identifiers().filter((each) => String(each).endsWith(id("")))).toEqual([id("known")]);
    const event = appeared().find(({ facts }) => facts.clientIdentifier === id("known"));
    expect([event?.audience, event?.facts.accountId]).toEqual(["admins", MEMBER]);
  });
});

test("where it is, a trusted proxy says, and nobody else", async () => {
  await running.ask("owner", "PUT", "/:/prefs?PublicAddress=203.0.113.9");
  const headers = { ...inHeaders("behind", running.tokens.owner), "x-forwarded-for": "10.1.1.1, 93.184.216.34" };
  await get("/library/sections", headers);
  await until(() => identifiers().includes("behind"), "the device");
  expect(appeared().at(-1)?.facts).toMatchObject({ local: false, publicAddress: "93.184.216.34" });
  await get("/library/sections", inHeaders("beside", running.tokens.owner));
  await until(() => identifiers().includes("beside"), "the device");
  expect(appeared().at(-1)?.facts).toMatchObject({ local: true, publicAddress: "203.0.113.9" });

  await using plain = await audienceServer();
  await fetch(`${plain.server.url}/library/sections`, {
    headers: { ...inHeaders("spoofed", plain.tokens.owner), "x-forwarded-for": "93.184.216.34" },
  });
  const spoofed = () => readLog(plain.dataDir).find(({ facts }) => facts.clientIdentifier === "spoofed");
  await until(() => spoofed() !== undefined, "the device");
  expect(spoofed()?.facts).toMatchObject({ local: true, publicAddress: "127.0.0.1" });
});
