import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../packages/server/src/server-options.ts";
import { accessServer, TOKEN } from "../access/server.ts";
import { launchChromium } from "../support/chromium.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";

interface PageElement {
  src: string;
  onload: () => void;
  onerror: () => void;
  submit(): void;
}

/** As much of a page as these tests use; the types of a server have none of it. */
declare const document: {
  readonly cookie: string;
  readonly documentElement: { append(element: PageElement): void };
  createElementNS(namespace: string, name: string): PageElement;
};

const SSE = "/:/eventsource/notifications";
const WEBSOCKET = "/:/websockets/notifications";

let folder: TemporaryFolder;
let server: RunningServer;
let site: Server;
/** What the other site was sent with its visits. */
let siteCookies: (string | undefined)[] = [];
let browser: Browser;

beforeAll(async () => {
  folder = await temporaryFolder("foreign-page");
  // Something to scan, so that a refresh that is let through tells of itself.
  server = await accessServer({ sections: [{ path: folder.path, name: "Films", type: "movie" }] });
  site = createServer((request, response) => {
    siteCookies.push(request.headers.cookie);
    response.setHeader("content-type", "text/html").end("<!doctype html><title>Another site</title>");
  }).listen(0, "127.0.0.1");
  await once(site, "listening");
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  site?.closeAllConnections();
  site?.close();
  for (const used of [server, folder]) await used?.[Symbol.asyncDispose]();
});

const asOwner = (path: string, init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, { ...init, headers: { "x-plex-token": TOKEN } });
const set = async (preference: string) =>
  expect((await asOwner(`/:/prefs?${preference}`, { method: "PUT" })).status).toBe(200);

/** Of the same host, so that its requests carry the cookie even though it is `SameSite=Strict`: only ports differ. */
const sitePort = () => (site.address() as AddressInfo).port;

async function newest(): Promise<string> {
  return (await asOwner("/api/v1/events/history?limit=1")).text();
}

/** What becomes of an attempt to read or to open, in a page. */
function outcomes(page: Page): Promise<Record<string, unknown>> {
  return page.evaluate(
    async ({ url, sse, webSocket }) => {
      const opened = (source: EventSource | WebSocket) =>
        new Promise<string>((resolve) => {
          for (const type of ["open", "error"]) source.addEventListener(type, () => resolve(type));
        }).finally(() => source.close());
      const script = (address: string) =>
        new Promise<string>((resolve) => {
          const element = document.createElementNS("http://www.w3.org/1999/xhtml", "script");
          element.onload = () => resolve("load");
          element.onerror = () => resolve("error");
          element.src = address;
          document.documentElement.append(element);
        });
      const fetched = (address: string, init: RequestInit) =>
        fetch(address, { credentials: "include", ...init }).then(
          ({ status, type }) => (type === "opaque" ? "opaque" : status),
          () => "failed",
        );
      return {
        me: await fetched(`${url}/api/v1/me`, {}),
        "no-cors": await fetched(`${url}/api/v1/me`, { mode: "no-cors" }),
        EventSource: await opened(new EventSource(`${url}${sse}`, { withCredentials: true })),
        WebSocket: await opened(new WebSocket(`${url.replace("http", "ws")}${webSocket}`)),
        script: await script(`${url}/api/v1/me`),
      };
    },
    { url: server.url, sse: SSE, webSocket: WEBSOCKET },
  );
}

/** All that a page can send without being asked first, and what it would be asked about. */
async function tryToChange(page: Page): Promise<void> {
  await page.evaluate(async (url) => {
    const send = (path: string, init: RequestInit) =>
      fetch(`${url}${path}`, { credentials: "include", ...init }).then(
        () => undefined,
        () => undefined,
      );
    const name = "/:/prefs?FriendlyName=by-a-foreign-page";
    await send(name, { method: "PUT" });
    await send(name, { method: "PUT", mode: "no-cors" });
    await send("/butler/RefreshLibraries", { method: "POST", mode: "no-cors" });
    await send("/api/v1/tokens", { method: "POST", mode: "no-cors", body: '{"name":"theirs"}' });
    await send("/api/v1/tokens", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"name":"theirs"}',
    });
    await send("/log?message=theirs", { mode: "no-cors" });
    await send("/library/sections/all/refresh", { mode: "no-cors" });
    const image = document.createElementNS("http://www.w3.org/1999/xhtml", "img");
    const loaded = new Promise<void>((resolve) => {
      image.onload = resolve;
      image.onerror = resolve;
    });
    image.src = `${url}/library/sections/all/refresh?X-Plex-Client-Identifier=theirs`;
    await loaded;
  }, server.url);
  // A form takes its page along.
  for (const method of ["get", "post"]) {
    await page.evaluate(
      ([url, by]) => {
        const form = document.createElementNS("http://www.w3.org/1999/xhtml", "form");
        Object.assign(form, { action: `${url}/library/sections/all/refresh`, method: by });
        document.documentElement.append(form);
        form.submit();
      },
      [server.url, method] as const,
    );
    await page.waitForURL(`${server.url}/**`);
    expect(await page.content()).toMatch(/REELAY_(?:ORIGIN_REFUSED|UNSAFE_GET)/);
    await page.goto(`http://127.0.0.1:${sitePort()}/`);
  }
}

