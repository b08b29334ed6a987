import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { standInBridge } from "../../examples/lights/stand-in-bridge.ts";
import { main } from "../../packages/server/src/cli/index.ts";
import { TestTerminal } from "../../packages/server/src/cli/testing.ts";
import { startServer } from "../../packages/server/src/server.ts";
import type { RunningServer } from "../../packages/server/src/server-options.ts";
import { createLogger } from "../../packages/server/src/support/index.ts";
import { commandsOfGuide } from "../support/guide-commands.ts";
import { SAMPLES } from "../support/reelay-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";
import { discord, homeAssistant, hubitat, type StandIn, standIn, voice } from "./stand-ins.ts";

const TOKEN = "token-of-the-owner";
const FILM = "A Reel Left in the Rain (2003)";
/** As the film's name has it: with a title that could do harm in an address, or in JSON. */
const TITLE = `Rain & "Reels" 100% #1`;

let folder: TemporaryFolder;
let server: RunningServer;
let film: string;

beforeAll(async () => {
  folder = await temporaryFolder("recipes");
  const media = join(folder.path, "Films");
  await mkdir(media);
  await cp(join(SAMPLES, "Films", FILM, `${FILM}.mkv`), join(media, `${FILM}.mkv`), { preserveTimestamps: true });
  const dataDir = join(folder.path, "data");
  await mkdir(dataDir);
  server = await startServer({
    ...{ dataDir, host: "127.0.0.1", port: 0, token: TOKEN, durability: "normal", numericIds: false },
    ...{ maxStreams: 10, hostNames: [], log: createLogger("silent") },
    preferences: { FSEventLibraryUpdatesEnabled: "0", ScheduledLibraryUpdatesEnabled: "0" },
    sections: [{ path: media, name: "Films", type: "movie" }],
  });
  await server.firstScanDone;
  const all = await ask("GET", "/library/sections/1/all");
  const { MediaContainer } = (await all.json()) as { MediaContainer: { Metadata: [{ ratingKey: string }] } };
  film = MediaContainer.Metadata[0].ratingKey;
  await ask("PUT", `/library/metadata/${film}?title.value=${encodeURIComponent(TITLE)}`);
});
afterAll(async () => {
  await server.close();
  await folder[Symbol.asyncDispose]();
});

const ask = async (method: string, path: string): Promise<Response> => {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { "x-plex-token": TOKEN, accept: "application/json" },
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
};

function report(player: string, state: "playing" | "paused" | "stopped"): Promise<Response> {
  const query = new URLSearchParams({
    ...{ ratingKey: film, key: `/library/metadata/${film}`, state, time: "0", duration: "60000" },
    ...{ "X-Plex-Client-Identifier": player, "X-Plex-Device-Name": player },
  });
  return ask("POST", `/:/timeline?${query}`);
}

/** Runs a recipe as the guide has it, but for the server that it names. */
async function add(recipe: string, origin: string): Promise<void> {
  for (const [hooks, verb, address = "", ...rest] of commandsOfGuide("webhooks.md", recipe)) {
    expect([hooks, verb]).toEqual(["hooks", "add"]);
    const to = address.replace(/^https?:\/\/[^/]+/, origin);
    const terminal = new TestTerminal({ HOME: folder.path });
    const code = await main(["hooks", "add", to, ...rest, "--url", server.url, "--token", TOKEN], terminal);
    expect([code, terminal.complained]).toEqual([0, [expect.stringContaining("is added")]]);
  }
}

/** On another player first, so that what the room does is what its own player did. */
async function play(): Promise<void> {
  await report("Bedroom", "playing");
  await report("Bedroom", "stopped");
  await report("Living Room TV", "playing");
}

async function done(home: StandIn, what: readonly string[]): Promise<void> {
  await until(
    () => home.did.length >= what.length || home.refused.length > 0,
    () => `${what}; did ${home.did}`,
  );
  expect([home.did, home.refused]).toEqual([what, []]);
}

test("the recipes of the guide do what they say, all of them at once", async () => {
  await using bridge = await standInBridge();
  await using assistant = await standIn(homeAssistant);
  await using hub = await standIn(hubitat);
  await using chat = await standIn(discord);
  await using speaker = await standIn(voice);
  await add("Philips Hue", bridge.url);
  await add("Home Assistant", assistant.origin);
  await add("Hubitat", hub.origin);
  await add("Discord", chat.origin);
  await add("A voice-command program", speaker.origin);

  await play();
  await until(() => bridge.state.bri === 25, "the lamp to be dimmed");
  await until(
    () => assistant.did.includes("light.turn_off light.living_room"),
    () => `${assistant.did}`,
  );
  await done(hub, ["device 12 off"]);
  const said = `Owner watches ${TITLE} (2003) {"parse":[]}`;
  await done(chat, [said, said]);
  await until(
    () => speaker.did.length >= 2,
    () => `both sentences; ${speaker.did} ${speaker.refused}`,
  );
  expect([[...speaker.did].sort(), speaker.refused]).toEqual([
    [`all: ${TITLE} begins in the living room`, `living room: ${TITLE}`],
    [],
  ]);

  await report("Living Room TV", "paused");
  await until(() => bridge.state.bri === 254, "the lamp to be bright");
  await done(hub, ["device 12 off", "device 12 on"]);
  const trigger = (event: string) => `trigger WEBHOOK_ID with ${event} of ${TITLE}`;
  await until(
    () => assistant.did.includes(trigger("media.pause")),
    () => `${assistant.did}`,
  );
  await until(
    () => assistant.did.includes("light.turn_on light.living_room"),
    () => `${assistant.did}`,
  );
  expect([assistant.did.filter((what) => what.startsWith("light")), assistant.refused]).toEqual([
    ["light.turn_off light.living_room", "light.turn_on light.living_room"],
    [],
  ]);
});
