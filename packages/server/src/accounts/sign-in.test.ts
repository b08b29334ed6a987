import { beforeEach, describe, expect, test } from "vitest";
import { createGate, createHttp } from "../http/index.ts";
import { createLogger } from "../support/index.ts";
import { accountRoutes, SignIn, signInRoutes, tokenRoutes } from "./index.ts";
import { type AccountsRig, accountsRig } from "./testing.ts";

const log = createLogger("silent");
const DAY_MS = 86_400_000;
const HOST = "127.0.0.1:32400";
const ORIGIN = `http://${HOST}`;
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

interface Asked {
  readonly token?: string;
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

let rig: AccountsRig;
let signIn: SignIn;
let address: string;
let ask: (method: "GET" | "POST" | "DELETE", url: string, payload?: object, asked?: Asked) => Promise<Answer>;
type Answer = Awaited<ReturnType<ReturnType<typeof createHttp>["inject"]>>;

beforeEach(async () => {
  rig = await accountsRig();
  const { accounts, clock } = rig;
  address = "192.168.1.7";
  signIn = new SignIn({
    accounts,
    clock,
    locate: () => ({ address, local: true, publicAddress: "" }),
    machineIdentifier: "0123456789abcdef",
    scheme: "http",
    basePath: "/reelay",
    publicUrl: "https://media.example/films",
  });
  const gate = createGate({
    authenticate: accounts.tokens.authenticate,
    ambient: [signIn.byCookie],
    publicUrl: "https://media.example/films",
    hostNames: ["media.example"],
  });
  const app = createHttp({ gate, log });
  app.register(accountRoutes, { accounts, sectionIds: () => [1, 2], pictureTypeOf: () => undefined });
  app.register(tokenRoutes, { accounts });
  app.register(signInRoutes, { accounts, signIn, page: () => `${ORIGIN}/web` });
  accounts.tokens.accept("owner", 1, "local");
  ask = (method, url, payload, { token, cookie, headers = {} } = {}) =>
    app.inject({
      method,
      url,
      headers: {
        host: HOST,
        accept: "application/json",
        origin: ORIGIN,
        "user-agent": FIREFOX,
        ...(token === undefined ? {} : { "x-plex-token": token }),
        ...(cookie === undefined ? {} : { cookie: `theme=dark; ${cookie}` }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
  return async () => {
    await app.close();
    await rig.close();
  };
});

const cookieOf = (answer: Answer) => String(answer.headers["set-cookie"]).split(";")[0] ?? "";
const errorOf = (answer: Answer) => [answer.statusCode, answer.headers["x-reelay-error"]];
const codeFor = async (accountId?: number) =>
  (await ask("POST", "/api/v1/sign-in-codes", accountId === undefined ? {} : { accountId }, { token: "owner" })).json();

/** A browser that is signed in by a code. @returns its cookie */
async function browser(accountId?: number): Promise<string> {
  return cookieOf(await ask("POST", "/api/v1/sign-in", { code: (await codeFor(accountId)).code }));
}

test("all of it is in the description of the API", async () => {
  const { paths } = (await ask("GET", "/api/v1/openapi.json", undefined, { token: "owner" })).json();
  expect(Object.keys(paths["/api/v1/sign-in"])).toEqual(["post", "delete"]);
  expect(paths["/api/v1/sign-in"].post.responses[429].description).toMatch(/REELAY_TOO_MANY_ATTEMPTS/);
  expect(paths).toMatchObject({ "/api/v1/me": { get: {} }, "/api/v1/sign-in-codes": { post: {} } });
});

describe("a one-time code", () => {
  test("is made by the owner, with a link that has it behind the #", async () => {
    const { id } = await rig.accounts.add({ name: "Robin" });
    const made = await codeFor(id);
    expect(made).toEqual({
      code: expect.stringMatching(/^[\w-]{43}$/),
      accountId: id,
      expiresAt: rig.clock.now() + 600_000,
      link: `${ORIGIN}/web#code=${made.code}`,
    });
    expect((await codeFor()).accountId).toBe(1);
    const { token } = await rig.accounts.tokens.create(id, "phone");
    expect(errorOf(await ask("POST", "/api/v1/sign-in-codes", {}, { token }))).toEqual([403, "REELAY_FORBIDDEN"]);
    expect(errorOf(await ask("POST", "/api/v1/sign-in-codes", { accountId: 99 }, { token: "owner" }))).toEqual([
      404,
      "REELAY_NOT_FOUND",
    ]);
  });

  test("signs its account in, once", async () => {
    const { id } = await rig.accounts.add({ name: "Robin", sections: new Set([2]) });
    const { code } = await codeFor(id);
    const answer = await ask("POST", "/api/v1/sign-in", { code });
    const me = { accountId: id, name: "Robin", owner: false, sections: [2], avatar: null, signedInBy: "cookie" };
    expect([answer.statusCode, answer.json()]).toEqual([200, { ...me, tokenId: expect.any(String) }]);
    expect((await ask("GET", "/api/v1/me", undefined, { cookie: cookieOf(answer) })).json()).toEqual(answer.json());
    expect(errorOf(await ask("POST", "/api/v1/sign-in", { code }))).toEqual([401, "REELAY_SIGN_IN_REFUSED"]);
  });

  test("is good for one of two that come at once", async () => {
    const { code } = await codeFor();
    const answers = await Promise.all([1, 2].map(() => ask("POST", "/api/v1/sign-in", { code })));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 401]);
  });

  test.each([
    ["after ten minutes", 600_000, 401],
    ["a moment before", 599_999, 200],
    ["when the clock was set back", -1, 401],
  ])("%s", async (_when, ms, status) => {
    const { code } = await codeFor();
    rig.clock.advance(ms);
    expect((await ask("POST", "/api/v1/sign-in", { code })).statusCode).toBe(status);
  });

  test("is nobody's when its account is gone", async () => {
    const { id } = await rig.accounts.add({ name: "Robin" });
    const { code } = await codeFor(id);
    await rig.accounts.remove(id);
    expect(errorOf(await ask("POST", "/api/v1/sign-in", { code }))).toEqual([401, "REELAY_SIGN_IN_REFUSED"]);
  });

  test("is forgotten when a hundred newer ones wait", async () => {
    const codes = Array.from({ length: 101 }, () => signIn.makeCode(1).code);
    for (const [code, status] of [
      [codes[0], 401],
      [codes[1], 200],
    ]) {
      expect((await ask("POST", "/api/v1/sign-in", { code })).statusCode).toBe(status);
    }
  });
});

describe("the cookie", () => {
  test("is out of reach for scripts, other sites and other paths", async () => {
    const { code } = await codeFor();
    const header = String((await ask("POST", "/api/v1/sign-in", { code })).headers["set-cookie"]);
    expect(header).toMatch(/^reelay_01234567=[\w-]{43}; Path=\/reelay; Max-Age=34560000; HttpOnly; SameSite=Strict$/);
  });

  test("is never sent in the clear where the page came over TLS, and fits the path that the browser sees", async () => {
    const { code } = await codeFor();
    const headers = { host: "media.example", origin: "https://media.example" };
    const header = String((await ask("POST", "/api/v1/sign-in", { code }, { headers })).headers["set-cookie"]);
    expect(header).toMatch(/; Path=\/films; .*; Secure$/);
  });

  test("is never sent in the clear either where the server speaks TLS and no page says how it came", async () => {
    const { accounts, clock } = rig;
    const locate = () => ({ address, local: true, publicAddress: "" });
    const overTls = new SignIn({ accounts, clock, locate, machineIdentifier: "0123456789abcdef", scheme: "https" });
    const head = { method: "POST", url: "/api/v1/sign-in", httpVersion: "1.1", headers: { host: HOST } };
    const { cookie } = await overTls.signIn({ token: "owner" }, head);
    expect(cookie).toMatch(/; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Strict; Secure$/);
  });

  test("is no token, and a token is no cookie", async () => {
    const cookie = await browser();
    const [name = "", secret = ""] = cookie.split("=");
    expect((await ask("GET", "/api/v1/me", undefined, { token: secret })).statusCode).toBe(401);
    expect((await ask("GET", "/api/v1/me", undefined, { cookie: `${name}=owner` })).statusCode).toBe(401);
    expect((await ask("GET", "/api/v1/me", undefined, { cookie: `other_name=${secret}` })).statusCode).toBe(401);
    // One that somebody else has set for another path does not hide it.
    expect((await ask("GET", "/api/v1/me", undefined, { cookie: `${name}=x; ${cookie}` })).statusCode).toBe(200);
  });

  test("holds over restarts, and ends after 30 days in which nothing was asked", async () => {
    const secret = (await browser()).split("=")[1] ?? "";
    for (const _month of [1, 2]) {
      await rig.restart();
      rig.clock.advance(29 * DAY_MS);
      expect(rig.accounts.tokens.authenticateBrowser(secret)).toMatchObject({ accountId: 1, ambient: "cookie" });
      // Its use is written by a transaction of its own.
      await rig.database.transaction(() => undefined);
    }
    rig.clock.advance(30 * DAY_MS + 1);
    expect(rig.accounts.tokens.authenticateBrowser(secret)).toBeUndefined();
    expect(rig.accounts.tokens.list()).toEqual([]);
    await rig.restart();
    expect(rig.database.read.all("SELECT * FROM tokens")).toEqual([]);
  });

  test("is listed by the name of its browser, and revoked as a token is", async () => {
    const cookie = await browser();
    const revoked: string[] = [];
    rig.accounts.tokens.onRevoked(({ tokenId }) => revoked.push(tokenId));
    const { tokens } = (await ask("GET", "/api/v1/tokens", undefined, { token: "owner" })).json();
    expect(tokens).toEqual([expect.objectContaining({ kind: "browser", name: "Firefox on Linux", accountId: 1 })]);
    await ask("DELETE", `/api/v1/tokens/${tokens[0].id}`, undefined, { token: "owner" });
    expect(revoked).toEqual([tokens[0].id]);
    expect((await ask("GET", "/api/v1/me", undefined, { cookie })).statusCode).toBe(401);
  });

  test("signs out: it is cleared and means nothing any more; again, or without one, it is done already", async () => {
    const cookie = await browser();
    for (const asked of [{ cookie }, { cookie }, {}]) {
      const answer = await ask("DELETE", "/api/v1/sign-in", undefined, asked);
      expect([answer.statusCode, answer.headers["set-cookie"]]).toEqual([
        204,
        "reelay_01234567=; Path=/reelay; Max-Age=0; HttpOnly; SameSite=Strict",
      ]);
      expect((await ask("GET", "/api/v1/me", undefined, { cookie })).statusCode).toBe(401);
    }
  });

  test("of the browser that was not used for longest ends when an account has too many", async () => {
    const cookies: string[] = [];
    for (let browsers = 0; browsers < 51; browsers++) {
      cookies.push(await browser());
      rig.clock.advance(1_000);
    }
    const states = await Promise.all(cookies.map((cookie) => ask("GET", "/api/v1/me", undefined, { cookie })));
    expect(states.map(({ statusCode }) => statusCode)).toEqual([401, ...Array(50).fill(200)]);
  });
});

describe("by a token", () => {
  test("a browser is signed in as its account, for as long as the token is valid", async () => {
    const { id } = await rig.accounts.add({ name: "Robin" });
    const { token, info } = await rig.accounts.tokens.create(id, "phone");
    const answer = await ask("POST", "/api/v1/sign-in", { token });
    expect(answer.json()).toMatchObject({ accountId: id, signedInBy: "cookie" });
    const cookie = cookieOf(answer);
    expect((await ask("GET", "/api/v1/me", undefined, { cookie })).statusCode).toBe(200);
    const revoked: string[] = [];
    rig.accounts.tokens.onRevoked(({ tokenId }) => revoked.push(tokenId));
    await rig.accounts.tokens.revoke(info.id);
    expect(revoked).toEqual([info.id, answer.json().tokenId]);
    expect((await ask("GET", "/api/v1/me", undefined, { cookie })).statusCode).toBe(401);
    await rig.restart();
    expect(rig.accounts.tokens.list()).toEqual([]);
  });

  test("of the settings, too: without it at the next start the browser is signed out", async () => {
    const answer = await ask("POST", "/api/v1/sign-in", { token: "owner" });
    const secret = cookieOf(answer).split("=")[1] ?? "";
    expect(rig.accounts.tokens.authenticateBrowser(secret)).toBeDefined();
    await rig.restart();
    expect(rig.accounts.tokens.authenticateBrowser(secret)).toBeUndefined();
    rig.accounts.tokens.accept("owner", 1, "local");
    expect(rig.accounts.tokens.authenticateBrowser(secret)).toBeDefined();
  });
});

describe("who guesses", () => {
  const guess = () => ask("POST", "/api/v1/sign-in", { code: "guessed" });

  test("has to wait, also with the right code; others have not", async () => {
    const { code } = await codeFor();
    for (let guesses = 0; guesses < 10; guesses++) expect((await guess()).statusCode).toBe(401);
    for (const payload of [{ code: "guessed" }, { code }, { token: "owner" }]) {
      const answer = await ask("POST", "/api/v1/sign-in", payload);
      expect([...errorOf(answer), answer.headers["retry-after"]]).toEqual([429, "REELAY_TOO_MANY_ATTEMPTS", "60"]);
    }
    address = "192.168.1.8";
    expect((await ask("POST", "/api/v1/sign-in", { token: "owner" })).statusCode).toBe(200);
    address = "192.168.1.7";
    rig.clock.advance(60_000);
    expect((await ask("POST", "/api/v1/sign-in", { code })).statusCode).toBe(200);
  });

  test("is one person with all addresses of an IPv6 network", async () => {
    for (let guesses = 0; guesses < 10; guesses++) {
      address = `2001:db8:0:7::${guesses + 1}`;
      await guess();
    }
    address = "2001:db8:0:7:ffff::1";
    expect((await guess()).statusCode).toBe(429);
    address = "2001:db8:0:8::1";
    expect((await guess()).statusCode).toBe(401);
  });

  test.each([{}, { code: "" }, { code: "x".repeat(201) }, { code: "x", token: "y" }, { code: 7 }])(
    "%j is no guess but a mistake",
    async (payload) => {
      for (let tries = 0; tries < 11; tries++) {
        expect(errorOf(await ask("POST", "/api/v1/sign-in", payload))).toEqual([400, "REELAY_INVALID_PARAMETER"]);
      }
    },
  );
});

test.each([
  ["another site", { origin: "https://evil.example" }],
  ["another port", { origin: "http://127.0.0.1:8080" }],
  ["the same name in the clear", { host: "media.example", origin: "http://media.example:8080" }],
  ["nowhere", { origin: "null" }],
  ["the same site", { origin: ORIGIN, "sec-fetch-site": "same-site" }],
  ["another name for this server", { host: "rebound.example", origin: "http://rebound.example" }],
])("a page of %s signs nobody in or out", async (_where, headers) => {
  const { code } = await codeFor();
  const cookie = await browser();
  for (const answer of [
    await ask("POST", "/api/v1/sign-in", { code }, { headers }),
    await ask("DELETE", "/api/v1/sign-in", undefined, { cookie, headers }),
  ]) {
    expect(errorOf(answer)).toEqual([403, "REELAY_ORIGIN_REFUSED"]);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  }
  expect((await ask("POST", "/api/v1/sign-in", { code })).statusCode).toBe(200);
  expect((await ask("GET", "/api/v1/me", undefined, { cookie })).statusCode).toBe(200);
});
