import { execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium, pageOf } from "../../test/support/chromium.ts";
import { REPOSITORY } from "../../test/support/reelay-process.ts";
import { type SampleServer, sampleServer } from "../../test/support/sample-server.ts";
import { until } from "../../test/support/wait.ts";

let samples: SampleServer;
let browser: Browser;
const stops: (() => void)[] = [];

beforeAll(async () => {
  [samples, browser] = await Promise.all([sampleServer(), launchChromium()]);
});
afterAll(async () => {
  for (const stop of stops) stop();
  await browser?.close();
  await samples?.[Symbol.asyncDispose]();
});

async function report(state: string, time: number): Promise<void> {
  const query = `ratingKey=3&key=/library/metadata/3&state=${state}&time=${time}&duration=5016`;
  const headers = { "x-plex-client-identifier": "page-tv", "x-plex-device-name": "Page TV", "x-plex-product": "Test" };
  expect((await samples.server.fetch(`/:/timeline?${query}`, { headers })).status).toBe(200);
}

test("the page, started as the README says, shows what plays as it happens", async () => {
  const file = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, ["-C", "source", file, "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  stops.push(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await until(() => /http:\/\/[\d.:]+/.test(output) || child.exitCode !== null, "the program to start");
  const address = /http:\/\/[\d.:]+/.exec(output)?.[0];
  const { title } = await titleOf("3");

  await report("playing", 0);
  const page = await pageOf(browser, `${address}/`);
  await page.getByLabel("Server").fill(samples.server.url);
  await page.getByLabel("Token").fill(samples.server.token);
  await page.getByRole("button", { name: "Watch" }).click();
  const sessions = page.getByRole("list", { name: "Sessions" });
  await sessions.getByText(title).waitFor();
  await sessions.getByText("on Page TV, playing").waitFor();
  await page.getByRole("status").getByText("1 playing.").waitFor();

  const progress = sessions.getByRole("progressbar");
  const howFar = () => progress.getAttribute("aria-label");
  await until(async () => /^0:0[1-5] of 0:05$/.test((await howFar()) ?? ""), "the film to go on by itself");

  await report("paused", 2_000);
  await sessions.getByText("on Page TV, paused").waitFor();
  await page.getByRole("list", { name: "What happened" }).getByText(`paused ${title}`).waitFor();
  expect(await howFar()).toBe("0:02 of 0:05");
  // Nothing has happened by this, except that the player is somewhere else.
  await report("paused", 4_000);
  await until(async () => (await howFar()) === "0:04 of 0:05", "the player to be seen to seek");
  expect(
    await sessions.locator("img").evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
  ).toBeGreaterThan(0);

  await report("stopped", 2_000);
  await page.getByRole("status").getByText("Nothing plays.").waitFor();
  expect(await sessions.getByRole("listitem").count()).toBe(0);

  const other = await pageOf(browser, `${address}/#server=${samples.server.url}&token=wrong`);
  await other.getByRole("status").getByText("/status/sessions was answered with 401").waitFor();
  expect(other.url()).not.toContain("token");
});

async function titleOf(key: string): Promise<{ title: string }> {
  const response = await samples.server.fetch(`/library/metadata/${key}`, { headers: { accept: "application/json" } });
  const body = (await response.json()) as { MediaContainer: { Metadata: [{ title: string }] } };
  return body.MediaContainer.Metadata[0];
}

test("its program has no mistakes of types", async () => {
  const tsc = fileURLToPath(new URL("node_modules/.bin/tsc", `file://${REPOSITORY}`));
  const run = promisify(execFile)(tsc, ["-p", fileURLToPath(new URL("tsconfig.json", import.meta.url))]);
  expect((await run.catch((error: unknown) => error as { stdout: string })).stdout).toBe("");
});
