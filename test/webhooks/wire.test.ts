/** What leaves a real server, byte by byte: the request against a template, the payload against the shapes of captures. */
import { readFileSync } from "node:fs";
import {
  parseWebhookBody,
  type WebhookEventName,
  type WebhookPayload,
  webhookEventNames,
  webhookEvents,
} from "@reelay/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareShape, type Shape } from "../shapes/shape.ts";
import { type SampleServer, sampleServer } from "../support/sample-server.ts";
import { until } from "../support/wait.ts";
import { RawReceiver, type RawRequest } from "./raw-receiver.ts";

let samples: SampleServer;
let receiver: RawReceiver;
let hookId: string;

beforeAll(async () => {
  samples = await sampleServer();
  receiver = await RawReceiver.open();
  hookId = (await ask<{ id: string }>("POST", "/api/v1/hooks", { url: receiver.url })).id;
});
afterAll(async () => {
  await samples?.[Symbol.asyncDispose]();
  await receiver?.[Symbol.asyncDispose]();
});

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await samples.server.fetch(path, {
    method,
    headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
  return (response.headers.get("content-type") ?? "").includes("json")
    ? ((await response.json()) as T)
    : (undefined as T);
}

function partsOf({ head, body }: RawRequest) {
  const [, type] = /^Content-Type: (.*)\r$/m.exec(head) ?? [];
  const parts = parseWebhookBody(body, type);
  if (!parts.ok) throw new Error(`${parts.error.message}\n${head}`);
  return parts.value;
}

function payloadOf(request: RawRequest): WebhookPayload {
  return JSON.parse(partsOf(request).payload) as WebhookPayload;
}

/** What stands in the template for what differs from request to request; each is checked by its form. */
function withPlaceholders(request: RawRequest): string {
  const { payload, thumb } = partsOf(request);
  const [, boundary = ""] = /boundary=(-{24}[0-9A-Za-z]{22})\r$/m.exec(request.head) ?? [];
  const head = request.head
    .replace(/^POST \/hook\?room=1 /, "POST {path} ")
    .replace(/^Host: 127\.0\.0\.1:\d+\r$/m, "Host: {host}\r")
    .replace(
      /^User-Agent: PlexMediaServer\/\d+\.\d+\.\d+\.\d+-[0-9a-z]+\r$/m,
      "User-Agent: PlexMediaServer/{version}\r",
    )
    .replace(`Content-Length: ${request.body.length}\r`, "Content-Length: {length}\r")
    .replace(/^webhook-id: msg_[\w-]+\r$/m, "webhook-id: {id}\r")
    .replace(/^webhook-timestamp: \d{10}\r$/m, "webhook-timestamp: {seconds}\r")
    .replace(/^webhook-signature: v1,[A-Za-z0-9+/]{43}=\r$/m, "webhook-signature: {signature}\r")
    .replace(/^Reelay-Event-Time: \d{4}-\d\d-\d\dT[\d:.]{12}Z\r$/m, "Reelay-Event-Time: {time}\r")
    .replace(/^Reelay-Attempt: 1\r$/m, "Reelay-Attempt: {number}\r");
  const body = request.body
    .toString("latin1")
    .replace(Buffer.from(payload).toString("latin1"), () => "{payload}")
    .replace(thumb ? Buffer.from(thumb.data).toString("latin1") : "\0", () => "{thumb}");
  return (head + body).replaceAll(boundary, "{boundary}");
}

function template(name: string): string {
  return readFileSync(new URL(name, import.meta.url), "utf8").replaceAll("\n", "\r\n");
}

async function itemOf(list: string, title: string): Promise<string> {
  const { MediaContainer } = await ask<{ MediaContainer: { Metadata: { title: string; ratingKey: string }[] } }>(
    "GET",
    list,
  );
  const found = MediaContainer.Metadata.find((item) => item.title === title);
  if (found === undefined) throw new Error(`${title} is not in ${list}`);
  return found.ratingKey;
}

const player = { "x-plex-client-identifier": "wire-tv", "x-plex-device-name": "Wire TV", "x-plex-product": "Test" };

/** A player's report of where it is, of an item of a minute. */
async function report(ratingKey: string, state: string, time: number): Promise<void> {
  const query = new URLSearchParams({
    ratingKey,
    key: `/library/metadata/${ratingKey}`,
    state,
    time: String(time),
    duration: "60000",
  });
  const response = await samples.server.fetch(`/:/timeline?${query}`, { headers: player });
  expect(response.status).toBe(200);
}

const shape = (name: string): Shape =>
  JSON.parse(readFileSync(new URL(`../shapes/webhook.${name}.json`, import.meta.url), "utf8"));

/** What may differ from captures, and why. Each is a sentence of the comparison, and each must still be needed. */
const excused: Readonly<Record<string, string>> = {
  "Account.thumb is missing, every capture has it": "an account here need not have a picture",
  "contentRating is missing, every capture has it": "neither files nor folders say it; an agent would know",
  "studio is missing, every capture has it": "an agent would know",
  "year is missing, every capture has it": "names of episodes and shows need not have one",
  "originallyAvailableAt is missing, every capture has it": "an agent would know; names have a year at most",
  "Genre is missing, every capture has it": "only the tags of music have one",
  "Role is missing, every capture has it": "an agent would know",
  "grandparentTheme is missing, every capture has it": "there are no theme tunes",
  "ratingCount is missing, every capture has it": "Plex counts it among all its users",
  "Location is missing, every capture has it": "a folder on the server is nobody's business outside",
  "index is missing, every capture has it": "a show has no number here; in captures it is always 1",
  "duration is missing, every capture has it": "of a show: an agent would know how long its episodes are",
  "viewOffset is in no capture": "of a track: those that were captured had just begun",
  "viewCount is in no capture":
    "captured films have it when they were seen; no capture is of an episode or a track that was",
  "lastViewedAt is in no capture": "as viewCount",
  "userRating is in no capture": "the captured rating is of a film; episodes and tracks are rated here too",
  "lastRatedAt is in no capture": "as userRating",
  "duration is in no capture": "of a track: the library's JSON has it, captures of today's servers too old to have it",
  "Genre is in no capture": "of a track: from its tags",
  "librarySectionTitle is in no capture": "the capture of a show is of 2020; items of today have it",
  "librarySectionID is in no capture": "as librarySectionTitle",
  "librarySectionKey is in no capture": "as librarySectionTitle",
  "librarySectionID stands behind parentKey, in captures before it":
    "as in captures of episodes since 2023; that of a track is of 2016",
};
const used = new Set<string>();

/** What is wrong with a payload, but for what is excused. */
function problemsOf({ Metadata, ...around }: WebhookPayload, item: string, envelope: string = around.event): string[] {
  const whole = { ...around, ...(Metadata && { Metadata: {} }) };
  const problems = [
    ...compareShape(whole, shape(envelope)),
    ...(Metadata ? compareShape(Metadata, shape(`item.${item}`)) : []),
  ];
  for (const problem of problems) if (Object.hasOwn(excused, problem)) used.add(problem);
  return problems.filter((problem) => !Object.hasOwn(excused, problem));
}

const items = {
  movie: () => itemOf("/library/sections/1/all", "The Cartographer's Daughter"),
  episode: () => itemOf("/library/sections/3/all?type=4", "Low Water"),
  track: () => itemOf("/library/sections/2/all?type=10", "Brackish"),
  show: () => itemOf("/library/sections/3/all", "Tidewrack & Sons"),
} as const;

/** Sends an event that did not happen, of a real item. */
async function trial(event: WebhookEventName, item?: string): Promise<RawRequest> {
  const before = receiver.requests.length;
  await ask("POST", `/api/v1/hooks/${hookId}/test`, { event, ...(item !== undefined && { item: Number(item) }) });
  const found = () => receiver.requests.slice(before).find((request) => payloadOf(request).event === event);
  await until(() => found() !== undefined, event);
  return found() as RawRequest;
}

describe("the raw request", () => {
  test.each(webhookEventNames)("of %s is the template's, byte for byte", async (event) => {
    const name = webhookEvents[event].thumb ? "plex-request.txt" : "plex-request-without-thumb.txt";
    expect(withPlaceholders(await trial(event))).toBe(template(name));
  });

  test("carries a JPEG of the item", async () => {
    const { thumb } = partsOf(await trial("media.play", await items.movie()));
    expect(thumb).toMatchObject({ contentType: "image/jpeg", filename: "thumb.jpg" });
    const data = Buffer.from(thumb?.data ?? []);
    expect(data.subarray(0, 3).toString("hex")).toBe("ffd8ff");
    expect(data.subarray(-2).toString("hex")).toBe("ffd9");
    expect(data.length).toBeLessThan(64 * 1024);
  });
});

describe.each(["movie", "episode", "track"] as const)("what happens to a %s", (type) => {
  test("has the keys of captures, in their order and of their types", async () => {
    const key = await items[type]();
    const seen = new Set(receiver.requests);
    for (const [state, time] of [
      ["playing", 0],
      ["paused", 10_000],
      ["playing", 10_000],
      ["playing", 58_000],
      ["stopped", 58_000],
    ] as const)
      await report(key, state, time);
    const rated = await samples.server.fetch(`/:/rate?key=${key}&identifier=com.plexapp.plugins.library&rating=8`, {
      method: "PUT",
      headers: player,
    });
    expect(rated.status).toBe(200);
    const media = ["media.play", "media.pause", "media.resume", "media.scrobble", "media.stop", "media.rate"];
    const came = () =>
      receiver.requests
        .filter((request) => !seen.has(request))
        .filter((one) => payloadOf(one).Metadata?.ratingKey === key);
    await until(
      () => media.every((event) => came().some((request) => payloadOf(request).event === event)),
      () => `all of ${media}; came ${came().map((request) => payloadOf(request).event)}`,
    );
    for (const request of came())
      expect([payloadOf(request).event, problemsOf(payloadOf(request), type)]).toEqual([payloadOf(request).event, []]);
    const [play] = came().filter((request) => payloadOf(request).event === "media.play");
    expect(play && withPlaceholders(play)).toBe(template("plex-request.txt"));
    const [rate] = came().filter((request) => payloadOf(request).event === "media.rate");
    expect(rate && partsOf(rate).payload).toMatch(
      /^\{"rating":8,"event":"media.rate","user":true,"owner":true,"Account":/,
    );
    const { ratingKey, librarySectionID } = (play && payloadOf(play).Metadata) ?? {};
    expect([typeof ratingKey, typeof librarySectionID]).toEqual(["string", "number"]);
  });
});

test("library.new of a show, and playback.started of each kind, have the keys of captures", async () => {
  expect(problemsOf(payloadOf(await trial("library.new", await items.show())), "show")).toEqual([]);
  for (const type of ["movie", "episode", "track"] as const)
    expect(problemsOf(payloadOf(await trial("playback.started", await items[type]())), type)).toEqual([]);
});

test("events without captures have the parts that the reference says", async () => {
  expect(
    problemsOf(payloadOf(await trial("library.on.deck", await items.episode())), "episode", "library.new"),
  ).toEqual([]);
  const around = ["event", "user", "owner", "Account", "Server"];
  for (const event of ["admin.database.backup", "admin.database.corrupted"] as const)
    expect(Object.keys(payloadOf(await trial(event)))).toEqual(around);
  expect(Object.keys(payloadOf(await trial("device.new")))).toEqual([...around, "Player"]);
});

test("media.play of a track has the keys of Plex's documented example", async () => {
  const documented = [
    ...[
      "librarySectionType",
      "ratingKey",
      "key",
      "parentRatingKey",
      "grandparentRatingKey",
      "guid",
      "librarySectionID",
    ],
    ...["type", "title", "grandparentKey", "parentKey", "grandparentTitle", "parentTitle", "summary", "index"],
    ...["parentIndex", "thumb", "art", "parentThumb", "grandparentThumb", "grandparentArt", "addedAt", "updatedAt"],
  ];
  // And `ratingCount`, which is Plex's own: see above.
  expect(Object.keys(payloadOf(await trial("media.play", await items.track())).Metadata ?? {})).toEqual(
    expect.arrayContaining(documented),
  );
});

test.each<[what: string, change: (payload: WebhookPayload) => object, problem: string]>([
  [
    "missing",
    ({ Metadata: { guid, ...item } = {}, ...rest }) => ({ ...rest, Metadata: item }),
    "guid is missing, every capture has it",
  ],
  ["more", (payload) => ({ ...payload, Metadata: { ...payload.Metadata, Media: [] } }), "Media is in no capture"],
  [
    "of another type",
    (payload) => ({ ...payload, Metadata: { ...payload.Metadata, ratingKey: 1 } }),
    "ratingKey is number, in captures string",
  ],
  ["missing around it", ({ Player, ...rest }) => rest, "Player is missing, every capture has it"],
])("a key that is %s is found", async (_what, change, problem) => {
  const payload = payloadOf(await trial("media.play", await items.movie()));
  expect(problemsOf(change(payload) as WebhookPayload, "movie")).toContain(problem);
});

test("every excuse is still needed", () => {
  expect([...used].toSorted()).toEqual(Object.keys(excused).toSorted());
});
