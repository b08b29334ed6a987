import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, pageOf } from "../support/chromium.ts";
import { ReelayProcess } from "../support/reelay-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

let folder: TemporaryFolder;
let server: ReelayProcess;
let site: Server;
let browser: Browser;
/** Of another origin than the server's: the same host, another port. */
let page: Page;

beforeAll(async () => {
  folder = await temporaryFolder("browser");
  server = await ReelayProcess.start({ dataDir: join(folder.path, "data") });
  site = createServer((_request, response) => {
    response.setHeader("content-type", "text/html").end("<!doctype html><title>Another site</title>");
  }).listen(0, "127.0.0.1");
  await once(site, "listening");
  browser = await launchChromium();
  page = await pageOf(browser, `http://localhost:${(site.address() as AddressInfo).port}/`);
});
afterAll(async () => {
  await browser?.close();
  site?.closeAllConnections();
  site?.close();
  for (const used of [server, folder]) await used?.[Symbol.asyncDispose]();
});

const SSE = "/:/eventsource/notifications?filters=preference";
const where = () => ({ url: server.url, token: server.token, sse: `${server.url}${SSE}` });

/** Makes the event that streams wait for. */
async function rename(name: string): Promise<void> {
  expect((await server.fetch(`/:/prefs?FriendlyName=${name}`, { method: "PUT" })).status).toBe(200);
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Read {
  readonly status: number | string;
  readonly error?: string | null;
  readonly body?: string;
}

/** What a script of the page can read of an answer. */
function read(from: Page, url: string, init: Asked = {}): Promise<Read> {
  return from.evaluate(
    async ([address, options]) => {
      try {
        const answer = await fetch(address, options);
        return { status: answer.status, error: answer.headers.get("x-reelay-error"), body: await answer.text() };
      } catch (error) {
        return { status: String(error) };
      }
    },
    [url, init] as const,
  );
}

describe("a page of another origin, with a token,", () => {
  test("reads an event stream by fetch, the token in a header", async () => {
    const heard = page.evaluate(async ({ sse, token }) => {
      const answer = await fetch(sse, { headers: { "X-Plex-Token": token, "Last-Event-ID": "earliest" } });
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (reader !== undefined && !text.includes("by-fetch")) {
        const { done, value } = await reader.read();
        if (done) break;
        text += value;
      }
      await reader?.cancel();
      return text;
    }, where());
    await rename("by-fetch");
    expect(await heard).toContain("event: preference");
  });

  test("hears an EventSource, the token in its address", async () => {
    await page.evaluate(({ sse, token }) => {
      const source = new EventSource(`${sse}&X-Plex-Token=${token}`);
      const heard = new Promise((resolve) =>
        source.addEventListener("preference", (event) => resolve((event as MessageEvent).data)),
      );
      Object.assign(globalThis, { heard: heard.finally(() => source.close()) });
      return new Promise((resolve) => source.addEventListener("open", resolve)).then(() => undefined);
    }, where());
    await rename("by-eventsource");
    expect(await page.evaluate(() => Reflect.get(globalThis, "heard"))).toContain("by-eventsource");
  });

  test("hears a WebSocket, the token in its address", async () => {
    await page.evaluate(({ url, token }) => {
      const address = `${url.replace("http", "ws")}/:/websockets/notifications?filters=preference&X-Plex-Token=${token}`;
      const socket = new WebSocket(address);
      const heard = new Promise((resolve) => socket.addEventListener("message", (event) => resolve(event.data)));
      Object.assign(globalThis, { heard: heard.finally(() => socket.close()) });
      return new Promise((resolve) => socket.addEventListener("open", resolve)).then(() => undefined);
    }, where());
    await rename("by-websocket");
    expect(await page.evaluate(() => Reflect.get(globalThis, "heard"))).toContain("by-websocket");
  });

  test("asks with X-Plex headers and PUT, which a preflight has to allow", async () => {
    const headers = { "X-Plex-Token": server.token, "X-Plex-Client-Identifier": "a-page", "X-Plex-Product": "A Page" };
    expect(await read(page, `${server.url}/library/sections`, { headers })).toMatchObject({ status: 200 });
    const put = await read(page, `${server.url}/:/prefs?FriendlyName=by-a-page`, { method: "PUT", headers });
    expect(put).toMatchObject({ status: 200 });
  });

  test("reads that a wrong one is refused, and why", async () => {
    const refused = await read(page, `${server.url}/library/sections`, { headers: { "X-Plex-Token": "wrong" } });
    expect(refused).toMatchObject({ status: 401, error: "REELAY_UNAUTHORIZED" });
  });
});

describe("a page of another origin, without a token,", () => {
  test.each(["/identity", "/library/sections", "/api/v1/health", SSE])("reads nothing of %s", async (path) => {
    expect(await read(page, `${server.url}${path}`)).toEqual({ status: "TypeError: Failed to fetch" });
  });

  test("gets no WebSocket", async () => {
    const end = await page.evaluate(({ url }) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}/:/websockets/notifications`);
      return new Promise((resolve) => {
        for (const type of ["open", "error"]) socket.addEventListener(type, () => resolve(type));
      });
    }, where());
    expect(end).toBe("error");
  });
});

test("a page whose name was made to point here is of this very origin, and is refused for its name", async () => {
  const rebound = await pageOf(browser, `http://rebound.example:${server.port}/identity`);
  const answer = await read(rebound, "/identity");
  expect(answer).toMatchObject({ status: 403, error: "REELAY_ORIGIN_REFUSED" });
  expect(answer.body).not.toContain("machineIdentifier");
  await rebound.close();
});
