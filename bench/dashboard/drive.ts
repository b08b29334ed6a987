/**
 * Drives Chromium for bench/dashboard.ts, and prints what it measured:
 *
 *     node -C source bench/dashboard/drive.ts RATE SECONDS ROUNDS
 */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { openDashboard } from "../../test/dashboard/dashboard-page.ts";
import { numbersInList, tellSteadily } from "../../test/dashboard/event-list.ts";
import { launchChromium } from "../../test/support/chromium.ts";
import { builtDashboard } from "../../test/support/dashboard.ts";
import { ReelayProcess } from "../../test/support/reelay-process.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import type { Measured, Round } from "../dashboard.ts";

const [rate = 0, seconds = 0, rounds = 0] = process.argv.slice(2).map(Number);

await builtDashboard();
await using folder = await temporaryFolder("bench-dashboard");
await using server = await ReelayProcess.start({ dataDir: folder.path });
const browser = await launchChromium();
try {
  const measured: Measured = { chromium: browser.version(), list: [], counted: [] };
  const { openList, openCounting } = await openPages(browser, server);
  for (let round = 0; round < rounds; round++) {
    measured.list.push(await inList(await openList(), server));
    measured.counted.push(await inCounter(await openCounting(), server));
  }
  process.stdout.write(JSON.stringify(measured));
} finally {
  await browser.close();
}

/** Both pages note their long tasks and frames. */
async function openPages(browser: Browser, server: ReelayProcess) {
  const { page, context } = await openDashboard(browser, server, "now", { width: 1280, height: 860 });
  await noteTasks(context);
  const asked = page.waitForEvent("websocket");
  await page.reload();
  const address = (await asked).url();
  const openList = async () => {
    await page.goto(`${server.url}/web/events?type=preference.changed&since=${Date.now()}`);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.waitForLoadState("networkidle");
    return page;
  };
  return {
    openList,
    openCounting: () => countingPage(browser, context, server, address),
  };
}

async function noteTasks(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const noted = { tasks: [] as number[], frames: 0 };
    Object.assign(globalThis, { noted });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) noted.tasks.push(duration);
    }).observe({ type: "longtask" });
    const frame = () => {
      noted.frames++;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

/** The same stream, read and counted and nothing else: what the browser and its socket take by themselves. */
async function countingPage(browser: Browser, signedIn: BrowserContext, server: ReelayProcess, address: string) {
  const context = await browser.newContext({ bypassCSP: true, storageState: await signedIn.storageState() });
  await noteTasks(context);
  const page = await context.newPage();
  await page.goto(`${server.url}/web/icon.svg`);
  await page.evaluate(async (url) => {
    const counted: number[] = [];
    Object.assign(globalThis, { counted });
    const socket = new WebSocket(url);
    socket.onmessage = ({ data }) => {
      const number = /box-(\d+)-/.exec(JSON.stringify(JSON.parse(data)))?.[1];
      if (number !== undefined) counted.push(Number(number));
    };
    await new Promise((resolve) => socket.addEventListener("open", resolve));
  }, address);
  return page;
}

async function inList(page: Page, server: ReelayProcess): Promise<Round> {
  const { total, ...noted } = await during(page, server, (last) =>
    page
      .getByText(`is now "box-${last}-"`)
      .waitFor()
      .then(() => undefined),
  );
  const missing = total - new Set(await numbersInList(page)).size;
  await page.goto("about:blank");
  return { ...noted, missing };
}

async function inCounter(page: Page, server: ReelayProcess): Promise<Round> {
  const { total, ...noted } = await during(page, server, (last) =>
    page.waitForFunction((number) => Reflect.get(globalThis, "counted").includes(number), last).then(() => undefined),
  );
  const counted = await page.evaluate(() => Reflect.get(globalThis, "counted") as number[]);
  await page.context().close();
  return { ...noted, missing: total - new Set(counted).size };
}

async function during(page: Page, server: ReelayProcess, arrived: (last: number) => Promise<void>) {
  const read = () => page.evaluate(() => Reflect.get(globalThis, "noted") as { tasks: number[]; frames: number });
  const before = await read();
  const start = performance.now();
  const total = await tellSteadily(server, rate, seconds);
  await arrived(total - 1);
  const took = (performance.now() - start) / 1_000;
  const after = await read();
  const tasks = after.tasks.slice(before.tasks.length);
  return {
    total,
    perSecond: total / took,
    frames: (after.frames - before.frames) / took,
    longTasks: tasks.length,
    longest: Math.max(0, ...tasks),
  };
}
