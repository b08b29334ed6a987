import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ItemBook } from "../support/facts.ts";
import type { Listen, Listener } from "../support/listener.ts";
import { NginxProcess } from "../support/nginx-process.ts";
import { fromGuide } from "../support/proxy-guide.ts";
import { ReelayProcess, SAMPLES } from "../support/reelay-process.ts";
import { problemsOfScan, splitScans } from "../support/scan-rules.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { ctrlPlex, curl, eventSource, plexjsEventSource, plexjsWebSocket, ws } from "../support/third-party.ts";
import { until } from "../support/wait.ts";

const FILM = "Die Mühle am Ende der Straße (1987)";
/** Of each client, with ten seconds of nothing before each but the one that event streams begin with. */
const HEARTBEATS = 2;

const eventStreams = { "curl -N": curl, eventsource: eventSource, "plexjs getNotifications": plexjsEventSource };
const webSockets = { ws, "@ctrl/plex": ctrlPlex };

/** What is left of it with nothing but `proxy_pass`: nginx speaks HTTP/1.0 then. */
function bare(listen: string, upstream: string): string {
  return fromGuide("plain", listen, upstream).replace(/^ *proxy_(?!pass).*\n/gm, "");
}

let folder: TemporaryFolder;
let server: ReelayProcess;
let nginx: NginxProcess;
let bareNginx: NginxProcess;
beforeAll(async () => {
  folder = await temporaryFolder("proxy");
  await mkdir(join(folder.path, "Films"));
  server = await ReelayProcess.start({ dataDir: join(folder.path, "data"), media: [join(folder.path, "Films")] });
  await server.scanned();
  nginx = await NginxProcess.start((listen) => fromGuide("plain", listen, server.url));
  bareNginx = await NginxProcess.start((listen) => bare(listen, server.url));
});
afterAll(async () => {
  for (const used of [nginx, bareNginx, server, folder]) await used?.[Symbol.asyncDispose]();
});

test("a WebSocket through a bare proxy_pass is refused with what is missing, since nginx drops the upgrade", async () => {
  const socket = new WebSocket(`${bareNginx.url.replace("http", "ws")}/:/websockets/notifications`, {
    headers: { "X-Plex-Token": server.token },
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  socket.on("unexpected-response", (_request, response) => {
    resolve(response.statusCode);
    socket.terminate();
  });
  socket.on("open", () => reject(new Error("it was upgraded")));
  socket.on("error", reject);
  expect(await promise).toBe(426);
});

describe("behind nginx, by the configuration in our guide and by a bare proxy_pass,", () => {
  test("streams are live, outlast several heartbeats, and end in order with the server", {
    timeout: 120_000,
  }, async () => {
    const byGuide = await connectAll(nginx, {
      ...eventStreams,
      ...webSockets,
      "plexjs connectWebSocket": plexjsWebSocket,
    });
    const byBare = await connectAll(bareNginx, eventStreams);
    const all = [...byGuide, ...byBare];
    const beating = all.filter(([name]) => name !== "plexjs connectWebSocket");
    await until(
      () =>
        beating.every(([, { heartbeats }]) => heartbeats >= HEARTBEATS) ||
        all.some(([, { ended }]) => ended !== undefined),
      () => beating.map(([name, { heartbeats, ended }]) => `${name}: ${heartbeats} ${ended ?? ""}`).join(", "),
      60_000,
    );
    expect(all.filter(([, { ended }]) => ended !== undefined)).toEqual([]);

    await cp(join(SAMPLES, "Films", FILM), join(folder.path, "Films"), { recursive: true, preserveTimestamps: true });
    await Promise.all(all.map(([, listener]) => listener.scans(1)));
    for (const [name, { told }] of all) {
      const [scan = []] = splitScans(told);
      const expected = { section: "Films", created: ["movie Die Mühle am Ende der Straße"] };
      expect(problemsOfScan(scan, expected, new ItemBook()), name).toEqual([]);
    }

    // eventsource comes back by itself, for ever: it is told to stop.
    for (const [name, listener] of all) if (name === "eventsource") listener.cut();
    await server.end("SIGTERM");
    await Promise.all(all.map(([, listener]) => listener.end()));
    const endOf = (list: typeof all) => Object.fromEntries(list.map(([name, { ended }]) => [name, ended]));
    const ends = { "curl -N": "exit 0", eventsource: "closed", "plexjs getNotifications": "done" };
    expect(endOf(byBare)).toEqual(ends);
    const webSocketEnds = { ws: "close 1001", "@ctrl/plex": "close 1001", "plexjs connectWebSocket": "done" };
    expect(endOf(byGuide)).toEqual({ ...ends, ...webSocketEnds });
  });
});

async function connectAll(proxy: NginxProcess, clients: Readonly<Record<string, Listen>>) {
  const opening = Object.entries(clients).map(async ([name, listen]): Promise<readonly [string, Listener]> => {
    return [name, await listen({ url: proxy.url, token: server.token })];
  });
  return Promise.all(opening);
}
