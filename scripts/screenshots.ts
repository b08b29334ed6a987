/**
 * Makes the pictures of the dashboard in docs/pictures, from a real server with the sample library:
 *
 *     node -C source scripts/screenshots.ts
 *
 * They look best where the fonts Inter and one for Japanese are installed (on Debian: fonts-inter, fonts-vlgothic).
 */
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { launchChromium } from "../test/support/chromium.ts";
import { builtDashboard } from "../test/support/dashboard.ts";
import { REPOSITORY, type ReelayProcess } from "../test/support/reelay-process.ts";
import { sampleServer } from "../test/support/sample-server.ts";
import { until } from "../test/support/wait.ts";

const folder = join(REPOSITORY, "docs/pictures");

interface Player {
  readonly name: string;
  readonly product: string;
  readonly platform: string;
}

const tv: Player = { name: "Living room", product: "Plex for Samsung", platform: "Tizen" };
const phone: Player = { name: "Mara's phone", product: "Plexamp", platform: "Android" };

await builtDashboard();
mkdirSync(folder, { recursive: true });
await using samples = await sampleServer();
const { server } = samples;
await using receiver = await startReceiver();
const hook = await setUp(server, receiver.url);
const browser = await launchChromium();
try {
  await takePictures(browser, server, hook);
} finally {
  await browser.close();
}

/** A program that takes webhooks, but for one that is meant for the lights. */
async function startReceiver(): Promise<AsyncDisposable & { readonly url: string }> {
  let forLights = 0;
  const taking = createServer((request, response) => {
    const fails = request.url === "/lights" && ++forLights === 9;
    request.resume().on("end", () => response.writeHead(fails ? 502 : 200).end(fails ? "out of order" : "ok"));
  }).listen(0, "127.0.0.1");
  await once(taking, "listening");
  return {
    url: `http://127.0.0.1:${(taking.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      taking.closeAllConnections();
      taking.close();
    },
  };
}

/** What the pictures show: hooks, and people who play. @returns the id of the hook for lights */
async function setUp(server: ReelayProcess, receiver: string): Promise<string> {
  const post = async (path: string, body: object) => {
    const headers = { "content-type": "application/json", accept: "application/json" };
    const answer = await server.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { readonly id: string };
  };
  await post("/api/v1/accounts", { name: "Mara", sections: "all" });
  const media = ["media.play", "media.pause", "media.resume", "media.stop"];
  const { id } = await post("/api/v1/hooks", {
    url: `${receiver}/lights`,
    description: "Living room lights",
    events: media,
    filter: { player: tv.name, type: ["movie", "episode"] },
  });
  await post("/api/v1/hooks", { url: `${receiver}/scrobble`, description: "Scrobbler", preset: "records" });
  await post("/api/v1/hooks", { url: "http://127.0.0.1:9/", description: "Old display in the kitchen" });
  for (let round = 0; round < 3; round++) {
    for (const [state, time] of [
      ["playing", 0],
      ["paused", 1_500],
      ["playing", 1_600],
      ["stopped", 3_900],
    ] as const) {
      await report(server, tv, 2, state, time);
      await report(server, phone, 9, state, Math.min(time, 3_000));
    }
  }
  await until(async () => {
    const asked = await server.fetch(`/api/v1/deliveries?hook=${id}&state=delivered`);
    return ((await asked.json()) as { readonly deliveries: readonly unknown[] }).deliveries.length >= 12;
  }, "the hook for lights to have got its deliveries");
  return id;
}

async function report(server: ReelayProcess, player: Player, item: number, state: string, time: number): Promise<void> {
  const answer = await server.fetch(`/:/timeline?ratingKey=${item}&state=${state}&time=${time}`, {
    method: "POST",
    headers: {
      "x-plex-client-identifier": player.name,
      "x-plex-device-name": player.name,
      "x-plex-product": player.product,
      "x-plex-platform": player.platform,
    },
  });
  if (!answer.ok) throw new Error(`a report was refused: ${answer.status}`);
}

async function takePictures(browser: Browser, server: ReelayProcess, hook: string): Promise<void> {
  await report(server, tv, 3, "playing", 1_000);
  await report(server, phone, 17, "paused", 1_200);
  const wide = { width: 1240, height: 800 };
  await shoot(browser, server, "now", "now", { scheme: "dark", ...wide }, async (page) => {
    await page.locator(".traffic-plot canvas").waitFor();
  });
  await shoot(browser, server, "events", "events?type=session.*,item.*", { scheme: "light", ...wide }, async (page) => {
    await page
      .getByRole("button", { name: /session\.scrobbled/ })
      .first()
      .click();
    await page.getByRole("tab", { name: "Webhooks" }).click();
    await page.getByText("As media.scrobble").waitFor();
  });
  await shoot(browser, server, "webhook", `webhooks/${hook}/edit`, { scheme: "light", ...wide }, async (page) => {
    await page.getByText(/would have been sent/).waitFor();
  });
  await shoot(browser, server, "delivery", `webhooks/${hook}`, { scheme: "dark", ...wide }, async (page) => {
    // One that did not arrive at once.
    await page
      .getByRole("button", { name: /Delivered.*2 attempts/ })
      .last()
      .click();
    await page.getByText("Attempt 2").waitFor();
    await page.getByText("Payload").scrollIntoViewIfNeeded();
  });
}

interface Look {
  readonly scheme: "light" | "dark";
  readonly width: number;
  readonly height: number;
}

async function shoot(
  browser: Browser,
  server: ReelayProcess,
  name: string,
  path: string,
  { scheme, ...viewport }: Look,
  ready: (page: Page) => Promise<unknown>,
): Promise<void> {
  const context = await browser.newContext({ viewport, colorScheme: scheme, locale: "en-GB", reducedMotion: "reduce" });
  const signedIn = await context.request.post(`${server.url}/api/v1/sign-in`, {
    data: { token: server.token },
    headers: { origin: server.url },
  });
  if (!signedIn.ok()) throw new Error(`signing in failed: ${signedIn.status()}`);
  const page = await context.newPage();
  await page.goto(`${server.url}/web/${path}`);
  await page.getByText("Live", { exact: true }).waitFor({ state: "attached" });
  await ready(page);
  await until(async () => (await page.locator(".skeleton, .waiting").count()) === 0, "the page to have loaded");
  await page.waitForLoadState("networkidle");
  // Few colours, so that the repository stays small.
  const picture = await sharp(await page.screenshot())
    .png({ palette: true, colours: 128, effort: 10 })
    .toBuffer();
  writeFileSync(join(folder, `${name}.png`), picture);
  await context.close();
}
