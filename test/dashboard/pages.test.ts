import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { builtDashboard } from "../support/dashboard.ts";
import { ReelayProcess, SAMPLES } from "../support/reelay-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";
import {
  type Complaints,
  openDashboard,
  seriousFaults,
  shiftsOf,
  sidewaysOf,
  watch,
  watchShifts,
} from "./dashboard-page.ts";

const EPISODE = join(SAMPLES, "Shows/Gleis Neuneinhalb/Season 01/Gleis Neuneinhalb - S01E01 - Grüße aus Üsenbach.mkv");
const TOKEN = "the-owners-token-of-this-test";

let folder: TemporaryFolder;
let server: ReelayProcess;
let browser: Browser;
let page: Page;
const seen: Complaints[] = [];

beforeAll(async () => {
  await builtDashboard();
  folder = await temporaryFolder("dashboard");
  server = await ReelayProcess.start({ dataDir: join(folder.path, "data"), media: "samples", token: TOKEN });
  await server.scanned();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  for (const used of [server, folder]) await used?.[Symbol.asyncDispose]();
});

const open = async (path: string, options: Parameters<typeof openDashboard>[3] = {}) => {
  const opened = await openDashboard(browser, server, path, options);
  seen.push(opened.complaints);
  return opened.page;
};
const heading = (name: string | RegExp) => page.getByRole("heading", { name, level: 1 }).waitFor();

test("the link that the start prints signs in, once, and leaves no code in the address", async () => {
  const link = /http\S+\/web#code=\S+/.exec(server.output)?.[0] ?? "";
  page = await browser.newPage();
  seen.push(await watch(page));
  await watchShifts(page);
  await page.goto(link);
  await heading("Now");
  expect(page.url()).toBe(`${server.url}/web/now`);
  await page.context().clearCookies();
  await page.goto(link);
  await heading("Sign in to Reelay");
  expect(await page.getByText("Links count once").count()).toBe(1);
  await page.getByLabel("Token", { exact: true }).fill(TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await heading("Now");
});

test.each([
  ["now", "Now"],
  ["events", "Events"],
  ["library/1", "Library"],
  ["library/item/2", "Die Mühle am Ende der Straße"],
  ["library/item/5", "Marisol Quandt"],
  ["settings/accounts", "Settings"],
  ["settings/devices", "Settings"],
  ["settings/preferences", "Settings"],
  ["settings/maintenance", "Settings"],
  ["settings/servers", "Settings"],
])(
  "%s does not jump while it loads, and has nothing that axe calls serious, in light and dark, wide and narrow",
  async (path, name) => {
    await page.goto(`${server.url}/web/${path}`);
    await heading(name);
    await settled();
    const { shifted, shifts } = await shiftsOf(page);
    expect(shifted, shifts.join("\n")).toBeLessThan(0.1);
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 390],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 860 });
      await heading(name);
      await settled();
      expect(await seriousFaults(page), `${path} ${colorScheme}`).toEqual([]);
      expect(await sidewaysOf(page), `${path} scrolls sideways at ${width}`).toBeLessThanOrEqual(0);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1280, height: 860 });
  },
);

/** Nothing of the page is still being loaded or moved. */
async function settled(): Promise<void> {
  await until(
    async () =>
      (await page.locator(".skeleton, .waiting").count()) === 0 &&
      (await page.evaluate(() =>
        document
          .getAnimations()
          .every(
            (one) => one.playState !== "running" || one.effect?.getTiming().iterations === Number.POSITIVE_INFINITY,
          ),
      )),
    "the page to have loaded",
  );
}

describe("playing in the page", () => {
  test("is told as any player's: the events, who plays what, and what was played", async () => {
    await page.goto(`${server.url}/web/library/item/2`);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    const other = await open("now");
    const card = other.getByRole("listitem").filter({ hasText: "Die Mühle am Ende der Straße" }).first();
    await card.getByText("Playing", { exact: true }).waitFor();
    expect(await card.textContent()).toContain("Owner");
    await other.goto(`${server.url}/web/events?type=session.*&item=2`);
    // It ends by itself, and counts as played. Nobody has to see all of it.
    await page.locator("video").evaluate((video: HTMLVideoElement) => {
      video.playbackRate = 4;
    });
    for (const type of ["session.started", "session.scrobbled", "session.stopped"]) {
      await other.getByText(type, { exact: true }).first().waitFor();
    }
    await other.getByRole("button", { name: /session\.started/ }).click();
    const detail = other.getByRole("complementary", { name: "The event" });
    await detail.getByRole("tab", { name: "SSE" }).click();
    expect(await detail.locator("pre").textContent()).toContain(
      'event: playing\ndata: {"PlaySessionStateNotification"',
    );
    await page.getByText("played once").waitFor();
    await other.context().close();
  });

  test("says before what cannot be decoded, and ends when the owner stops it, with the reason", async () => {
    await page.goto(`${server.url}/web/library/item/3`);
    // Its sound is one that Debian's Chromium has no decoder for; the picture plays.
    await page.getByText("This browser cannot decode AC3.").waitFor();
    await page.getByRole("button", { name: "Play", exact: true }).click();
    // Five seconds would be over before it is stopped.
    await page.locator("video").evaluate((video: HTMLVideoElement) => {
      video.loop = true;
    });
    const other = await open("now");
    await other.getByRole("button", { name: /^Stop The Cartographer/ }).click();
    await other.getByLabel("Reason").fill("Dinner is ready");
    await other.getByRole("button", { name: "Stop playback" }).click();
    await page.getByRole("alert").getByText("Dinner is ready").waitFor();
    await other.getByText("Nobody plays anything").waitFor();
    await other.context().close();
  });
});

