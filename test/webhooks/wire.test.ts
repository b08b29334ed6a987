/** What leaves a real server, byte by byte: the request against a template, the payload against the shapes of captures. */
import { type WebhookEventName, type WebhookPayload, webhookEventNames } from "@reelay/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SampleServer, sampleServer } from "../support/sample-server.ts";
import { until } from "../support/wait.ts";
import { excused, problemsOf, used } from "./capture-shapes.ts";
import { RawReceiver, type RawRequest } from "./raw-receiver.ts";
import { SamplePlayer } from "./sample-player.ts";
import { partsOf, payloadOf, templateOf, withPlaceholders } from "./wire-request.ts";

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

async function itemOf(list: string, title: string): Promise<string> {
  const { MediaContainer } = await ask<{ MediaContainer: { Metadata: { title: string; ratingKey: string }[] } }>(
    "GET",
    list,
  );
  const found = MediaContainer.Metadata.find((item) => item.title === title);
  if (found === undefined) throw new Error(`${title} is not in ${list}`);
  return found.ratingKey;
}

const player = new SamplePlayer("Wire TV", () => samples.server);

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
    expect(withPlaceholders(await trial(event))).toBe(templateOf(event));
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
    await player.playThrough(key);
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
    expect(play && withPlaceholders(play)).toBe(templateOf("media.play"));
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
