import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type GapEvent, PlexAPI } from "@reelay/sdk";
import { type SessionUpdate, watchSessions } from "@reelay/sdk/sessions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lastingPort } from "../support/lasting-port.ts";
import { REPOSITORY, ReelayProcess, SAMPLES } from "../support/reelay-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";

const token = "token-of-the-tests";
/** 5,016 ms long. */
const FILM = "The Cartographer's Daughter";
const PROBE = "probe";
let data: TemporaryFolder;
let server: ReelayProcess;
let port: number;
let ratingKey: string;

const start = () => ReelayProcess.start({ dataDir: data.path, media: [join(SAMPLES, "Films")], token, port });

beforeAll(async () => {
  data = await temporaryFolder("sdk-data");
  port = await lastingPort();
  server = await start();
  await server.scanned();
  const answer = await server.fetch("/library/sections/1/all", { headers: { accept: "application/json" } });
  const { MediaContainer } = (await answer.json()) as {
    MediaContainer: { Metadata: { title: string; ratingKey: string }[] };
  };
  ratingKey = MediaContainer.Metadata.find(({ title }) => title === FILM)?.ratingKey ?? "";
});
afterAll(async () => {
  await server?.end("SIGTERM");
  await data?.[Symbol.asyncDispose]();
});

/** Watches, and keeps all that is told. Ready when it has seen which sessions are there already. */
async function watch(match: Parameters<typeof watchSessions>[1] = {}) {
  const told: (SessionUpdate | GapEvent)[] = [];
  const errors: Error[] = [];
  const plexAPI = new PlexAPI({ serverURL: server.url, token });
  const sessions = watchSessions(plexAPI, match, { onError: (error) => errors.push(error) });
  const done = (async () => {
    for await (const update of sessions) told.push(update);
  })();
  const of = (player: string) =>
    told.flatMap((update) => (update.type !== "gap" && update.player.uuid === player ? [update.type] : []));
  // A playback of its own, told, says that the watch is there. It may be one that the watch finds there.
  let changes = 0;
  await until(async () => {
    await report(PROBE, changes++ % 2 === 0 ? "playing" : "paused", 0);
    await delay(100);
    return of(PROBE).length > 0;
  }, "the watch to be there");
  await report(PROBE, "stopped", 0);
  await until(() => of(PROBE).includes("stopped"), "the end of the probe");
  return { told, errors, of, done, [Symbol.asyncDispose]: () => sessions.close() };
}

/** A player's report. @param time ms */
async function report(player: string, state: "playing" | "paused" | "stopped", time: number): Promise<void> {
  const query = new URLSearchParams({ ratingKey, key: `/library/metadata/${ratingKey}`, state, time: String(time) });
  const answer = await server.fetch(`/:/timeline?${query}`, {
    headers: { "x-plex-client-identifier": player, "x-plex-device-name": `The ${player}`, "x-plex-product": "Tests" },
  });
  expect(answer.status).toBe(200);
}

test("what players report is told: play, pause, resume, scrobble and stop, with item, player and account", async () => {
  await using watching = await watch();
  // Each after the one before was told, as people's hands are slower than what a watch has to ask its server.
  const reports = [
    ["playing", 0, "started"],
    ["paused", 500, "paused"],
    ["playing", 500, "resumed"],
    ["playing", 4_900, "scrobbled"],
    ["stopped", 4_950, "stopped"],
  ] as const;
  for (const [state, time, told] of reports) {
    await report("tv", state, time);
    await until(
      () => watching.of("tv").includes(told),
      () => `${told}: ${watching.of("tv")}`,
    );
  }
  expect(watching.of("tv")).toEqual(["started", "paused", "resumed", "scrobbled", "stopped"]);
  const updates = watching.told.filter((update) => update.type !== "gap" && update.player.uuid === "tv");
  for (const update of updates) {
    expect(update).toMatchObject({
      item: { ratingKey, title: FILM, type: "movie", section: { id: "1", title: "Films" } },
      player: { uuid: "tv", title: "The tv", local: true },
      account: { id: "1" },
    });
  }
  expect(new Set(updates.map((update) => update.type !== "gap" && update.session)).size).toBe(1);
  expect(watching.errors).toEqual([]);
});

test("two players of one account are two playbacks, whose updates do not mix", async () => {
  await using watching = await watch();
  await report("tv", "playing", 0);
  await report("phone", "playing", 100);
  await report("tv", "paused", 200);
  await report("phone", "stopped", 300);
  await report("tv", "playing", 200);
  await report("tv", "stopped", 400);
  await until(() => watching.of("tv").length === 4 && watching.of("phone").length === 2, "all of them");
  expect(watching.of("tv")).toEqual(["started", "paused", "resumed", "stopped"]);
  expect(watching.of("phone")).toEqual(["started", "stopped"]);
  const session = (player: string) =>
    new Set(
      watching.told.flatMap((each) => (each.type !== "gap" && each.player.uuid === player ? [each.session] : [])),
    );
  expect([session("tv").size, session("phone").size]).toEqual([1, 1]);
  expect([...session("tv")]).not.toEqual([...session("phone")]);
});

test("a playback outlasts kill -9 and a restart: it is neither told as started again nor lost", async () => {
  await using watching = await watch();
  await report("tv", "playing", 0);
  await until(() => watching.of("tv").length === 1, "the start");
  await server.end("SIGKILL");
  server = await start();
  await report("tv", "paused", 700);
  await until(() => watching.of("tv").length === 2, "the pause");
  await report("tv", "playing", 700);
  await report("tv", "stopped", 800);
  await until(() => watching.of("tv").includes("stopped"), "the stop");
  expect(watching.of("tv")).toEqual(["started", "paused", "resumed", "stopped"]);
});

test("reelay play is a player like any other, and a filter lets through whose playback it names", async () => {
  await using watching = await watch({ player: ["Kitchen", `The ${PROBE}`], type: "movie" });
  const kitchen = () =>
    watching.told.flatMap((update) => (update.type !== "gap" && update.player.title === "Kitchen" ? [update] : []));
  const command = ["-C", "source", join(REPOSITORY, "packages/server/bin/reelay.js"), "play", FILM];
  const args = [...command, "--player", "Kitchen", "--url", server.url, "--token", token];
  await report("tv", "playing", 0);
  await report("tv", "stopped", 0);
  const playing = spawn(process.execPath, args, { cwd: REPOSITORY, stdio: "ignore" });
  const [code] = await once(playing, "exit");
  expect(code).toBe(0);
  await until(
    () => kitchen().some(({ type }) => type === "stopped"),
    () => JSON.stringify([watching.told, watching.errors]),
  );
  expect(kitchen().map(({ type }) => type)).toEqual(["started", "scrobbled", "stopped"]);
  expect(
    watching.told.every((update) => update.type === "gap" || /^Kitchen$|probe/.test(update.player.title ?? "")),
  ).toBe(true);
  expect(kitchen().at(-1)).toMatchObject({ player: { title: "Kitchen" }, item: { title: FILM } });
});
