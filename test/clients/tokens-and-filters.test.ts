import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ItemBook } from "../support/facts.ts";
import type { Listen } from "../support/listener.ts";
import { ReelayProcess, SAMPLES } from "../support/reelay-process.ts";
import { sampleFiles } from "../support/sample-library.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { curl, eventSource, plexjsEventSource, plexjsWebSocket, thirdParties, ws } from "../support/third-party.ts";

const films = sampleFiles.filter(({ type }) => type === "movie");

let folder: TemporaryFolder;
let server: ReelayProcess;
beforeAll(async () => {
  folder = await temporaryFolder("filters");
  server = await ReelayProcess.start({ dataDir: folder.path, media: [join(SAMPLES, "Films")] });
  await server.scanned();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const types = ["activity", "progress", "status", "timeline"] as const;
type Type = (typeof types)[number];
const all = types;

/** Each spelling that clients use, and what passes. The query goes out as it stands here. */
const spellings: readonly (readonly [query: string, passing: readonly Type[]])[] = [
  ["filters=timeline", ["timeline"]],
  ["filter=status&filter=timeline", ["status", "timeline"]],
  ["filter=status%2Ctimeline", ["status", "timeline"]],
  ["filters=status,timeline", ["status", "timeline"]],
  ["filters=-activity,progress", ["status", "timeline"]],
  ["filter=-activity&filter=progress", ["status", "timeline"]],
  ["filters=", all],
  ["filters=-log", all],
  ["filters=timeline,of.another.server", ["timeline"]],
];

/** How often each type must come for the films: progress between once and its most, all else exactly. */
function problemsOfCounts(counts: ReadonlyMap<string, number>, passing: readonly Type[]): string[] {
  const broken = films.filter((film) => film.broken).length;
  // Per film 0, one processing, analyzing, thumbnailing and the bare 5.
  const limits: Readonly<Record<Type, readonly [number, number]>> = {
    timeline: [films.length * 2, films.length * 5],
    status: [2 + broken, 2 + broken],
    activity: [2, 2 + films.length * 2 + 1],
    progress: [1, films.length * 2 + 1],
  };
  return [...new Set([...counts.keys(), ...types])].flatMap((type) => {
    const [least, most] = passing.some((one) => one === type) ? limits[type as Type] : [0, 0];
    const count = counts.get(type) ?? 0;
    return count >= least && count <= most ? [] : [`${count} times ${type}`];
  });
}

/** Replays the first scan through a filter. Streams are in order, so what should not pass would come before the last that does. */
async function countsOf(listen: Listen, filters: string | undefined, passing: readonly Type[]) {
  const options = { url: server.url, token: server.token };
  await using listener = await listen({ ...options, since: "earliest", filters });
  if (passing.includes("status")) await listener.scans(1);
  else {
    const book = new ItemBook();
    const settled = () => book.facts(listener.told).filter((fact) => fact.startsWith("settled"));
    await listener.until(() => settled().length === films.length, "all films to be settled");
  }
  const counts = new Map<string, number>();
  for (const { type } of listener.told) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

describe("a filter lets through what it says", () => {
  describe.each(Object.entries({ "curl -N": curl, ws, eventsource: eventSource }))("to %s:", (_name, listen) => {
    test.each(spellings)("%s", async (query, passing) => {
      expect(problemsOfCounts(await countsOf(listen, query, passing), passing)).toEqual([]);
    });
  });

  test.each(Object.entries(thirdParties))("and without one, everything to %s", async (name, listen) => {
    // plexjs cannot ask for the past, so it sees a scan that changes nothing.
    if (!name.startsWith("plexjs")) {
      expect(problemsOfCounts(await countsOf(listen, undefined, all), all)).toEqual([]);
      return;
    }
    await using listener = await listen({ url: server.url, token: server.token });
    await server.fetch("/library/sections/1/refresh", { method: "POST" });
    await listener.scans(1);
    expect(new Set(listener.told.map(({ type }) => type))).toEqual(new Set(["activity", "status", "progress"]));
  });

  test.each(Object.entries({ getNotifications: plexjsEventSource, connectWebSocket: plexjsWebSocket }))(
    "a list, as plexjs %s sends it",
    async (_name, listen) => {
      const filters = "filter=status&filter=timeline";
      await using listener = await listen({ url: server.url, token: server.token, filters });
      await server.fetch("/library/sections/1/refresh?force=1", { method: "POST" });
      await listener.scans(1);
      expect(new Set(listener.told.map(({ type }) => type))).toEqual(new Set(["status", "timeline"]));
    },
  );
});

describe("a token is taken from where a client puts it", () => {
  const SSE = "/:/eventsource/notifications";
  const webSockets = ["/:/websockets/notifications", "/:/websocket/notifications"];

  test("from the query alone, or from the header alone, by an event stream", async () => {
    const bare = await fetch(`${server.url}${SSE}`);
    expect(bare.status).toBe(401);
    expect(await bare.text()).toContain("REELAY_UNAUTHORIZED");
    for (const [query, headers] of [
      [`?X-Plex-Token=${server.token}`, {}],
      ["", { "X-Plex-Token": server.token }],
      ["", { "x-plex-token": server.token, origin: "http://app.example" }],
    ] as const) {
      const abort = new AbortController();
      const response = await fetch(`${server.url}${SSE}${query}`, { headers, signal: abort.signal });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
      abort.abort();
    }
  });

  test.each(webSockets)("from the query alone, or from the header alone, by a WebSocket on %s", async (path) => {
    const url = `${server.url.replace("http", "ws")}${path}`;
    expect(await handshake(url)).toBe("401");
    expect(await handshake(`${url}?X-Plex-Token=of-nobody`)).toBe("401");
    expect(await handshake(url, { "X-Plex-Token": "of-nobody" })).toBe("401");
    expect(await handshake(`${url}?X-Plex-Token=${server.token}`)).toBe("open");
    expect(await handshake(url, { "X-Plex-Token": server.token })).toBe("open");
    expect(await handshake(url, { "X-Plex-Token": server.token, Origin: "http://localhost" })).toBe("open");
  });

  test.each([...Object.entries(thirdParties)])("a wrong one is refused, and %s says so", async (_name, listen) => {
    const opened = listen({ url: server.url, token: "of-nobody" });
    await expect(opened).rejects.toThrow(/401|unauthorized|exit 22/i);
  });
});

function handshake(url: string, headers: Record<string, string> = {}): Promise<string> {
  const socket = new WebSocket(url, { headers });
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.on("open", () => {
    socket.close();
    resolve("open");
  });
  socket.on("unexpected-response", (_request, response) => {
    resolve(String(response.statusCode));
    socket.terminate();
  });
  socket.on("error", (error) => resolve(error.message));
  return promise;
}
