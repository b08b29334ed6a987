import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { until } from "../../../../test/support/wait.ts";
import { open, temporaryFolder } from "../storage/temporary-database.fixture.ts";
import { Receiver } from "./testing/receiver.ts";

/** Kills per run; `npm run soak` asks for more. */
const KILLS = Number(process.env.REELAY_SOAK_ROUNDS ?? 5);
const EVENTS = 2_000;
const HOOKS = ["a", "b"];
const CHILD = fileURLToPath(new URL("./testing/delivery-child.ts", import.meta.url));
const LIMIT_MS = 120_000;

function start(folder: string, url: string): ChildProcess & { output: string } {
  const arguments_ = ["--conditions=source", CHILD, folder, url, String(EVENTS)];
  const child = spawn(process.execPath, arguments_, { stdio: ["ignore", "pipe", "inherit"] });
  const started = Object.assign(child, { output: "" });
  child.stdout?.on("data", (chunk: Buffer) => {
    started.output += chunk;
  });
  return started;
}

test(`kill -9 ${KILLS} times during ${EVENTS} events against a flaky receiver: nothing is lost, and order is kept`, {
  timeout: LIMIT_MS + 10_000 * KILLS,
}, async () => {
  using folder = temporaryFolder();
  const seen = new Set<string>();
  /** Answered with success: the others may come again as often as they like. */
  const taken = new Set<string>();
  // Of each fourteenth delivery the first attempt fails, of each second of these by a cut connection.
  await using receiver = await Receiver.open(({ id }, response, request) => {
    const first = !seen.has(id);
    seen.add(id);
    const digit = Number.parseInt(id.slice(-4), 16) % 28;
    if (first && digit === 0) return void request.socket.destroy();
    if (first && digit === 7) return void response.writeHead(503).end();
    taken.add(id);
    response.writeHead(200).end();
  });
  const url = new URL(receiver.url).origin;
  let child = start(folder.path, url);
  for (let kill = 0; kill < KILLS; kill++) {
    const enough = Math.floor(((kill + 0.5) * EVENTS * HOOKS.length) / (KILLS + 1));
    await until(() => seen.size >= enough || child.exitCode !== null, `delivery ${enough}`, LIMIT_MS);
    expect(child.exitCode, "it ended before it could be killed").toBeNull();
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    child = start(folder.path, url);
  }
  await until(
    () => child.exitCode !== null,
    () => `the end: ${seen.size} deliveries`,
    LIMIT_MS,
  );
  expect(child.output).toBe("done\n");

  await using database = open(`${folder.path}/reelay.db`);
  const rows = database.read.all("SELECT id, hook_id, event_id, subject, state FROM told_deliveries ORDER BY seq");
  const events = database.read.all("SELECT id FROM events WHERE type LIKE 'session.%' ORDER BY seq");
  expect(events).toHaveLength(EVENTS);
  const placeOf = new Map(events.map(({ id }, place) => [String(id), place]));
  // Each event for each hook: one delivery, so one webhook-id, and it has arrived.
  expect(new Set(rows.map(({ hook_id, event_id }) => `${hook_id} ${event_id}`)).size).toBe(EVENTS * HOOKS.length);
  expect(rows).toHaveLength(EVENTS * HOOKS.length);
  expect(rows.filter(({ state }) => state !== "delivered")).toEqual([]);
  const ids = new Map(
    rows.map((row) => [
      String(row.id),
      { place: placeOf.get(String(row.event_id)), key: `${row.hook_id} ${row.subject}` },
    ]),
  );
  expect(rows.filter(({ id }) => !taken.has(String(id)))).toEqual([]);
  expect([...seen].filter((id) => !ids.has(id))).toEqual([]);
  // What arrives again may be the newest of its session, never one before it; and it is the same, to the byte.
  const newest = new Map<string, number>();
  const bodies = new Map<string, Buffer>();
  for (const { id, body } of receiver.received) {
    const { place = -1, key = "" } = ids.get(id) ?? {};
    expect(place).toBeGreaterThanOrEqual(newest.get(key) ?? 0);
    newest.set(key, place);
    const before = bodies.get(id) ?? body;
    expect(before.equals(body), id).toBe(true);
    bodies.set(id, before);
  }
  // Some did come again, else this has shown nothing.
  expect(receiver.received.length).toBeGreaterThan(rows.length);
});
