import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Hub } from "../streams/index.ts";
import { status } from "../streams/testing/stream-server.ts";
import { Alarm, createLogger } from "../support/index.ts";
import { EventCounts } from "./event-counts.ts";
import { LogLines } from "./log-lines.ts";
import { type OperatorApi, openOperatorApi } from "./operator-api.ts";
import { type ApiRig, apiRig } from "./testing/rig.ts";

let rig: ApiRig;
let alarm: Alarm;
let hub: Hub;
let api: OperatorApi;
let folder: string;
let events: EventCounts;
let lines: LogLines;
const webhooks = {
  waiting: 3,
  attempts: { succeeded: 20, failed: 4 },
  expired: 1,
  breakers: { closed: 5, open: 1, "half-open": 1 },
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "reelay-api-"));
  rig = await apiRig(async ({ app, log, clock }) => {
    events = new EventCounts();
    const logger = createLogger("silent");
    alarm = new Alarm({ file: join(folder, "alarms.jsonl"), clock, log: logger });
    hub = new Hub({ log: log.log, clock, logger });
    lines = new LogLines(clock);
    api = openOperatorApi({
      ...{ database: log.database, log: log.log, hub, alarm, clock, events, lines, logger },
      scanning: () => [4],
      webhooks: () => webhooks,
    });
    api.watch(app);
    app.get("/things/:id", async () => "found");
    await app.register(api.routes);
  });
});
afterEach(async () => {
  await api.close();
  await hub.close();
  await rig[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe("health", () => {
  test.each([undefined, "unknown", "member"])("with the token %s is only whether the server is well", async (token) => {
    const answer = await rig.get("/api/v1/health", token);
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: "ok" }]);
    alarm.raise("storage-unwritable", "disk full");
    const degraded = await rig.get("/api/v1/health", token);
    expect([degraded.statusCode, degraded.json()]).toEqual([503, { status: "degraded" }]);
    alarm.clear("storage-unwritable");
    expect((await rig.get("/api/v1/health", token)).statusCode).toBe(200);
  });

  test("is all there is to know for the owner", async () => {
    await rig.log.append([status("a"), status("b")]);
    rig.clock.advance(61_500);
    alarm.raise("storage-unwritable", "disk full");
    const answer = await rig.get("/api/v1/health", "owner");
    expect(answer.statusCode).toBe(503);
    const health = answer.json();
    expect(health).toEqual({
      status: "degraded",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      publicUrl: null,
      uptime: 61,
      alarms: [{ kind: "storage-unwritable", time: rig.clock.now(), detail: "disk full" }],
      position: { epoch: rig.log.log.epoch, last: `${rig.log.log.epoch}-2` },
      subscribers: { sse: 0, websocket: 0, lines: 0, behind: 0, queuedBytes: 0 },
      database: { bytes: expect.any(Number), logBytes: expect.any(Number) },
      disk: { freeBytes: expect.any(Number), totalBytes: expect.any(Number) },
      scanning: [4],
      webhooks: { waiting: 3, failing: 2 },
    });
    const { path } = rig.log.database;
    expect(health.database).toEqual({ bytes: statSync(path).size, logBytes: statSync(`${path}-wal`).size });
    expect(health.database.bytes + health.database.logBytes).toBeGreaterThan(8_192);
    expect(health.disk.totalBytes).toBeGreaterThan(health.disk.freeBytes);
  });

  test("is described with the other routes", async () => {
    const { paths } = (await rig.get("/api/v1/openapi.json", "owner")).json();
    expect(Object.keys(paths)).toEqual(["/api/v1/events/history", "/api/v1/health", "/api/v1/openapi.json"]);
    const { schema } = paths["/api/v1/health"].get.responses[200].content["application/json"];
    expect(schema.required).toEqual(["status"]);
  });
});

