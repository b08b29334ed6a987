import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { WebhookEventName, WebhookReceiver } from "@reelay/sdk/webhooks";
import { type TestDeliveryOptions, testDelivery, testRequest } from "@reelay/sdk/webhooks/testing";
import { afterEach, describe, expect, test } from "vitest";
import { sampleServer } from "../../test/support/sample-server.ts";
import { until } from "../../test/support/wait.ts";
import { hueLamp } from "./hue-lamp.ts";
import { lights } from "./lights.ts";
import { brightnessOf, drawLamp, type StandInBridge, standInBridge } from "./stand-in-bridge.ts";

const PLAYER = { local: true, publicAddress: "203.0.113.7", title: "Living Room TV", uuid: "tv-1" };
const started: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one[Symbol.asyncDispose]();
});

async function room() {
  const bridge = await standInBridge();
  started.push(bridge);
  const log: string[] = [];
  const lamp = hueLamp({ bridge: bridge.url, key: "k", light: "1" });
  const receiver = lights({ lamp, player: PLAYER.title, log: (line) => log.push(line) });
  /** What a delivery makes of the lamp. */
  const after = async (event: WebhookEventName, { payload, ...options }: TestDeliveryOptions = {}) => {
    await receiver.fetch(await testRequest(event, { payload: { Player: PLAYER, ...payload }, ...options }));
    await receiver.settled();
    return brightnessOf(bridge.state);
  };
  return { bridge, log, after };
}

describe("the lamp", () => {
  test("dims on play and resume, and is bright on pause and stop", async () => {
    const { after } = await room();
    const seen = [];
    for (const event of ["media.play", "media.pause", "media.resume", "media.stop"] as const)
      seen.push(await after(event));
    expect(seen).toEqual([10, 100, 10, 100]);
  });

  test.each<[what: string, payload: NonNullable<TestDeliveryOptions["payload"]>]>([
    ["another player", { Player: { ...PLAYER, title: "Kitchen", uuid: "kitchen-1" } }],
    ["music", { Metadata: { librarySectionType: "artist", type: "track", title: "Salt" } }],
    ["a trailer", { Metadata: { type: "clip", title: "Trailer" } }],
  ])("does not care for %s", async (_what, payload) => {
    const { after, log } = await room();
    expect(await after("media.play", { payload })).toBe(100);
    expect(log).toEqual([]);
  });

  test("does not care for what happened long ago", async () => {
    const { after, log } = await room();
    expect(await after("media.play", { eventTime: Date.now() - 60_000 })).toBe(100);
    expect(log).toEqual(["media.play is too old"]);
  });

  test("that is not there is said, and the next event is taken", async () => {
    const { after, bridge, log } = await room();
    await bridge[Symbol.asyncDispose]();
    started.length = 0;
    await after("media.play");
    await after("media.pause");
    expect(log).toEqual(["fetch failed", "fetch failed"]);
  });

  test("is drawn as bright as it is", () => {
    expect(drawLamp({ on: true, bri: 254 })).toBe("(☼) ████████████████████ 100 %");
    expect(drawLamp({ on: true, bri: 26 })).toBe("(·) ██░░░░░░░░░░░░░░░░░░  10 %");
    expect(drawLamp({ on: false, bri: 26 })).toBe("( ) ░░░░░░░░░░░░░░░░░░░░   0 %");
  });
});

/** Runs one of the example's programs until it has printed its address. */
async function run(program: string, ...args: string[]): Promise<{ url: string; output: () => string }> {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, ["-C", "source", file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  started.push({ [Symbol.asyncDispose]: async () => void child.kill("SIGKILL") });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await until(() => /http:\/\/[\d.:]+/.test(output) || child.exitCode !== null, `${program} to start`);
  return { url: /http:\/\/[\d.:]+/.exec(output)?.[0] ?? "", output: () => output };
}

test("both programs, started as the README says, dim the lamp in the terminal", async () => {
  const bridge = await run("bridge.ts", "--port", "0");
  const options = ["--player", PLAYER.title, "--bridge", bridge.url, "--port", "0", "--secret", "some-text"];
  const receiver = await run("main.ts", ...options);
  const post = async (path: string) => {
    const { headers, body } = await testDelivery("media.play", { payload: { Player: PLAYER } });
    return (await fetch(`${receiver.url}${path}`, { method: "POST", headers, body })).status;
  };
  expect(await post("/?secret=other")).toBe(401);
  expect(await post("/?secret=some-text")).toBe(200);
  await until(
    () => bridge.output().includes("(·) ██░"),
    () => `the lamp to dim: ${bridge.output()}`,
  );
  await until(() => receiver.output().includes("media.play: 10 %"), "the receiver to say so");
});

test("a real server's player dims the lamp, by a hook that signs", async () => {
  const samples = await sampleServer();
  const bridge = await standInBridge();
  started.push(samples, bridge);
  // The address is needed for the hook, and the hook's secret for the receiver.
  let receiver: WebhookReceiver | undefined;
  const server = createServer((request, response) => void receiver?.node(request, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  started.push({ [Symbol.asyncDispose]: async () => void server.close().closeAllConnections() });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const added = await samples.server.fetch("/api/v1/hooks", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ url, filter: { player: PLAYER.title } }),
  });
  const { secret } = (await added.json()) as { secret: string };
  const lamp = hueLamp({ bridge: bridge.url, key: "k", light: "1" });
  receiver = lights({ lamp, player: PLAYER.title, signingSecret: secret });

  for (const [state, brightness] of [
    ["playing", 10],
    ["paused", 100],
    ["playing", 10],
    ["stopped", 100],
  ] as const) {
    const report = `/:/timeline?ratingKey=3&key=/library/metadata/3&state=${state}&time=1000&duration=5016`;
    const headers = { "x-plex-client-identifier": PLAYER.uuid, "x-plex-device-name": PLAYER.title };
    expect((await samples.server.fetch(report, { headers })).status).toBe(200);
    await until(() => brightnessOf(bridge.state) === brightness, `the lamp after ${state}`);
  }
});

test("the stand-in refuses what a bridge refuses", async () => {
  const bridge: StandInBridge = await standInBridge();
  started.push(bridge);
  const lamp = hueLamp({ bridge: bridge.url, key: "k", light: "1" });
  await expect(lamp.set(Number.NaN)).rejects.toThrow("The bridge says 200");
  await expect(hueLamp({ bridge: bridge.url, key: "k", light: "2" }).set(5)).rejects.toThrow("404");
});