describe.each(["cookie", "network"])("a browser that is let in by %s", (by) => {
  let context: BrowserContext;

  beforeAll(async () => {
    context = await browser.newContext();
    if (by === "network") await set("allowedNetworks=127.0.0.1");
  });
  afterAll(async () => {
    await context?.close();
    if (by === "network") await set("allowedNetworks=");
  });

  const pageAt = async (url: string) => {
    const page = await context.newPage();
    await page.goto(url);
    return page;
  };

  test("does everything on an own page", async () => {
    const page = await pageAt(`${server.url}/identity`);
    if (by === "cookie") {
      const signedIn = await page.evaluate(async (token) => {
        const headers = { "content-type": "application/json" };
        const answer = await fetch("/api/v1/sign-in", { method: "POST", headers, body: JSON.stringify({ token }) });
        return { status: answer.status, cookie: document.cookie };
      }, TOKEN);
      expect(signedIn.status).toBe(200);
      const [cookie, ...others] = await context.cookies();
      expect([cookie, others]).toEqual([
        expect.objectContaining({
          name: expect.stringMatching(/^reelay_/),
          httpOnly: true,
          sameSite: "Strict",
          path: "/",
        }),
        [],
      ]);
    }
    expect(await outcomes(page)).toMatchObject({ me: 200, EventSource: "open", WebSocket: "open" });
    const changes = await page.evaluate(async () => {
      const status = async (path: string, method: string) => (await fetch(path, { method })).status;
      return {
        put: await status("/:/prefs?FriendlyName=by-an-own-page", "PUT"),
        get: await status("/log?message=by-an-own-page", "GET"),
        "the same by put": await status("/log?message=by-an-own-page", "PUT"),
      };
    });
    expect(changes).toEqual({ put: 200, get: 403, "the same by put": 200 });
    await page.close();
  });

  test("lends a page of another origin nothing: it reads nothing, opens no stream, changes nothing", async () => {
    siteCookies = [];
    const page = await pageAt(`http://127.0.0.1:${sitePort()}/`);
    // The browser does send it: that alone keeps nobody out.
    if (by === "cookie") expect(siteCookies[0]).toMatch(/^reelay_/);
    const nothing = { me: "failed", "no-cors": "failed", EventSource: "error", WebSocket: "error", script: "error" };
    expect(await outcomes(page)).toEqual(nothing);
    const before = await newest();
    await tryToChange(page);
    expect(await newest()).toBe(before);
    expect(await (await asOwner("/api/v1/tokens")).text()).not.toContain("theirs");
    await page.close();
  });
});

test("a page whose name was made to point here gets nothing by network", async () => {
  await set("allowedNetworks=127.0.0.1");
  const page = await browser.newPage();
  await page.goto(`http://rebound.example:${server.port}/identity`);
  const answers = await page.evaluate(
    async (paths) => {
      const all = paths.map(async (path) => {
        const answer = await fetch(path);
        return [answer.status, answer.headers.get("x-reelay-error")];
      });
      return Promise.all(all);
    },
    ["/library/sections", "/api/v1/me", SSE],
  );
  expect(answers).toEqual(answers.map(() => [403, "REELAY_ORIGIN_REFUSED"]));
  await page.close();
  await set("allowedNetworks=");
});

test("a stream in a page ends when its browser is signed out elsewhere", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${server.url}/identity`);
  await page.evaluate(
    async ({ token, path }) => {
      const headers = { "content-type": "application/json" };
      await fetch("/api/v1/sign-in", { method: "POST", headers, body: JSON.stringify({ token }) });
      const socket = new WebSocket(path);
      await new Promise((resolve) => socket.addEventListener("open", resolve));
      socket.addEventListener("close", ({ code }) => Object.assign(globalThis, { code }));
    },
    { token: TOKEN, path: WEBSOCKET },
  );
  const { tokens } = (await (await asOwner("/api/v1/tokens")).json()) as {
    tokens: { id: string; kind: string }[];
  };
  for (const { id, kind } of tokens) {
    if (kind === "browser") await asOwner(`/api/v1/tokens/${id}`, { method: "DELETE" });
  }
  await until(
    async () => (await page.evaluate(() => Reflect.get(globalThis, "code"))) === 1008,
    "the WebSocket to be closed with 1008",
  );
  expect(await page.evaluate(async () => (await fetch("/api/v1/me")).status)).toBe(401);
  await context.close();
});