describe("metrics", () => {
  const read = async () => {
    const answer = await rig.get("/metrics", "owner");
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    return answer.body;
  };
  /** The samples of one metric: labels as written, value as a number. */
  const samples = (text: string, name: string) =>
    Object.fromEntries(
      [...text.matchAll(new RegExp(`^${name}(\\{[^}]*\\})? (\\S+)$`, "gm"))].map(([, labels = "", value]) => [
        labels,
        Number(value),
      ]),
    );

  test.each([
    [undefined, 401],
    ["member", 403],
  ])("with the token %s are refused with %d", async (token, code) => {
    expect((await rig.get("/metrics", token)).statusCode).toBe(code);
  });

  test("count what was appended, by type, and do not count it twice when read twice", async () => {
    await rig.log.append([status("a"), status("b")]);
    events.observe(await rig.log.log.read(0, 10));
    await read();
    expect(samples(await read(), "reelay_events_appended_total")).toEqual({ '{type="status.announced"}': 2 });
    expect(samples(await read(), "reelay_log_last_seq")).toEqual({ "": 2 });
  });

  test("count requests by the pattern of their route, and name no address, id or token", async () => {
    await rig.get("/things/4711?X-Plex-Token=owner");
    await rig.get("/things/4712", "owner");
    await rig.get("/things/4713");
    await rig.get("/no/such/4714", "owner");
    const text = await read();
    expect(samples(text, "reelay_http_requests_total")).toEqual({
      '{method="GET",route="/things/:id",status="200"}': 2,
      '{method="GET",route="/things/:id",status="401"}': 1,
      '{method="GET",route="none",status="404"}': 1,
    });
    expect(text).not.toMatch(/471\d|owner/);
  });

  test("tell streams, the database, alarms and the process", async () => {
    alarm.raise("storage-unwritable", "disk full");
    const text = await read();
    expect(samples(text, "reelay_streams")).toEqual({
      '{transport="sse"}': 0,
      '{transport="websocket"}': 0,
      '{transport="lines"}': 0,
    });
    expect(samples(text, "reelay_alarm")).toEqual({
      '{kind="database-corrupted"}': 0,
      '{kind="storage-unwritable"}': 1,
    });
    expect(samples(text, "reelay_sections_scanning")).toEqual({ "": 1 });
    expect(samples(text, "reelay_webhook_deliveries_waiting")).toEqual({ "": 3 });
    expect(samples(text, "reelay_webhook_attempts_total")).toEqual({
      '{result="succeeded"}': 20,
      '{result="failed"}': 4,
    });
    expect(samples(text, "reelay_webhook_hooks")).toMatchObject({ '{breaker="open"}': 1 });
    const { path } = rig.log.database;
    expect(samples(text, "reelay_database_bytes")).toEqual({
      '{file="main"}': statSync(path).size,
      '{file="wal"}': statSync(`${path}-wal`).size,
    });
    for (const name of [
      ...["behind", "queued_bytes", "messages_total", "bytes_total"].map((rest) => `reelay_streams_${rest}`),
      ...["reelay_scans_total", "process_cpu_seconds_total", "nodejs_version_info", "reelay_info"],
    ]) {
      expect(Object.keys(samples(text, name)), name).toHaveLength(1);
    }
  });

  test("show how late the event loop was", async () => {
    const count = async () => samples(await read(), "reelay_event_loop_delay_seconds_count")[""] ?? 0;
    const slow = async () => {
      const all = samples(await read(), "reelay_event_loop_delay_seconds_bucket");
      return (await count()) - (all['{le="0.1"}'] ?? 0);
    };
    await count();
    await expect.poll(count).toBeGreaterThan(0);
    const before = await slow();
    const end = performance.now() + 200;
    while (performance.now() < end);
    await expect.poll(slow).toBeGreaterThan(before);
  });

  test("of two servers in one process are apart", async () => {
    await using other = await apiRig(async ({ app, log, clock }) => {
      const second = openOperatorApi({
        database: log.database,
        log: log.log,
        hub,
        alarm,
        clock,
        events: new EventCounts(),
        lines,
        logger: createLogger("silent"),
        scanning: () => [],
        webhooks: () => webhooks,
      });
      await app.register(second.routes);
    });
    await read();
    const text = (await other.get("/metrics", "owner")).body;
    expect(samples(text, "reelay_sections_scanning")).toEqual({ "": 0 });
    expect(samples(await read(), "reelay_sections_scanning")).toEqual({ "": 1 });
  });
});
