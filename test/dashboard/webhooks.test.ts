import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { builtDashboard } from "../support/dashboard.ts";
import { type SampleServer, sampleServer } from "../support/sample-server.ts";
import { until } from "../support/wait.ts";
import { type Complaints, openDashboard, seriousFaults, sidewaysOf } from "./dashboard-page.ts";

const FILM = "2";

let samples: SampleServer;
let browser: Browser;
let page: Page;
let complaints: Complaints;
let receiver: Server;
/** What the receiver answers from now on. */
let answer = 200;
/** What has arrived: names of webhook events. */
const received: string[] = [];

beforeAll(async () => {
  await builtDashboard();
  receiver = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("latin1")) body += chunk;
    const event = /"event":"([^"]+)"/.exec(body)?.[1] ?? "none";
    if (answer < 300) received.push(event);
    response.writeHead(answer).end(answer < 300 ? "taken" : "out of order");
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  samples = await sampleServer();
  browser = await launchChromium();
  ({ page, complaints } = await openDashboard(browser, samples.server, "webhooks"));
});
afterAll(async () => {
  await browser?.close();
  await samples?.[Symbol.asyncDispose]();
  receiver?.closeAllConnections();
  receiver?.close();
});

const address = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/lights`;

/** As a player of that name reports. */
async function report(player: string, state: "playing" | "stopped", time = 0): Promise<void> {
  const told = await samples.server.fetch(`/:/timeline?ratingKey=${FILM}&state=${state}&time=${time}&duration=4000`, {
    method: "POST",
    headers: { "x-plex-client-identifier": player, "x-plex-device-name": player, "x-plex-product": "A Player" },
  });
  expect(told.status).toBe(200);
}

async function addHook(hook: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const answer = await samples.server.fetch("/api/v1/hooks", { method: "POST", headers, body: JSON.stringify(hook) });
  expect(answer.status).toBe(201);
}

async function hooksPath(): Promise<string> {
  const { hooks } = (await (
    await samples.server.fetch("/api/v1/hooks", { headers: { accept: "application/json" } })
  ).json()) as { readonly hooks: readonly { readonly id: string }[] };
  return `${samples.server.url}/web/webhooks/${hooks[0]?.id}`;
}

test("a hook is made with a filter of what was seen, tried on what has happened, and shows its secret once", async () => {
  await page.getByText("Nobody is sent anything yet").waitFor();
  // What the preview and the choices of the filter are made of.
  for (const player of ["Living room", "Kitchen"]) {
    await report(player, "playing");
    await report(player, "stopped", 1_000);
  }
  await page.getByRole("button", { name: "New webhook" }).click();
  await page.getByLabel("Address").fill(address());
  await page.getByLabel("What it is").fill("Lights");
  const preview = page.getByRole("region", { name: "Of the last 500 events" });
  await preview.getByText("device.new").first().waitFor();
  const before = Number.parseInt((await preview.getByText(/would have been sent/).textContent()) ?? "", 10);
  await page.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("combobox", { name: "Values of Player" }).click();
  await page.getByRole("option", { name: "Living room" }).click();
  await page.keyboard.press("Escape");
  await until(async () => {
    const now = Number.parseInt((await preview.getByText(/would have been sent/).textContent()) ?? "", 10);
    return now > 0 && now < before;
  }, "the preview to follow the filter");
  await preview.getByText("the filter does not let it through: player").first().waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "Add the webhook" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/^whsec_/).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("heading", { name: "Lights", level: 1 }).waitFor();
});

test("the filter does its work: what fits is delivered, and of what does not the event says why", async () => {
  await report("Living room", "playing");
  await page
    .getByRole("button", { name: /Delivered media\.play/ })
    .first()
    .waitFor();
  expect(received).toContain("media.play");
  const taken = received.length;
  await report("Kitchen", "playing");
  await report("Kitchen", "stopped", 500);
  await page.goto(`${samples.server.url}/web/events?type=session.*&q=Kitchen`);
  await page
    .getByRole("button", { name: /session\.stopped/ })
    .first()
    .click();
  await page.getByRole("tab", { name: "Webhooks" }).click();
  await page.getByText("the filter does not let it through: player").waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(received).toHaveLength(taken);
});

test("a receiver that fails is tried again; each attempt is shown, and by hand it is sent at once when it is mended", async () => {
  await page.goto(await hooksPath());
  answer = 503;
  await report("Living room", "stopped", 2_000);
  const row = page.getByRole("button", { name: /Waiting media\.stop/ });
  await row.waitFor();
  await row.click();
  const attempt = page.getByRole("listitem").filter({ hasText: "Attempt 1" }).last();
  await attempt.getByText("503", { exact: true }).waitFor();
  await attempt.getByText("Answer").click();
  await attempt.getByText("out of order").waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  // Also at night, and on a phone.
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 860 });
  expect(await seriousFaults(page)).toEqual([]);
  expect(await sidewaysOf(page)).toBeLessThanOrEqual(0);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 860 });
  answer = 200;
  await page.getByRole("button", { name: /^Send it (?:now|again)$/ }).click();
  await page
    .getByRole("button", { name: /Delivered media\.stop/ })
    .first()
    .waitFor();
  await until(() => received.includes("media.stop"), "the receiver to take it");
});

test("a test is sent and answered, and a range is sent again after its count is confirmed", async () => {
  const before = received.length;
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByText(/The test arrived: 200/).waitFor();
  expect(received.length).toBe(before + 1);
  await page.getByRole("combobox", { name: "State" }).click();
  await page.getByRole("option", { name: "Delivered" }).click();
  await page.getByRole("button", { name: "Resend these…" }).click();
  const dialog = page.getByRole("dialog");
  const asked = Number(/Send (\d+) deliver/.exec((await dialog.textContent()) ?? "")?.[1]);
  expect(asked).toBeGreaterThan(1);
  await dialog.getByRole("button", { name: `Send ${asked}` }).click();
  await until(
    () => received.length === before + 1 + asked,
    () => `${asked} to be sent again: ${received.join()}`,
  );
});

test("it is switched off and removed", async () => {
  await page.getByRole("button", { name: "More for Lights" }).click();
  await page.getByRole("menuitem", { name: "Switch it off" }).click();
  await page.getByText("Switched off.").waitFor();
  await page.goto(`${samples.server.url}/web/webhooks`);
  await page.getByRole("link", { name: /Lights/ }).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole("link", { name: /Lights/ }).click();
  await page.getByRole("button", { name: "More for Lights" }).click();
  await page.getByRole("menuitem", { name: "Remove…" }).click();
  await page.getByRole("button", { name: "Remove the webhook" }).click();
  await page.getByText("Nobody is sent anything yet").waitFor();
});

test("a rating that is given in the page is shown, told, and sent to a hook that asks for ratings", async () => {
  await addHook({ url: address(), description: "Ratings", events: ["media.rate"] });
  await page.goto(`${samples.server.url}/web/library/item/${FILM}`);
  const rating = page.getByRole("radiogroup", { name: "Your rating of this film" });
  // The right half of the fourth of five stars.
  const { width = 0, height = 0 } = (await rating.boundingBox()) ?? {};
  await rating.click({ position: { x: width * 0.78, y: height / 2 } });
  await until(() => received.includes("media.rate"), "the hook to be sent the rating");
  await page.getByRole("link", { name: /item\.rated/ }).waitFor();
  await page.reload();
  await until(
    () => rating.getByRole("radio", { name: "4 of 5 stars", exact: true }).isChecked(),
    "the rating to be there after a reload",
  );
});

test("of many webhooks those that can be seen are there and asked for, and any is found", async () => {
  const many = 120;
  for (let at = 0; at < many; at++) await addHook({ url: address(), description: `Display ${at}`, events: [] });
  const asked: string[] = [];
  page.on("request", (request) => request.url().includes("/api/v1/deliveries") && asked.push(request.url()));
  await page.goto(`${samples.server.url}/web/webhooks`);
  const list = page.getByRole("list", { name: "Webhooks" });
  await list.getByRole("link").first().waitFor();
  await page.waitForLoadState("networkidle");
  expect(await list.getByRole("listitem").count()).toBeLessThan(40);
  expect(new Set(asked).size).toBeLessThan(40);
  await page.getByLabel("Search webhooks").fill("display 119");
  await list.getByRole("link", { name: /Display 119/ }).waitFor();
  expect(await list.getByRole("listitem").count()).toBe(1);
});

test("in all of this no policy was broken and no script failed", () => {
  expect(complaints.all).toEqual([]);
});
