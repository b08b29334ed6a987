import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { testDelivery } from "@reelay/sdk/webhooks/testing";
import { afterEach, expect, test } from "vitest";
import { sampleServer } from "../../test/support/sample-server.ts";
import { until } from "../../test/support/wait.ts";
import { chat } from "./chat.ts";
import { starsOf, titleOf } from "./message.ts";

const started: (() => void)[] = [];
afterEach(() => {
  for (const stop of started.splice(0)) stop();
});

interface Posted {
  readonly content: string;
  readonly embeds: readonly unknown[];
  readonly poster: readonly number[] | undefined;
}

/** A chat's webhook, as Discord answers it. */
async function channel(status = 204) {
  const posted: Posted[] = [];
  const server = createServer(async (request, response) => {
    const web = new Request("http://chat/", {
      method: "POST",
      headers: { "content-type": request.headers["content-type"] ?? "" },
      body: await buffer(request),
    });
    const form = await web.formData();
    const file = form.get("files[0]");
    const poster = file instanceof File ? [...new Uint8Array(await file.arrayBuffer())] : undefined;
    posted.push({ ...JSON.parse(String(form.get("payload_json"))), poster });
    response.writeHead(status).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  started.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { posted, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/webhooks/1/secret` };
}

const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
const robin = { Account: { id: 2, title: "Robin" } };

test("the program, started as the README says, posts starts and ratings with their poster", async () => {
  const { posted, url } = await channel();
  const file = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, ["-C", "source", file, "--port", "0", "--secret", "some-text"], {
    env: { ...process.env, CHAT_WEBHOOK: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await until(() => /http:\/\/[\d.:]+/.test(output) || child.exitCode !== null, "the program to start");
  const address = /http:\/\/[\d.:]+/.exec(output)?.[0] ?? "";
  for (const event of ["media.play", "media.pause", "media.rate"] as const) {
    const { headers, body } = await testDelivery(event, {
      payload: robin,
      ...(event === "media.pause" ? {} : { thumb: jpeg }),
    });
    const response = await fetch(`${address}/?secret=some-text`, { method: "POST", headers, body });
    expect(response.status).toBe(200);
  }
  await until(
    () => posted.length === 2,
    () => `two posts: ${output}`,
  );
  expect(posted.map(({ content }) => content)).toEqual([
    "▶ Robin plays **The Long Tide (2019)** on Living Room TV",
    "★★★★☆ Robin rates **The Long Tide (2019)**",
  ]);
  for (const { poster, embeds } of posted) expect([poster, embeds.length]).toEqual([[...jpeg], 1]);
  expect(output).not.toContain("secret\n");
});

test("what a real server's people play and rate is posted, with the posters of its library", async () => {
  await using samples = await sampleServer();
  const { posted, url } = await channel();
  const receiver = chat({ webhook: url, secret: "some-text" });
  const server = createServer(receiver.node);
  await once(server.listen(0, "127.0.0.1"), "listening");
  started.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?secret=some-text`;
  const ask = async (method: string, path: string, body?: unknown) => {
    const headers = { "content-type": "application/json", "x-plex-client-identifier": "tv-1" };
    const named = { ...headers, "x-plex-device-name": "Living Room TV" };
    const init = { method, headers: named, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    expect((await samples.server.fetch(path, init)).status, path).toBeLessThan(300);
  };
  await ask("POST", "/api/v1/hooks", { url: address, events: ["media.play", "media.rate"] });
  await ask("GET", "/:/timeline?ratingKey=3&key=/library/metadata/3&state=playing&time=0&duration=5016");
  await ask("PUT", "/:/rate?identifier=com.plexapp.plugins.library&key=3&rating=8");
  await until(() => posted.length === 2, "two posts");
  const film = "**The Cartographer's Daughter (2011)**";
  expect(posted.map(({ content }) => content).toSorted()).toEqual([
    `▶ Owner plays ${film} on Living Room TV`,
    `★★★★☆ Owner rates ${film}`,
  ]);
  for (const { poster } of posted) expect(poster?.slice(0, 3)).toEqual([0xff, 0xd8, 0xff]);
});

test("music, trailers and photos are not posted, and a chat that refuses is said without its address", async () => {
  const { posted, url } = await channel(403);
  const log: string[] = [];
  const receiver = chat({ webhook: url, log: (line) => log.push(line) });
  for (const type of ["track", "clip", "photo", "movie"]) {
    const delivery = await testDelivery("media.play", { thumb: null, payload: { Metadata: { type, title: type } } });
    await receiver.fetch(new Request(delivery.url, { method: "POST", headers: delivery.headers, body: delivery.body }));
  }
  await receiver.settled();
  expect(posted.map(({ content, poster }) => [content, poster])).toEqual([
    ["▶ Kim plays **movie** on Living Room TV", undefined],
  ]);
  expect(log).toEqual(["The chat says 403."]);
});

test.each([
  [{ type: "movie", title: "The Long Tide", year: 2019 }, "The Long Tide (2019)"],
  [
    { type: "episode", title: "Low Water", grandparentTitle: "Tidewrack", parentIndex: 1, index: 12 },
    "Tidewrack S01E12 Low Water",
  ],
  [{ type: "season", title: "Season 1", parentTitle: "Tidewrack" }, "Tidewrack Season 1"],
  [{ type: "track", title: "Brackish", grandparentTitle: "Various", originalTitle: "Marisol" }, "Marisol – Brackish"],
  [
    { type: "movie", title: "@everyone **look** [here](http://x)" },
    "@\u200beveryone \\*\\*look\\*\\* \\[here\\]\\(http://x\\)",
  ],
  [{}, "something"],
])("%j is called %s", (item, title) => {
  expect(titleOf(item)).toBe(title);
});

test.each([
  [0, "☆☆☆☆☆"],
  [7, "★★★★☆"],
  [10, "★★★★★"],
  [99, "★★★★★"],
  [undefined, "☆"],
])("a rating of %s is %s", (rating, stars) => {
  expect(starsOf(rating)).toBe(stars);
});
