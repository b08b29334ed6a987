/** Each webhook event by what really causes it, byte by byte as it leaves a server that runs as `npm start` runs it. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { WebhookEventName } from "@reelay/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SampleServer, sampleServer } from "../support/sample-server.ts";
import { until } from "../support/wait.ts";
import { problemsOf } from "./capture-shapes.ts";
import { RawReceiver, type RawRequest } from "./raw-receiver.ts";
import { SamplePlayer } from "./sample-player.ts";
import { payloadOf, templateOf, withPlaceholders } from "./wire-request.ts";

let samples: SampleServer;
let receiver: RawReceiver;

/** What is new is waited for until its section is quiet, 10 seconds at least. */
const PATIENCE_MS = 50_000;
const AROUND = ["event", "user", "owner", "Account", "Server"];
const SHOW = join("Shows", "Tidewrack & Sons (2014)", "Season 02");
const LAST = "“Nobody's Harbour”";

/** What is copied in: the title that its event has, from which sample, to where. */
const copies = {
  film: {
    title: "New in Town",
    from: join("Films", "A Reel Left in the Rain (2003)", "A Reel Left in the Rain (2003).mkv"),
    to: join("Films", "New in Town (2024)", "New in Town (2024).mkv"),
  },
  episode: {
    title: "Next Week",
    from: join(SHOW, `Tidewrack & Sons - S02E02 - ${LAST}.mkv`),
    to: join(SHOW, "Tidewrack & Sons - S02E03 - Next Week.mkv"),
  },
} as const;

interface Expected {
  readonly account: "Owner" | "Robin";
  readonly user: boolean;
  readonly title?: string;
  /** The shapes of captures that it has; without any, no capture is known. */
  readonly item?: "movie" | "episode";
  readonly envelope?: WebhookEventName;
  /** Its keys, where no capture says them. */
  readonly keys?: readonly string[];
}

const own = { account: "Owner", user: true, title: LAST, item: "episode" } as const;

/** But `admin.database.corrupted`, which damage.test.ts causes. */
const expected: Readonly<Record<Exclude<WebhookEventName, "admin.database.corrupted">, readonly Expected[]>> = {
  "media.play": [own],
  "media.pause": [own],
  "media.resume": [own],
  "media.scrobble": [own],
  "media.stop": [own],
  "media.rate": [own],
  "playback.started": [{ account: "Robin", user: false, title: "The Cartographer's Daughter", item: "movie" }],
  "library.new": [
    { account: "Owner", user: true, title: copies.film.title, item: "movie" },
    { account: "Owner", user: true, title: copies.episode.title, item: "episode" },
  ],
  "library.on.deck": [{ ...own, title: copies.episode.title, envelope: "library.new" }],
  "admin.database.backup": [{ account: "Owner", user: true, keys: AROUND }],
  "device.new": [{ account: "Owner", user: true, keys: [...AROUND, "Player"] }],
};

beforeAll(async () => {
  [samples, receiver] = await Promise.all([sampleServer(), RawReceiver.open()]);
  const [episode, film] = await Promise.all([
    itemOf("/library/sections/3/all?type=4", LAST),
    itemOf("/library/sections/1/all", "The Cartographer's Daughter"),
  ]);
  await post("/api/v1/hooks", { url: receiver.url, format: "plex" });
  await player.playThrough(episode);

  const { id } = await post<{ id: number }>("/api/v1/accounts", { name: "Robin", sections: "all" });
  const { token } = await post<{ token: string }>(`/api/v1/accounts/${id}/tokens`, { name: "tv" });
  await player.report(film, "playing", 0, token);

  for (const { from, to } of Object.values(copies))
    await cp(join(samples.folder.path, "media", from), join(samples.folder.path, "media", to), { recursive: true });
  expect((await samples.server.fetch("/butler/BackupDatabase", { method: "POST" })).ok).toBe(true);
});
afterAll(async () => {
  await samples?.[Symbol.asyncDispose]();
  await receiver?.[Symbol.asyncDispose]();
});

const player = new SamplePlayer("Cause TV", () => samples.server);

async function post<T>(path: string, body: object): Promise<T> {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const answer = await samples.server.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  expect(answer.ok, `POST ${path}: ${answer.status}`).toBe(true);
  return (await answer.json()) as T;
}

async function itemOf(list: string, title: string): Promise<string> {
  const answer = await samples.server.fetch(list, { headers: { accept: "application/json" } });
  const { MediaContainer } = (await answer.json()) as {
    MediaContainer: { Metadata: { title: string; ratingKey: string }[] };
  };
  const found = MediaContainer.Metadata.find((item) => item.title === title);
  if (found === undefined) throw new Error(`${title} is not in ${list}`);
  return found.ratingKey;
}

/** The request of an event, once it has come. */
async function requestOf(event: WebhookEventName, { account, title }: Expected): Promise<RawRequest> {
  const came = () => receiver.requests.map((request) => ({ request, payload: payloadOf(request) }));
  const found = () =>
    came().find(
      ({ payload }) =>
        payload.event === event &&
        payload.Account.title === account &&
        (title === undefined || payload.Metadata?.title === title),
    );
  await until(
    () => found() !== undefined,
    () => `${event} of ${title}; came ${came().map(({ payload }) => `${payload.event} of ${payload.Metadata?.title}`)}`,
    PATIENCE_MS,
  );
  return (found() as { request: RawRequest }).request;
}

describe.each(Object.entries(expected))("%s", (name, all) => {
  test.each(all)("as it comes of its cause: $account, $title", async (one) => {
    const event = name as WebhookEventName;
    const request = await requestOf(event, one);
    const payload = payloadOf(request);
    expect(withPlaceholders(request)).toBe(templateOf(event));
    expect([payload.user, payload.owner]).toEqual([one.user, true]);
    if (one.item !== undefined) expect(problemsOf(payload, one.item, one.envelope)).toEqual([]);
    else expect(Object.keys(payload)).toEqual(one.keys);
  });
});