test("a scan moves its progress bar, and what it finds appears", async () => {
  const films = join(folder.path, "many");
  await mkdir(films);
  await page.goto(`${server.url}/web/library`);
  await page.evaluate(() => {
    const shown = new Set<string>();
    Object.assign(globalThis, { shown });
    new MutationObserver(() => {
      for (const bar of document.querySelectorAll("[role=progressbar]")) {
        shown.add(bar.getAttribute("aria-valuenow") ?? "");
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  for (let film = 1; film <= 160; film++) await copyFile(EPISODE, join(films, `Film ${film} (2000).mkv`));
  await page.getByRole("button", { name: "Add a section" }).click();
  await page.getByLabel("Folder").fill(films);
  await page.getByLabel("Name").fill("Many films");
  await page.getByRole("button", { name: "Add and scan" }).click();
  await page.getByRole("link", { name: "Many films" }).waitFor();
  await page.getByText(/Scanned just now|Scanned now/).waitFor();
  await page.getByText("160 items", { exact: true }).waitFor();
  // Those that can be seen are there, and the last is where it belongs.
  expect(await page.getByRole("list", { name: "Items of Many films" }).getByRole("listitem").count()).toBeLessThan(120);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.locator("[aria-posinset='160']").getByRole("link").waitFor();
  const shown = await page.evaluate(() => [...(Reflect.get(globalThis, "shown") as Set<string>)]);
  expect(new Set(shown.filter((value) => value !== "").map(Number)).size).toBeGreaterThan(1);
});

test("by keyboard alone one gets to an event, reads it and comes back to it", async () => {
  await page.goto(`${server.url}/web/now`);
  await heading("Now");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expectFocus("main");
  await page.keyboard.press("Shift+Tab");
  await page.getByRole("link", { name: "Events" }).focus();
  await page.keyboard.press("Enter");
  await heading("Events");
  await page.getByRole("listitem").getByRole("button").first().focus();
  await page.keyboard.press("ArrowDown");
  await until(
    async () => (await page.evaluate(() => (document.activeElement as HTMLElement).dataset.index)) === "1",
    "the next row to have the focus",
  );
  // Nothing that comes meanwhile moves it away.
  await server.fetch("/:/prefs?FriendlyName=meanwhile", { method: "PUT" });
  await page.getByRole("button", { name: /new events?$/ }).waitFor();
  await page.keyboard.press("Enter");
  await expectFocus("h2");
  await page.keyboard.press("Escape");
  await until(
    async () => (await page.evaluate(() => (document.activeElement as HTMLElement).dataset.index)) === "1",
    "the row to have the focus again",
  );
});

async function expectFocus(selector: string): Promise<void> {
  await until(
    () => page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector),
    `${selector} to have the focus`,
  );
}

test("a member sees its own sections and nothing of the owner's", async () => {
  const ask = (path: string, body: object) =>
    server.fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const account = (await (await ask("/api/v1/accounts", { name: "Robin", sections: [1] })).json()) as { id: number };
  const made = await ask(`/api/v1/accounts/${account.id}/tokens`, { name: "browser" });
  const { token } = (await made.json()) as { token: string };
  const member = await open("now", { token });
  await member.getByRole("heading", { name: "Now", level: 1 }).waitFor();
  expect(await member.getByRole("navigation", { name: "Pages" }).getByRole("link").allTextContents()).not.toContain(
    "Settings",
  );
  expect(await member.getByRole("heading", { name: "Health" }).count()).toBe(0);
  await member.goto(`${server.url}/web/library`);
  await member.getByRole("link", { name: "Films", exact: true }).waitFor();
  expect(await member.getByRole("link", { name: "Music" }).count()).toBe(0);
  expect(await seriousFaults(member)).toEqual([]);
  await member.context().close();
});

test("signing out ends it", async () => {
  await page.getByRole("button", { name: "Account Owner" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await heading("Sign in to Reelay");
  expect(await seriousFaults(page)).toEqual([]);
});

test("in all of this no policy was broken and no script failed", () => {
  expect(seen.flatMap(({ all }) => all)).toEqual([]);
});
