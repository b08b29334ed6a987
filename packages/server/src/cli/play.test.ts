import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { until } from "../../../../test/support/wait.ts";
import { startServer } from "../server.ts";
import type { RunningServer } from "../server-options.ts";
import { createLogger } from "../support/index.ts";
import { main } from "./main.ts";
import { clockTime, readDuration, readPlace, readSpeed } from "./play-arguments.ts";
import { TestTerminal } from "./testing.ts";

const samples = new URL("../../../../samples/media/", import.meta.url).pathname;
const dataDir = mkdtempSync(join(tmpdir(), "reelay-play-"));
let server: RunningServer;
let told: string[] = [];

beforeAll(async () => {
  server = await startServer({
    dataDir,
    host: "127.0.0.1",
    port: 0,
    durability: "normal",
    numericIds: false,
    maxStreams: 10,
    hostNames: [],
    sections: ["Films", "Shows"].map((folder) => ({ path: join(decodeURI(samples), folder) })),
    log: createLogger("silent"),
  });
  await server.firstScanDone;
  server.onNotification(({ type, entry }) => {
    if (type === "playing") told.push(`${entry.state} ${entry.ratingKey}`);
  });
});
afterAll(async () => {
  await server.close();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(() => {
  told = [];
});

function play(terminal: TestTerminal, ...args: readonly string[]): Promise<number> {
  return main(["play", ...args, "--url", server.url, "--token", server.localToken], terminal);
}

/** An answer may arrive before what it caused is told. */
async function stopTold(): Promise<void> {
  await until(
    () => told.at(-1)?.startsWith("stopped") === true,
    () => `the stop: ${told.join(", ")}`,
  );
}

async function sessions(): Promise<Record<string, Record<string, unknown>>[]> {
  const response = await fetch(`${server.url}/status/sessions`, {
    headers: { "x-plex-token": server.localToken, accept: "application/json" },
  });
  const { MediaContainer } = (await response.json()) as { MediaContainer: { Metadata?: never[] } };
  return MediaContainer.Metadata ?? [];
}

test("plays a film by a part of its title to its end, and says when it counts as played", async () => {
  const terminal = new TestTerminal();
  expect(await play(terminal, "mühle", "--at", "50%", "--speed", "4", "--player", "Kitchen")).toBe(0);
  expect(terminal.printed[0]).toMatch(/^▶ Die Mühle am Ende der Straße \(1987\) on Kitchen, at 0:0\d of 0:0\d$/);
  expect(terminal.printed).toContainEqual(expect.stringContaining("counts as played"));
  expect(terminal.printed.at(-1)).toMatch(/^Stopped at 0:0\d, the end\.$/);
  await stopTold();
  expect(told[0]).toMatch(/^playing/);
});

test("plays an episode by its number under its player's name, and stops when it is interrupted", async () => {
  const terminal = new TestTerminal();
  const done = play(terminal, "tidewrack & sons s01e02", "--player", "Küche 台所", "--speed", "0.01");
  await terminal.line("▶ Tidewrack & Sons S01 E02");
  const [session] = await sessions();
  expect(session?.Player).toMatchObject({
    title: "Küche 台所",
    product: "Reelay Player",
    state: "playing",
    local: true,
  });
  terminal.interrupt();
  expect(await done).toBe(0);
  await stopTold();
  expect(await sessions()).toEqual([]);
});

test("a session that an administrator has ended is not brought back by the goodbye of its player", async () => {
  const terminal = new TestTerminal();
  const done = play(terminal, "雨の灯台", "--speed", "0.01", "--for", "1h");
  await terminal.line("▶");
  const [session] = await sessions();
  const id = encodeURIComponent(String(session?.Session?.id));
  await fetch(`${server.url}/status/sessions/terminate?sessionId=${id}&reason=Bed+time`, {
    headers: { "x-plex-token": server.localToken },
  });
  expect(await sessions()).toEqual([]);
  await stopTold();
  terminal.interrupt();
  expect(await done).toBe(0);
  // What is told comes in order: whatever the goodbye caused is before the next start.
  expect(await play(new TestTerminal(), "mühle", "--at", "99%")).toBe(0);
  await until(
    () => told.at(-1)?.startsWith("stopped") === true && told.length > 3,
    () => told.join(", "),
  );
  expect(told.filter((line) => line.startsWith("stopped"))).toHaveLength(2);
});

test.each([
  [["nothing like it"], "REELAY_NOT_FOUND"],
  [["4711"], "REELAY_NOT_FOUND"],
  [["i"], "name one by its number"],
  [["Tidewrack & Sons S09E01"], "has no episode"],
  [["mühle", "--at", "101%"], "--at"],
  [["mühle", "--at", "2h"], "ends at"],
  [["mühle", "--speed", "0"], "--speed"],
  [["mühle", "--for", "-1s"], "--for"],
  [["mühle", "--account", "Nobody"], "There is no account"],
])("%j ends with an explanation", async (args, what) => {
  const terminal = new TestTerminal();
  expect(await play(terminal, ...args)).toBe(1);
  expect(terminal.complained.join("\n")).toContain(what);
  expect(told).toEqual([]);
});

test("places, times and speeds are read as people write them", () => {
  expect(["89%", "1:23:45", "12:30", "90s", "1h20m", "1.5h"].map((text) => readPlace("--at", text))).toEqual([
    { part: 0.89 },
    { ms: 5_025_000 },
    { ms: 750_000 },
    { ms: 90_000 },
    { ms: 4_800_000 },
    { ms: 5_400_000 },
  ]);
  expect([readDuration("--for", "2m"), readSpeed("--speed", "0.5")]).toEqual([120_000, 0.5]);
  expect([0, 59_999, 187_000, 5_025_000].map(clockTime)).toEqual(["0:00", "0:59", "3:07", "1:23:45"]);
});
