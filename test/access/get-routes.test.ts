import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../packages/server/src/server-options.ts";
import { ask, verdict } from "./caller.ts";
import { accessServer, allowNetworks, signedIn, TOKEN } from "./server.ts";

/**
 * Every GET of the addresses that Reelay has from Plex, and what it does. Whoever adds one decides here: a GET that
 * changes something needs `config: { changes: true }` and a form of it by POST or PUT. Below /api/v1 and /web no GET
 * changes anything.
 */
const gets: Readonly<Record<string, "reads" | "changes">> = {
  "/": "reads",
  "/identity": "reads",
  "/api/v2/user/webhooks": "reads",
  "/accounts": "reads",
  "/accounts/:id": "reads",
  "/activities": "reads",
  "/butler": "reads",
  "/devices": "reads",
  "/library": "reads",
  "/library/metadata/:ids": "reads",
  "/library/metadata/:ids/allLeaves": "reads",
  "/library/metadata/:ids/children": "reads",
  "/library/metadata/:ids/refresh": "changes",
  "/library/metadata/:ids/art": "reads",
  "/library/metadata/:ids/art/:version": "reads",
  "/library/metadata/:ids/thumb": "reads",
  "/library/metadata/:ids/thumb/:version": "reads",
  "/library/onDeck": "reads",
  "/library/parts/:id/:name": "reads",
  "/library/parts/:id/:time/:name": "reads",
  "/library/recentlyAdded": "reads",
  "/library/sections": "reads",
  "/library/sections/:id": "reads",
  "/library/sections/:id/albums": "reads",
  "/library/sections/:id/all": "reads",
  "/library/sections/:id/refresh": "changes",
  "/library/sections/all": "reads",
  "/library/sections/all/refresh": "changes",
  "/log": "changes",
  "/metrics": "reads",
  "/status/sessions": "reads",
  "/status/sessions/history/all": "reads",
  "/status/sessions/terminate": "changes",
  "/photo/:/transcode": "reads",
  "/:/eventsource/notifications": "reads",
  "/:/prefs": "reads",
  "/:/prefs/get": "reads",
  "/:/progress": "changes",
  "/:/rate": "changes",
  "/:/scrobble": "changes",
  "/:/timeline": "changes",
  "/:/unscrobble": "changes",
  "/:/websocket/notifications": "reads",
  "/:/websockets/notifications": "reads",
};

interface Route {
  readonly method: string;
  readonly path: string;
  readonly changes: boolean;
}

const routes: Route[] = [];
const NETWORK = "127.0.0.2";
let server: RunningServer;
let cookie: string;

/** Fastify tells of each app that is made. */
function watch(message: unknown): void {
  (message as { fastify: FastifyInstance }).fastify.addHook("onRoute", ({ method, url, config }) => {
    for (const one of [method].flat()) {
      routes.push({ method: one, path: url.replaceAll("::", ":"), changes: config?.changes === true });
    }
  });
}

beforeAll(async () => {
  subscribe("fastify.initialization", watch);
  server = await accessServer();
  unsubscribe("fastify.initialization", watch);
  cookie = await signedIn(server.port);
  await allowNetworks(server.port, NETWORK);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const reading = () => routes.filter(({ method }) => method === "GET");
const changing = Object.keys(gets).filter((path) => gets[path] === "changes");
const filled = (path: string) => path.replaceAll(/:[a-z]+/gi, "1").replace(/^\/1\//, "/:/");

test("every GET from Plex is in the list, and is what the list says", () => {
  const found = reading().filter(({ path }) => !/^\/(?:api\/v1|web)(?:\/|$)/.test(path));
  expect(Object.fromEntries(found.map(({ path, changes }) => [path, changes ? "changes" : "reads"]))).toEqual(gets);
});

test("no GET of Reelay's own changes anything", () => {
  const own = reading().filter(({ path }) => /^\/(?:api\/v1|web)(?:\/|$)/.test(path));
  expect(own.length).toBeGreaterThan(5);
  expect(own.filter(({ changes }) => changes)).toEqual([]);
});

describe.each(changing)("%s", (path) => {
  const ways = () => routes.filter((route) => route.path === path).map(({ method }) => method);

  test("is refused as a GET by cookie and by network, and taken with a token", async () => {
    const { port } = server;
    for (const method of ways().filter((way) => way === "GET" || way === "HEAD")) {
      for (const asked of [{ headers: { cookie } }, { from: NETWORK }]) {
        expect(verdict(await ask({ port, method, path: filled(path), ...asked }))).toBe("REELAY_UNSAFE_GET");
      }
    }
    const answer = await ask({ port, path: filled(path), headers: { "x-plex-token": TOKEN } });
    expect(verdict(answer)).not.toBe("REELAY_UNSAFE_GET");
  });

  test("has another form, which an own page may use", async () => {
    const { port } = server;
    const method = ways().find((way) => way === "POST" || way === "PUT") ?? "none";
    expect(["POST", "PUT"]).toContain(method);
    const headers = { cookie, origin: `http://127.0.0.1:${port}` };
    const answer = await ask({ port, method, path: filled(path), headers });
    expect(["REELAY_UNSAFE_GET", "REELAY_ORIGIN_REFUSED", "REELAY_UNAUTHORIZED"]).not.toContain(verdict(answer));
  });
});

test("what only reads tells nothing to the log, whoever asks", async () => {
  const { port } = server;
  const newest = async () => {
    const answer = await ask({ port, path: "/api/v1/events/history?limit=1", headers: { "x-plex-token": TOKEN } });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const before = await newest();
  const paths = [
    ...new Set(
      reading()
        .filter(({ changes }) => !changes)
        .map(({ path }) => path),
    ),
  ];
  for (const path of paths) {
    for (const asked of [{ headers: { cookie } }, { from: NETWORK }]) {
      const headers = { ...asked.headers, "x-plex-client-identifier": "a-page" };
      (await ask({ port, path: filled(path), ...asked, headers })).close();
    }
  }
  expect(await newest()).toBe(before);
});
