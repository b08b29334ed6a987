import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { builtDashboard } from "../support/dashboard.ts";
import { lastingPort } from "../support/lasting-port.ts";
import { NginxProcess } from "../support/nginx-process.ts";
import { fromGuide } from "../support/proxy-guide.ts";
import { ReelayProcess } from "../support/reelay-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";
import { type Complaints, watch } from "./dashboard-page.ts";

let browser: Browser;
beforeAll(async () => {
  await builtDashboard();
  browser = await launchChromium();
});
afterAll(() => browser?.close());

describe.each([
  ["kept", []],
  ["stripped", ["--base-path", "/"]],
] as const)("in a browser that knows it below a path, which nginx leaves %s,", (which, more) => {
  let folder: TemporaryFolder;
  let proxy: NginxProcess;
  let server: ReelayProcess;
  let page: Page;
  let complaints: Complaints;
  /** Addresses that were asked for and are not below the path. */
  const astray: string[] = [];
  const address = () => `${proxy.url}/reelay`;

  beforeAll(async () => {
    folder = await temporaryFolder("dashboard-path");
    const port = await lastingPort();
    proxy = await NginxProcess.start((listen) => fromGuide(which, listen, `http://127.0.0.1:${port}`));
    const args = ["--public-url", address(), ...more];
    server = await ReelayProcess.start({ dataDir: join(folder.path, "data"), media: "samples", port, args });
    await server.scanned();
    page = await browser.newPage();
    complaints = await watch(page);
    page.on("request", (request) => {
      if (!request.url().startsWith(`${address()}/`)) astray.push(request.url());
    });
  });
  afterAll(async () => {
    for (const used of [server, proxy, folder]) await used?.[Symbol.asyncDispose]();
  });

  test("the link that the start prints signs in, and the page is live", async () => {
    const link = /http\S+\/web#code=\S+/.exec(server.output)?.[0] ?? "";
    expect(link).toMatch(new RegExp(`^${address()}/web#`));
    await page.goto(link);
    await page.getByRole("heading", { name: "Now", level: 1 }).waitFor();
    expect(page.url()).toBe(`${address()}/web/now`);
    await page.getByText("Live", { exact: true }).waitFor();
  });

  test("an address deep in the page opens, with its pictures, and leads on", async () => {
    await page.goto(`${address()}/web/library/1`);
    const posters = page.getByRole("region", { name: "Films" }).locator("img");
    await posters.first().waitFor();
    await until(
      () => posters.evaluateAll((all) => all.every((img) => (img as HTMLImageElement).naturalWidth > 0)),
      "the posters to be there",
    );
    await page.getByRole("link", { name: /^Die Mühle/ }).click();
    await page.getByRole("heading", { name: "Die Mühle am Ende der Straße", level: 1 }).waitFor();
    expect(page.url()).toBe(`${address()}/web/library/item/2`);
  });

  test("what is played there is an event at once, and nothing was asked for outside of the path", async () => {
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.getByRole("link", { name: "All events" }).click();
    await page.getByText("session.started", { exact: true }).first().waitFor();
    expect([astray, complaints.all]).toEqual([[], []]);
  });
});
