import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { builtDashboard } from "../support/dashboard.ts";
import { ReelayProcess } from "../support/reelay-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";
import { type Complaints, openDashboard, watch } from "./dashboard-page.ts";
import { numbersInList, numbersInLog, tellSteadily } from "./event-list.ts";

const TOKEN = "the-owners-token-of-this-test";
const RATE = 200;
const SECONDS = process.env.REELAY_SOAK_ROUNDS === undefined ? 4 : 20;
/** As many connections as a browser opens to one host over HTTP/1.1: streams among them would leave none for a question. */
const TABS = 6;

let folder: TemporaryFolder;
let server: ReelayProcess;
let browser: Browser;
let page: Page;
const seen: Complaints[] = [];

const start = (port = 0) => ReelayProcess.start({ dataDir: join(folder.path, "data"), token: TOKEN, port });

beforeAll(async () => {
  await builtDashboard();
  folder = await temporaryFolder("dashboard-live");
  server = await start();
  browser = await launchChromium();
  const opened = await openDashboard(browser, server, "events?type=preference.changed");
  page = opened.page;
  seen.push(opened.complaints);
});
afterAll(async () => {
  await browser?.close();
  for (const used of [server, folder]) await used?.[Symbol.asyncDispose]();
});

const rename = (name: string) => server.fetch(`/:/prefs?FriendlyName=${name}`, { method: "PUT" });
const isLive = (tab: Page) => tab.getByText("Live", { exact: true }).waitFor();

test(`${TABS} tabs of one browser have one WebSocket each; all of them stay live, and each can still ask`, async () => {
  const context = page.context();
  const sockets = new Map<Page, string[]>();
  const tabs: Page[] = [];
  for (let at = 0; at < TABS; at++) {
    const tab = await context.newPage();
    seen.push(await watch(tab));
    sockets.set(tab, []);
    tab.on("websocket", (socket) => sockets.get(tab)?.push(socket.url()));
    tabs.push(tab);
  }
  await Promise.all(tabs.map((tab) => tab.goto(`${server.url}/web/events?type=preference.changed`)));
  await Promise.all(tabs.map(isLive));
  await rename("all-of-them");
  await Promise.all(tabs.map((tab) => tab.getByText('is now "all-of-them"').waitFor()));
  // From page to page within each, while the others are open.
  await Promise.all(
    tabs.map(async (tab) => {
      await tab.getByRole("link", { name: "Settings" }).click();
      await tab.getByText("Sees and may do everything.").waitFor();
    }),
  );
  for (const opened of sockets.values()) {
    expect(opened).toEqual([expect.stringMatching(/^ws:.*\/api\/v1\/events\b/)]);
  }
  await Promise.all(tabs.map((tab) => tab.close()));
});

test(`of ${RATE} events a second for ${SECONDS} s none is missing in the list, and each is there once, in the order of the log`, async () => {
  await isLive(page);
  const total = await tellSteadily(server, RATE, SECONDS);
  await page.getByText(`is now "box-${total - 1}-"`).waitFor();
  const logged = await numbersInLog(server);
  expect(logged.toSorted((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, number) => number));
  expect(await numbersInList(page)).toEqual(logged);
});

test("a paused list stays as it is, and what came meanwhile is there when it goes on", async () => {
  await page.reload();
  await isLive(page);
  await page.getByRole("button", { name: "Pause" }).click();
  const before = await page.getByRole("listitem").allTextContents();
  const total = 60;
  await Promise.all(Array.from({ length: total }, (_, at) => rename(`held-${at}-`)));
  await page.getByRole("button", { name: `${total} new events` }).waitFor();
  expect(await page.getByRole("listitem").allTextContents()).toEqual(before);
  await page.getByRole("button", { name: `${total} new events` }).click();
  await page
    .getByText(/held-\d+-/)
    .first()
    .waitFor();
});

test("a link to an event opens it, however far back it is and whatever the list is filtered to", async () => {
  const asked = await server.fetch("/api/v1/events/history?q=all-of-them");
  const { events } = (await asked.json()) as { readonly events: readonly { readonly id: string }[] };
  const detail = page.getByRole("complementary", { name: "The event" });
  await page.goto(`${server.url}/web/events?type=session.*&event=${events[0]?.id}`);
  await detail.getByRole("heading", { name: 'Name of this server is now "all-of-them"' }).waitFor();
  await page.goto(`${server.url}/web/events?event=01890000-0000-7000-8000-000000000000`);
  await detail.getByText("This event is not there").waitFor();
  await page.goto(`${server.url}/web/events?type=preference.changed`);
  await isLive(page);
});

test("while the server is away the page says so; when it is back, what was missed is there", async () => {
  const { port } = server;
  await server.end("SIGTERM");
  await page.getByText("The server cannot be reached.").waitFor();
  server = await start(port);
  // Before the page is back: the stream has to fill it in.
  await rename("missed");
  await page.getByText('Name of this server is now "missed"').waitFor();
  await page.getByText("The server cannot be reached.").waitFor({ state: "detached" });
});

test("a browser that is revoked elsewhere is asked to sign in again", async () => {
  const me = (await (await page.context().request.get(`${server.url}/api/v1/me`)).json()) as { tokenId: string };
  expect((await server.fetch(`/api/v1/tokens/${me.tokenId}`, { method: "DELETE" })).status).toBe(204);
  await page.getByRole("heading", { name: "Sign in to Reelay" }).waitFor();
});

test("in all of this no policy was broken and no script failed", async () => {
  await until(() => seen.length === TABS + 1, "each tab to have been watched");
  expect(seen.flatMap(({ all }) => all)).toEqual([]);
});
