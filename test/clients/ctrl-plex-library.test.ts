import { type MovieSection, type MusicSection, PlexServer, type ShowSection } from "@ctrl/plex";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleFiles } from "../support/sample-library.ts";
import { type SampleServer, sampleServer } from "../support/sample-server.ts";

/** @ctrl/plex as the apps built on it use it, compared with what those say who made the samples. */
let samples: SampleServer;
let plex: PlexServer;
let films: MovieSection;
let shows: ShowSection;
let music: MusicSection;
beforeAll(async () => {
  samples = await sampleServer();
  plex = new PlexServer(samples.server.url, samples.server.token);
  await plex.connect();
  const library = await plex.library();
  films = (await library.section("Films")) as MovieSection;
  shows = (await library.section("Shows")) as ShowSection;
  music = (await library.section("Music")) as MusicSection;
});
afterAll(() => samples?.[Symbol.asyncDispose]());

const sorted = (titles: readonly (string | undefined)[]) => [...titles].sort();
const titlesOf = (items: readonly { title?: string }[]) => sorted(items.map(({ title }) => title));
const expectedTitles = (type: string) => sorted(sampleFiles.filter((file) => file.type === type).map((f) => f.title));

test("connects, and learns who is there and what it can do", () => {
  expect(plex.machineIdentifier).toMatch(/^[0-9a-f]{40}$/);
  expect(plex.ownerFeatures).toContain("webhooks");
  expect(plex.eventStream).toBe(true);
});

test("lists the sections with their types and folders", async () => {
  const sections = await (await plex.library()).sections();
  expect(sections.map(({ title, type }) => [title, type])).toEqual([
    ["Films", "movie"],
    ["Music", "artist"],
    ["Shows", "show"],
  ]);
  for (const section of sections) {
    expect(section.locations).toHaveLength(1);
    expect(section.refreshing).toBe(false);
    expect(section.createdAt.getTime()).toBeGreaterThan(Date.now() - 600_000);
  }
});

test("lists the films, finds one by its title, and knows its file", async () => {
  expect(titlesOf(await films.all())).toEqual(expectedTitles("movie"));
  const film = await films.get("雨の灯台");
  await film.reload();
  expect(film).toMatchObject({ title: "雨の灯台", year: 2019, librarySectionID: 1 });
  expect(Math.abs((film.duration ?? 0) - 3026)).toBeLessThanOrEqual(30);
  expect(film.media.map(({ videoCodec, parts }) => [videoCodec, parts[0]?.container])).toEqual([["hevc", "mkv"]]);
  expect(await film.locations()).toEqual([expect.stringMatching(/雨の灯台 \(2019\)\.mkv$/)]);
  expect((await film.section()).title).toBe("Films");
});

test("fetches a film's picture from the address that it makes", async () => {
  const film = (await films.all()).find(({ title }) => title === "雨の灯台");
  const response = await fetch(film?.thumbUrl ?? "");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("image/jpeg");
  const [first, second] = new Uint8Array(await response.arrayBuffer());
  expect([first, second], "a JPEG").toEqual([0xff, 0xd8]);
});

test("walks from a show to its seasons and episodes, and back up", async () => {
  const all = await shows.all();
  expect(titlesOf(all)).toEqual(["Gleis Neuneinhalb", "Tidewrack & Sons"]);
  const show = all.find(({ title }) => title === "Tidewrack & Sons");
  expect(show).toMatchObject({ leafCount: 5, childCount: 2, year: 2014 });
  const seasons = (await show?.seasons()) ?? [];
  expect(seasons.map(({ title, seasonNumber, leafCount }) => [title, seasonNumber, leafCount])).toEqual([
    ["Season 1", 1, 3],
    ["Season 2", 2, 2],
  ]);
  const episodes = (await seasons[1]?.episodes()) ?? [];
  expect(episodes.map(({ title, index }) => [title, index])).toEqual([
    ["High Water", 1],
    ["“Nobody's Harbour”", 2],
  ]);
  const [episode] = episodes;
  expect(await episode?.seasonEpisode()).toBe("s02e01");
  expect((await episode?.season())?.title).toBe("Season 2");
  expect((await episode?.show())?.title).toBe("Tidewrack & Sons");
  const everyEpisode = await Promise.all(all.map((one) => one.episodes()));
  expect(titlesOf(everyEpisode.flat())).toEqual(expectedTitles("episode"));
});

test("walks from the artists to albums and tracks, and back up", async () => {
  const artists = await music.searchArtists();
  expect(titlesOf(artists)).toEqual(["Marisol Quandt", "青い砂丘"]);
  expect(titlesOf(await music.albums())).toEqual(["Salt Maps", "Zwölf Türen"]);
  expect(titlesOf(await music.searchTracks())).toEqual(expectedTitles("track"));
  const everyTrack = await Promise.all(artists.map((artist) => artist.tracks()));
  expect(titlesOf(everyTrack.flat())).toEqual(expectedTitles("track"));
  const album = (await music.searchAlbums()).find(({ title }) => title === "Zwölf Türen");
  expect(album).toMatchObject({ parentTitle: "青い砂丘", year: 2021 });
  const tracks = (await album?.tracks()) ?? [];
  expect(tracks.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5, 6]);
  expect((await tracks[0]?.album())?.title).toBe("Zwölf Türen");
  expect((await album?.artist())?.title).toBe("青い砂丘");
});

test("asks what is new, in the way of each kind of section", async () => {
  expect(titlesOf(await shows.recentlyAdded({}))).toEqual(expectedTitles("episode"));
  expect(titlesOf(await music.recentlyAddedAlbums())).toEqual(["Salt Maps", "Zwölf Türen"]);
  expect(titlesOf(await films.all("addedAt:desc"))).toEqual(expectedTitles("movie"));
  const { MediaContainer } = await plex.query<{ MediaContainer: { Metadata: { type: string }[] } }>(
    "/library/recentlyAdded",
  );
  const count = (type: string) => MediaContainer.Metadata.filter((item) => item.type === type).length;
  expect([count("movie"), count("season"), count("album")]).toEqual([4, 4, 2]);
});

test("starts and cancels a scan, refreshes an item, and is told that nothing can be deleted", async () => {
  await films.update();
  await films.cancelUpdate();
  const film = await films.get("雨の灯台");
  await film.refresh();
  await expect(film.delete()).rejects.toMatchObject({ status: 400 });
  expect(titlesOf(await films.all())).toEqual(expectedTitles("movie"));
});
