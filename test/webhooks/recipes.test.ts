import { afterAll, beforeAll, expect, test } from "vitest";
import { standInBridge } from "../../examples/lights/stand-in-bridge.ts";
import { main } from "../../packages/server/src/cli/index.ts";
import { TestTerminal } from "../../packages/server/src/cli/testing.ts";
import { commandsOfGuide } from "../support/guide-commands.ts";
import { until } from "../support/wait.ts";
import { type FilmServer, filmServer, TOKEN } from "./film-server.ts";
import { discord, homeAssistant, hubitat, type StandIn, standIn, voice } from "./stand-ins.ts";

/** A title that could do harm in an address, or in JSON. */
const TITLE = `Rain & "Reels" 100% #1`;

let home: FilmServer;
beforeAll(async () => {
  home = await filmServer();
  const titled = await home.ask("PUT", `/library/metadata/${home.film}?title.value=${encodeURIComponent(TITLE)}`);
  expect(titled.status).toBe(200);
});
afterAll(() => home[Symbol.asyncDispose]());

async function report(player: string, state: "playing" | "paused" | "stopped"): Promise<void> {
  const query = new URLSearchParams({
    ...{ ratingKey: home.film, key: `/library/metadata/${home.film}`, state, time: "0", duration: "60000" },
    ...{ "X-Plex-Client-Identifier": player, "X-Plex-Device-Name": player },
  });
  expect((await home.ask("POST", `/:/timeline?${query}`)).status).toBe(200);
}

/** Runs a recipe as the guide has it, but for the server that it names. */
async function add(recipe: string, origin: string): Promise<void> {
  for (const [hooks, verb, address = "", ...rest] of commandsOfGuide("webhooks.md", recipe)) {
    expect([hooks, verb]).toEqual(["hooks", "add"]);
    const to = address.replace(/^https?:\/\/[^/]+/, origin);
    const terminal = new TestTerminal({ HOME: home.folder });
    const code = await main(["hooks", "add", to, ...rest, "--url", home.server.url, "--token", TOKEN], terminal);
    expect([code, terminal.complained]).toEqual([0, [expect.stringContaining("is added")]]);
  }
}

/** On another player first, so that what the room does is what its own player did. */
async function play(): Promise<void> {
  await report("Bedroom", "playing");
  await report("Bedroom", "stopped");
  await report("Living Room TV", "playing");
}

async function done(thing: StandIn, what: readonly string[]): Promise<void> {
  await until(
    () => thing.did.length >= what.length || thing.refused.length > 0,
    () => `${what}; did ${thing.did}`,
  );
  expect([thing.did, thing.refused]).toEqual([what, []]);
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
