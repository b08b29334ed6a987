import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../packages/server/src/server-options.ts";
import { type Asked, ask, corsOf, read, verdict, ways } from "./caller.ts";
import { accessServer, allowNetworks, signedIn, TOKEN } from "./server.ts";

/** From where no token is needed in these tests. */
const HOME = "127.0.0.2";
const PROXY = "127.0.0.3";

let server: RunningServer;
let port: number;
let cookie: string;

beforeAll(async () => {
  server = await accessServer({ trustProxy: [PROXY], hostNames: ["media.example"] });
  port = server.port;
  cookie = await signedIn(port);
  await allowNetworks(port, HOME);
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** What lets a caller in without a token. */
const known: Readonly<Record<"cookie" | "network", () => Omit<Asked, "port">>> = {
  cookie: () => ({ headers: { cookie } }),
  network: () => ({ from: HOME }),
};
const own = () => `http://127.0.0.1:${port}`;

describe.each(ways)("%s", (way) => {
  test("neither cookie nor network: refused", async () => {
    expect(verdict(await read(way, { port }))).toBe("REELAY_UNAUTHORIZED");
  });

  describe.each(["cookie", "network"] as const)("by %s", (by) => {
    const asking = (headers: Readonly<Record<string, string>>) => {
      const { headers: mine, ...rest } = known[by]();
      return read(way, { port, ...rest, headers: { ...mine, ...headers } });
    };

    test.each<[string, () => Readonly<Record<string, string>>, string]>([
      ["who says nothing of a page", () => ({}), "in"],
      ["an own page", () => ({ origin: own(), "sec-fetch-site": "same-origin" }), "in"],
      ["an own page under a listed name", () => ({ host: "media.example", origin: "http://media.example" }), "in"],
      ["a page of another site", () => ({ origin: "https://evil.example" }), "REELAY_ORIGIN_REFUSED"],
      ["a page of another port", () => ({ origin: "http://127.0.0.1:1" }), "REELAY_ORIGIN_REFUSED"],
      ["a page of no origin", () => ({ origin: "null" }), "REELAY_ORIGIN_REFUSED"],
      ["what another site embeds", () => ({ "sec-fetch-site": "cross-site" }), "REELAY_ORIGIN_REFUSED"],
      [
        "a page whose name was made to point here",
        () => ({ host: `rebound.example:${port}`, origin: `http://rebound.example:${port}` }),
        "REELAY_ORIGIN_REFUSED",
      ],
      ["that page when it says nothing", () => ({ host: `rebound.example:${port}` }), "REELAY_ORIGIN_REFUSED"],
      ["a wrong token beside it", () => ({ "x-plex-token": "wrong" }), "REELAY_UNAUTHORIZED"],
    ])("%s", async (_who, headers, expected) => {
      const answer = await asking(headers());
      answer.close();
      expect(verdict(answer)).toBe(expected);
      if (expected === "REELAY_UNAUTHORIZED") return;
      expect(corsOf(answer)).toEqual([]);
      // The answer to an upgrade is nothing that a page could embed.
      if (answer.status !== 101) expect(answer.headers["cross-origin-resource-policy"]).toBe("same-origin");
    });

    test("a token is what counts where there is one, and any page may read the answer", async () => {
      const answer = await asking({ "x-plex-token": TOKEN, origin: "https://app.example" });
      answer.close();
      expect(verdict(answer)).toBe("in");
      if (answer.status !== 101) expect(answer.headers["access-control-allow-origin"]).toBe("*");
    });
  });

  test.each<[string, string, Readonly<Record<string, string>>, boolean]>([
    ["another address", "127.0.0.1", {}, false],
    ["an address that claims to be allowed", "127.0.0.1", { "x-forwarded-for": HOME }, false],
    ["an allowed address", HOME, {}, true],
    ["an allowed address that says it is one", HOME, { "x-forwarded-for": HOME }, false],
    ["an unknown proxy there: Forwarded", HOME, { forwarded: `for=${HOME}` }, false],
    ["an unknown proxy there: X-Real-IP", HOME, { "x-real-ip": "" }, false],
    ["an unknown proxy there: Via", HOME, { via: "1.1 somewhere" }, false],
    ["the trusted proxy for an allowed address", PROXY, { "x-forwarded-for": HOME }, true],
    ["the trusted proxy, behind itself", PROXY, { "x-forwarded-for": `${HOME}, ${PROXY}` }, true],
    ["the trusted proxy for who made one up", PROXY, { "x-forwarded-for": `${HOME}, 203.0.113.9` }, false],
    ["the trusted proxy for nobody", PROXY, {}, false],
    ["the trusted proxy for nonsense", PROXY, { "x-forwarded-for": `${HOME}, unknown` }, false],
    ["the trusted proxy, by another header", PROXY, { "x-real-ip": HOME }, false],
  ])("by network, %s", async (_who, from, headers, isIn) => {
    const answer = await read(way, { port, from, headers });
    answer.close();
    expect(verdict(answer)).toBe(isIn ? "in" : "REELAY_UNAUTHORIZED");
  });
});

describe("a change", () => {
  const rename = (asked: Omit<Asked, "port">) =>
    ask({ port, method: "PUT", path: `/:/prefs?FriendlyName=n${Math.random()}`, ...asked }).then(verdict);

  test("is made for an own page, and by network also for a program", async () => {
    expect(await rename({ headers: { cookie, origin: own() } })).toBe("in");
    expect(await rename({ from: HOME, headers: { origin: own() } })).toBe("in");
    expect(await rename({ from: HOME })).toBe("in");
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ["another site's page", { origin: "https://evil.example" }],
    ["a form of another site's page", { origin: "null", "content-type": "text/plain" }],
    ["a page that says so by Sec-Fetch-Site alone", { "sec-fetch-site": "same-site" }],
  ])("is not made for %s", async (_who, headers) => {
    expect(await rename({ headers: { cookie, ...headers } })).toBe("REELAY_ORIGIN_REFUSED");
    expect(await rename({ from: HOME, headers })).toBe("REELAY_ORIGIN_REFUSED");
  });

  test("needs a cookie's page to say whose it is", async () => {
    expect(await rename({ headers: { cookie } })).toBe("REELAY_ORIGIN_REFUSED");
  });

  test("is not announced to pages of others: their preflight is answered without a word of leave", async () => {
    const preflight = (headers: Readonly<Record<string, string>>) =>
      ask({
        port,
        method: "OPTIONS",
        path: "/:/prefs",
        from: HOME,
        headers: { origin: "https://evil.example", ...headers },
      });
    const without = await preflight({ "access-control-request-method": "PUT" });
    expect([without.status, corsOf(without)]).toEqual([204, []]);
    const withToken = await preflight({
      "access-control-request-method": "PUT",
      "access-control-request-headers": "x-plex-token",
    });
    expect(withToken.headers["access-control-allow-origin"]).toBe("*");
  });
});

test("who is let in by network is the owner, and no device is remembered of what only reads", async () => {
  const headers = { "x-plex-client-identifier": "an-embedded-picture" };
  const me = await ask({ port, path: "/api/v1/me", from: HOME, headers });
  expect(JSON.parse(me.body)).toMatchObject({ accountId: 1, owner: true, signedInBy: "network", tokenId: null });
  await ask({ port, path: "/library/sections", headers: { cookie, ...headers } });
  const devices = await ask({ port, path: "/api/v1/devices", headers: { "x-plex-token": TOKEN } });
  expect(devices.body).not.toContain("an-embedded-picture");
});

describe.each(["SSE", "WebSocket"] as const)("an open %s ends", (way) => {
  test("when its network is not allowed any more; those of others go on", async () => {
    const leaving = await read(way, { port, from: HOME });
    await allowNetworks(port, `${HOME}, 127.0.0.4`);
    const staying = await read(way, { port, from: "127.0.0.4" });
    let stayed = true;
    void staying.ended.then(() => {
      stayed = false;
    });
    await allowNetworks(port, "127.0.0.4");
    await leaving.ended;
    expect(verdict(await read(way, { port, from: HOME }))).toBe("REELAY_UNAUTHORIZED");
    expect(stayed).toBe(true);
    staying.close();
    await allowNetworks(port, HOME);
  });

  test("when its browser signs out, or is revoked in the list of tokens", async () => {
    const signOut = async (mine: string) => {
      await ask({ port, method: "DELETE", path: "/api/v1/sign-in", headers: { cookie: mine, origin: own() } });
    };
    const revoke = async (mine: string) => {
      const me = await ask({ port, path: "/api/v1/me", headers: { cookie: mine } });
      const path = `/api/v1/tokens/${(JSON.parse(me.body) as { tokenId: string }).tokenId}`;
      await ask({ port, method: "DELETE", path, headers: { "x-plex-token": TOKEN } });
    };
    for (const end of [signOut, revoke]) {
      const mine = await signedIn(port);
      const stream = await read(way, { port, headers: { cookie: mine } });
      expect(verdict(stream)).toBe("in");
      await end(mine);
      await stream.ended;
      expect(verdict(await read(way, { port, headers: { cookie: mine } }))).toBe("REELAY_UNAUTHORIZED");
    }
  });
});
