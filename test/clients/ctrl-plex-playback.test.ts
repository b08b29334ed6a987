import { type Movie, type MovieSection, PlexServer } from "@ctrl/plex";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SampleServer, sampleServer } from "../support/sample-server.ts";
import { ws } from "../support/third-party.ts";
import { until } from "../support/wait.ts";

// @ctrl/plex as it comes from npm, on what one account has seen.
let samples: SampleServer;
let plex: PlexServer;
beforeAll(async () => {
  samples = await sampleServer();
  plex = new PlexServer(samples.server.url, samples.server.token);
  await plex.connect();
});
afterAll(() => samples?.[Symbol.asyncDispose]());

async function filmCalled(title: string): Promise<Movie> {
  const films = (await (await plex.library()).section("Films")) as MovieSection;
  return films.get(title);
}

test("marks a film as watched and as not", async () => {
  const film = await filmCalled("雨の灯台");
  expect(film.isWatched).toBe(false);
  await film.markWatched();
  expect([film.isWatched, film.viewCount]).toEqual([true, 1]);
  expect(film.lastViewedAt).toBeDefined();
  await film.markUnwatched();
  expect(film.isWatched).toBe(false);
});

test("rates a film, and every stream of the owner is told", async () => {
  const film = await filmCalled("雨の灯台");
  await using listener = await ws({ url: samples.server.url, token: samples.server.token });
  await film.rate(8);
  expect(film.userRating).toBe(8);
  await listener.until(
    ({ type, entry }) => type === "timeline" && entry.itemID === String(film.ratingKey) && entry.state === 5,
    "the rated film",
  );
});

test("edits a title, which the next reading shows", async () => {
  const film = await filmCalled("雨の灯台");
  await film.edit({ "title.value": "Lighthouse", "title.locked": 1 });
  await film.reload();
  expect(film.title).toBe("Lighthouse");
  await film.edit({ "title.value": "雨の灯台", "title.locked": 0 });
});

test("reads the history", async () => {
  const film = await filmCalled("The Cartographer's Daughter");
  await film.markWatched();
  await until(
    async () => (await plex.history(10, undefined, film.ratingKey)).length === 1,
    "the viewing in the history",
  );
  const [viewing] = (await plex.history(10, new Date(0), film.ratingKey, 1)) as { title: string; accountID: number }[];
  expect(viewing).toMatchObject({ title: "The Cartographer's Daughter", accountID: 1 });
});
