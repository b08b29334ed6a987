import { once } from "node:events";
import { SseParser } from "@reelay/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type SampleServer, sampleServer } from "../support/sample-server.ts";
import { until } from "../support/wait.ts";

/** What operators and the dashboard ask, of a server as `npm start` runs it. */
let samples: SampleServer;
beforeAll(async () => {
  samples = await sampleServer();
}, 60_000);
afterAll(() => samples[Symbol.asyncDispose]());

interface Told {
  readonly position: string;
  readonly type: string;
}

async function history(): Promise<Told[]> {
  const all: Told[] = [];
  let before = "";
  do {
    const answer = await samples.server.fetch(`/api/v1/events/history?limit=500${before}`);
    expect(answer.status).toBe(200);
    const { events, next } = (await answer.json()) as { events: Told[]; next: string | null };
    all.push(...events);
    before = next === null ? "" : `&before=${next}`;
  } while (before !== "");
  return all;
}

test("the history is the stream backwards, document by document", async () => {
  const backwards = await history();
  expect(backwards.length).toBeGreaterThan(20);
  const response = await samples.server.fetch("/api/v1/events?lastEventId=earliest");
  const parser = new SseParser();
  const told: Told[] = [];
  for await (const chunk of response.body ?? []) {
    for (const item of parser.push(chunk)) {
      if (item.kind === "event" && item.event === "message") told.push(JSON.parse(item.data) as Told);
    }
    if (told.length >= backwards.length) break;
  }
  expect(told.slice(0, backwards.length)).toEqual([...backwards].reverse());
  expect(new Set(told.map(({ type }) => type))).toContain("item.created");
});

test("a scan is seen by metrics and health", async () => {
  const metrics = async () => (await samples.server.fetch("/metrics")).text();
  const scans = async () => Number(/^reelay_scans_total (\d+)$/m.exec(await metrics())?.[1]);
  const before = await scans();
  expect(before).toBeGreaterThan(0);
  expect(await metrics()).toMatch(/^reelay_events_appended_total\{type="item\.created"\} [1-9]/m);
  const refresh = await samples.server.fetch("/library/sections/1/refresh", { method: "POST" });
  expect(refresh.status).toBe(200);
  let now = before;
  await until(
    async () => {
      now = await scans();
      return now > before;
    },
    () => `a scan to be counted: ${now}`,
  );
  const health = await samples.server.fetch("/api/v1/health");
  expect([health.status, await health.json()]).toEqual([
    200,
    expect.objectContaining({ status: "ok", alarms: [], scanning: expect.any(Array) }),
  ]);
});

test("a line of the log reaches who asks for it, and nobody else", async () => {
  const stop = new AbortController();
  const received: Record<string, string> = {};
  const listen = async (filters: string) => {
    const answer = await samples.server.fetch(`/:/eventsource/notifications${filters}`, { signal: stop.signal });
    received[filters] = "";
    const read = async () => {
      for await (const chunk of answer.body ?? []) received[filters] += Buffer.from(chunk).toString();
    };
    void read().catch(() => undefined); // Ends with the test.
    await until(() => received[filters]?.includes("event: ping") === true, "the stream");
  };
  await Promise.all([listen("?filters=log"), listen("")]);
  await samples.server.fetch("/log?level=1&message=Disk%20almost%20full&source=Player", { method: "PUT" });
  await samples.server.fetch("/:/prefs?FriendlyName=marker", { method: "PUT" });
  await until(() => received["?filters=log"]?.includes("Disk almost full") === true, "the line");
  await until(() => received[""]?.includes("marker") === true, "what comes after the line");
  stop.abort();
  expect(received["?filters=log"]).toMatch(
    /event: log\ndata: \{"LogNotification":\{"level":1,"message":"Disk almost full","source":"Player","time":\d+/,
  );
  expect(received[""]).not.toContain("Disk almost full");
});

test("a server that answers under its public address tells so, on Reelay's own stream as a WebSocket too", async () => {
  const url = new URL("/api/v1/events?types=reachability.changed", samples.server.url);
  url.protocol = "ws:";
  const ws = new WebSocket(url, { headers: { "x-plex-token": samples.server.token } });
  const texts: string[] = [];
  ws.on("message", (data) => texts.push(String(data)));
  await once(ws, "open");
  await samples.server.fetch("/:/prefs?PublicAddress=127.0.0.1", { method: "PUT" });
  const events = () => texts.filter((text) => text.includes("reachability.changed"));
  await until(() => events().length > 0, "the event");
  ws.terminate();
  expect(JSON.parse(events()[0] ?? "")).toMatchObject({
    type: "reachability.changed",
    facts: { reachable: true, url: `http://127.0.0.1:${samples.server.port}` },
    notification: {
      NotificationContainer: { type: "reachability", ReachabilityNotification: [{ reachability: true }] },
    },
  });
});

test("a probe without a token learns that the server is well, and nothing else", async () => {
  const answer = await fetch(new URL("/api/v1/health", samples.server.url));
  expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
});
