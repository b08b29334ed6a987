import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createLogger } from "../support/index.ts";
import { createGate, createHttp, listen, reelayVersion, sendEmpty, whoIsThere } from "./index.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function makeApp() {
  const app = createHttp({ gate: createGate({ authenticate: () => undefined }), log: createLogger("silent") });
  app.get("/identity", { config: { public: true } }, (_request, reply) => sendEmpty(reply));
  closers.push(() => app.close());
  return app;
}

async function occupy(answer: RequestListener): Promise<number> {
  const server: Server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test("port 0 is any free one, and the URL reaches it", async () => {
  const { url, port, notes } = await listen(makeApp(), { host: "localhost", port: 0 });
  expect([url, notes]).toEqual([`http://127.0.0.1:${port}`, []]);
  const answer = await fetch(`${url}/identity`);
  expect([answer.status, answer.headers.get("x-reelay")]).toEqual([200, reelayVersion]);
});

test("bound to every address, the URL is the one for this machine", async () => {
  const { url, port } = await listen(makeApp(), { host: "0.0.0.0", port: 0 });
  expect(url).toBe(`http://127.0.0.1:${port}`);
});

test("a port that was asked for and is taken is an error", async () => {
  const port = await occupy((_request, response) => response.end());
  await expect(listen(makeApp(), { host: "127.0.0.1", port })).rejects.toMatchObject({ code: "REELAY_PORT_IN_USE" });
});

test("an address of another machine is an error of the configuration", async () => {
  await expect(listen(makeApp(), { host: "203.0.113.1", port: 0 })).rejects.toMatchObject({
    code: "REELAY_CONFIG_INVALID",
  });
});

test.each<[string, RequestListener, RegExp]>([
  [
    "a Plex server",
    (_request, response) => response.end('<MediaContainer machineIdentifier="abc"/>'),
    /Plex Media Server/,
  ],
  [
    "another Reelay",
    (_request, response) => response.setHeader("X-Reelay", "1").end("machineIdentifier"),
    /another Reelay/,
  ],
  ["something else", (_request, response) => response.end("<html>"), /another program/],
])("without a port, one taken by %s means the next, and says who has it", async (_who, answer, note) => {
  const firstPort = await occupy(answer);
  const { port, notes } = await listen(makeApp(), { host: "127.0.0.1", firstPort, lastPort: firstPort + 100 });
  expect(port).toBeGreaterThan(firstPort);
  expect(notes).toEqual([expect.stringMatching(note)]);
  expect(notes[0]).toContain(String(port));
});

test("when all ports are taken, that is the error", async () => {
  const firstPort = await occupy((_request, response) => response.end());
  await expect(listen(makeApp(), { host: "127.0.0.1", firstPort, lastPort: firstPort })).rejects.toMatchObject({
    code: "REELAY_PORT_IN_USE",
    detail: expect.stringContaining(String(firstPort)),
  });
});

test("a neighbour that never answers, or never ends, keeps nobody waiting", async () => {
  const silent = await occupy(() => undefined);
  expect(await whoIsThere(silent, 30)).toBe("other");
  const endless = await occupy((_request, response) => {
    const timer = setInterval(() => response.write("x".repeat(10_000)), 1);
    response.on("close", () => clearInterval(timer));
  });
  expect(await whoIsThere(endless, 10_000)).toBe("other");
});
