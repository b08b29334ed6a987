import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  albumKey,
  artistKey,
  classifyFile,
  episodeKey,
  guessSectionType,
  mergeTrackTags,
  movieKey,
  parseEpisode,
  parseMovie,
  parseTrack,
  seasonKey,
  showKey,
  titleSort,
  trackKey,
} from "./naming.ts";

describe("classifyFile", () => {
  it.each([
    ["Film (1999)/Film (1999).mkv", "video"],
    ["Film.MP4", "video"],
    ["Artist/Album/01 - Track.FLAC", "audio"],
    ["Film (1999)/poster.jpg", "picture"],
    ["Extras/Season 01/Extras - S01E01.mkv", "video"],
    ["Shorts/Film (1999).mkv", "video"],
    ["...And a Title (1979)/...And a Title (1979).mkv", "video"],
    ["Free Sample (2010)/Free Sample (2010).mkv", "video"],
    ["Artist/Trailers/01 - Trailers.mp3", "audio"],
    ["Sample/Sampled/01 - Sample.mp3", "audio"],
  ])("%s is %s", (path, kind) => expect(classifyFile(path)).toEqual({ kind }));

  it.each([
    [".hidden.mkv", "hidden"],
    ["Film/._Film.mkv", "hidden"],
    [".Trash-1000/Film.mkv", "hidden"],
    ["Film/@eaDir/Film.mkv", "system"],
    ["$RECYCLE.BIN/Film.mkv", "system"],
    ["Film/Thumbs.db", "system"],
    ["Film.mkv.part", "unfinished"],
    ["Film.mkv.crdownload", "unfinished"],
    ["Film.mkv.!qB", "unfinished"],
    ["Film.tmp", "unfinished"],
    ["Film.mkv~", "unfinished"],
    ["Film/Sample/film.mkv", "sample"],
    ["Film/film-sample.mkv", "sample"],
    ["Film/sample.mkv", "sample"],
    ["Film (1999)/Trailers/First.mp4", "extra"],
    ["Film (1999)/Behind The Scenes/Making of.mp4", "extra"],
    ["Film (1999)/Featurettes/Making of.mp4", "extra"],
    ["Film (1999)/Extras/Making of.mp4", "extra"],
    ["Film (1999)/Film (1999)-trailer.mp4", "extra"],
    ["Disc/VIDEO_TS/VTS_01_1.mpg", "disc image"],
    ["Disc/BDMV/STREAM/00001.m2ts", "disc image"],
    ["Film/Film.srt", "other type"],
    ["README", "other type"],
    ["", "other type"],
  ])("%s is ignored as %s", (path, reason) => expect(classifyFile(path)).toEqual({ kind: "ignored", reason }));
});

describe("parseMovie", () => {
  it.each<[string, string, number | undefined, object?]>([
    ["Film (1999)/Film (1999).mkv", "Film", 1999],
    ["Film (1999).mkv", "Film", 1999],
    ["Film.1999.1080p.BluRay.x264-GRP.mkv", "Film", 1999],
    ["Film_1999_720p_WEB-DL.mkv", "Film", 1999],
    ["The.Long.Film.2003.PROPER.DVDRip.XviD-AbC.avi", "The Long Film", 2003],
    ["Film.1080p.mkv", "Film", undefined],
    ["Film.mkv", "Film", undefined],
    ["Film 1999.mkv", "Film", 1999],
    ["Action/Film (1999).mkv", "Film", 1999],
    ["Action/Film.mkv", "Film", undefined],
    ["Film (1999)/grp-flm-1080p.mkv", "Film", 1999],
    ["Film (1999)/Film (1999) - 4K.mkv", "Film", 1999],
    ["Film (1999)/Film - 1080p.mkv", "Film", 1999],
    ["Amélie Sonntag (2001)/Amelie.Sonntag.2001.German.1080p.BluRay-X.mkv", "Amélie Sonntag", 2001],
    ["Amélie Sonntag (2001)/Le.Destin.De.Sonntag.2001.1080p.mkv", "Amélie Sonntag", 2001],
    ["Box of Horrors (1979)/Another (1986).mkv", "Another", 1986],
    ["Film.1999.1080p.BluRay.x264-GRP/grp-film.mkv", "Film", 1999],
    // Years in titles.
    ["2001 A Space Odyssey (1968)/2001 A Space Odyssey (1968).mkv", "2001 A Space Odyssey", 1968],
    ["2001.A.Space.Odyssey.1968.2160p.UHD.BluRay.x265.mkv", "2001 A Space Odyssey", 1968],
    ["1917 (2019).mkv", "1917", 2019],
    ["1917.2019.1080p.mkv", "1917", 2019],
    ["2012.mkv", "2012", undefined],
    ["Blade Runner 2049 (2017).mkv", "Blade Runner 2049", 2017],
    ["Blade.Runner.2049.2017.1080p.mkv", "Blade Runner 2049", 2017],
    ["Blade Runner 2049.mkv", "Blade Runner 2049", undefined],
    ["Wonder.Woman.1984.2020.HDR.mkv", "Wonder Woman 1984", 2020],
    ["(500) Days (2009).mkv", "(500) Days", 2009],
    ["(1999) Film.mkv", "Film", 1999],
    // Punctuation.
    ["S.W.A.T.1999.1080p.mkv", "S.W.A.T.", 1999],
    ["Spider-Person.2002.1080p.mkv", "Spider-Person", 2002],
    ["[REC] (2007).mkv", "[REC]", 2007],
    ["[Grp] Film (2007) [1080p].mkv", "Film", 2007],
    ["Mr. Smith Goes Home (1939).mkv", "Mr. Smith Goes Home", 1939],
    ["雨の灯台 (2019)/雨の灯台 (2019).mkv", "雨の灯台", 2019],
    // Editions, ids, parts.
    ["Film (1982) {edition-Director's Cut}.mkv", "Film", 1982, { edition: "Director's Cut" }],
    ["Film (1982) {edition-Final}/Film (1982).mkv", "Film", 1982, { edition: "Final" }],
    ["Film (1982) {tmdb-78}/Film.mkv", "Film", 1982, { externalIds: ["tmdb://78"] }],
    [
      "Film (1982) {imdb-tt0083658}/Film (1982) {tmdb-78}.mkv",
      ...(["Film", 1982, { externalIds: ["imdb://tt0083658", "tmdb://78"] }] as const),
    ],
    ["Film (1982) [imdbid-tt0083658].mkv", "Film", 1982, { externalIds: ["imdb://tt0083658"] }],
    ["Film (1982)/Film (1982) - cd1.avi", "Film", 1982, { part: 1 }],
    ["Film (1982)/Film (1982) cd2.avi", "Film", 1982, { part: 2 }],
    ["Film (1982)/Film (1982).pt2.avi", "Film", 1982, { part: 2 }],
    ["Film (1982)/Film (1982)-part1.avi", "Film", 1982, { part: 1 }],
    ["Film (1982)/disc1.avi", "Film", 1982, { part: 1 }],
    ["Film (1982)/CD2/film.avi", "Film", 1982, { part: 2 }],
    ["Film Part 2.mkv", "Film Part 2", undefined],
  ])("%s → %s, %s", (path, title, year, more = {}) => {
    expect(parseMovie(path)).toEqual({ title, ...(year === undefined ? {} : { year }), externalIds: [], ...more });
  });
});

describe("parseEpisode", () => {
  const file = (name: string): string => `Show/Season 02/${name}.mkv`;
  it.each<[string, number | undefined, number[], (string | undefined)?, object?]>([
    [file("Show - S02E03 - Title"), 2, [3], "Title"],
    [file("Show - s02e03"), 2, [3]],
    [file("Show.S02E03.Title.Of.It.1080p.WEB-DL.x264-GRP"), 2, [3], "Title Of It"],
    [file("Show S02 E03 Title"), 2, [3], "Title"],
    [file("Show - S02E03-E04 - Title"), 2, [3, 4], "Title"],
    [file("Show - S02E03-E06"), 2, [3, 4, 5, 6]],
    [file("Show - S02E03E04"), 2, [3, 4]],
    [file("Show - S02E03E04E05 - Title"), 2, [3, 4, 5], "Title"],
    [file("Show - S02E03-04 - Title"), 2, [3, 4], "Title"],
    [file("Show - S02E03 - 24 Hours"), 2, [3], "24 Hours"],
    [file("Show - S02E03 - E04 - Title"), 2, [3, 4], "Title"],
    [file("Show.S02E03-1080p"), 2, [3]],
    [file("Show - 2x03 - Title"), 2, [3], "Title"],
    [file("Show - 2x03-2x04 - Title"), 2, [3, 4], "Title"],
    [file("Show - 2x03-04"), 2, [3, 4]],
    [file("Show - S02E113 - Title"), 2, [113], "Title"],
    [file("Season 2 Episode 3 - Title"), 2, [3], "Title"],
    [file("Episode 3"), 2, [3], undefined, { by: "absolute" }],
    [file("E03 Title"), 2, [3], "Title", { by: "absolute" }],
    [file("03 - Title"), 2, [3], "Title", { by: "absolute" }],
    [file("03"), 2, [3], undefined, { by: "absolute" }],
    [file("03. Title"), 2, [3], "Title", { by: "absolute" }],
    [file("Show - S02E03 - Title - pt2"), 2, [3], "Title", { part: 2 }],
    // The name's season is surer than the folder's.
    ["Show/Season 01/Show - S02E03.mkv", 2, [3]],
    ["Show/S01/Show - 1x02.mkv", 1, [2]],
    ["Show/Staffel 1/01 - Grüße.mkv", 1, [1], "Grüße", { by: "absolute" }],
    ["Show/Saison 1/Show - S01E02.mkv", 1, [2]],
    ["Show/第2季/Show - 03.mkv", 2, [3], undefined, { by: "absolute" }],
    ["Show/Specials/Show - S00E02 - Title.mkv", 0, [2], "Title"],
    ["Show/Specials/02 - Title.mkv", 0, [2], "Title", { by: "absolute" }],
    ["Show/Season 00/Show - S00E01.mkv", 0, [1]],
    ["Show/Season 2011/Show - S2011E05.mkv", 2011, [5]],
    // Without a season's folder.
    ["Show/Show - S02E03 - Title.mkv", 2, [3], "Title"],
    ["Show/Show - 012.mkv", 1, [12], undefined, { by: "absolute" }],
    ["Show/Show - 012 - Title.mkv", 1, [12], "Title", { by: "absolute" }],
    ["Show/[Grp] Show - 12 [1080p].mkv", 1, [12], undefined, { by: "absolute" }],
    ["Show/Show - 12v2.mkv", 1, [12], undefined, { by: "absolute" }],
    ["Show/Show 012.mkv", 1, [12], undefined, { by: "absolute" }],
    ["Anime/Show/Show - S02E03.mkv", 2, [3]],
    ["Anime/Show/Season 02/Show - S02E03.mkv", 2, [3]],
    ["Show - Season 2/S02E03 - Title.mkv", 2, [3], "Title"],
    ["Show.S02.1080p.WEB-DL-GRP/Show.S02E03.Title.1080p.mkv", 2, [3], "Title"],
    ["Show.S02E03.1080p-GRP/show.s02e03.mkv", 2, [3]],
    ["Show.S02E03.Title.720p.HDTV.mkv", 2, [3], "Title"],
    ["Show - 2x03.mkv", 2, [3]],
    // Years and ids of the show.
    ["Show (2005)/Season 02/Show (2005) - S02E03 - Title.mkv", 2, [3], "Title", { showYear: 2005 }],
    ["Show.2005.S02E03.720p.mkv", 2, [3], undefined, { showYear: 2005 }],
    ["Show {tvdb-81189}/Season 02/Show - S02E03.mkv", 2, [3], undefined, { externalIds: ["tvdb://81189"] }],
    // Dates.
    ["Show/Show - 2011-11-15 - Title.mkv", 2011, [], "Title", { airDate: "2011-11-15", by: "date" }],
    ["Show/Show.2011.11.15.Title.720p.mkv", 2011, [], "Title", { airDate: "2011-11-15", by: "date" }],
    ["Show/Show - 15.11.2011 - Title.mkv", 2011, [], "Title", { airDate: "2011-11-15", by: "date" }],
    ["Show/Season 04/Show - 2011-11-15.mkv", 4, [], undefined, { airDate: "2011-11-15", by: "date" }],
  ])("%s → season %s, episodes %j, %s", (path, season, episodes, title, more = {}) => {
    const { show, ...rest } = parseEpisode(path);
    const expected = { season, episodes, title, externalIds: [], by: "number", ...more };
    expect({ title: undefined, ...rest }).toEqual(expected);
    expect(show).toMatch(/^show$/i);
  });

  it.each([
    ["Show/Season 02/Making it.mkv", { show: "Show", season: 2, title: "Making it" }],
    ["Show/Something.mkv", { show: "Show", title: "Something" }],
    ["Show/a/b/Something.mkv", { show: "Show", title: "Something" }],
    ["Something.mkv", { show: "Something", title: "Something" }],
    ["Show/Show - 2011-13-45.mkv", { show: "Show", title: "Show - 2011-13-45" }],
  ])("%s is not understood, and still shown", (path, expected) => {
    const reason = "no episode number or date in the name";
    expect(parseEpisode(path)).toEqual({ ...expected, episodes: [], externalIds: [], by: "none", reason });
  });

  it("reads names with a dash, umlauts, quotes and CJK as they are", () => {
    const path = "Über-Leben & Söhne (2014)/Season 02/Über-Leben & Söhne - S02E02 - “Nobody's 港”.mkv";
    expect(parseEpisode(path)).toMatchObject({ show: "Über-Leben & Söhne", showYear: 2014, title: "“Nobody's 港”" });
  });
});

describe("parseTrack", () => {
  const track = { artist: "Artist", album: "Album", title: "Track" };
  it.each<[string, object]>([
    ["Artist/Album/01 - Track.mp3", { index: 1 }],
    ["Artist/Album/01. Track.mp3", { index: 1 }],
    ["Artist/Album/01 Track.mp3", { index: 1 }],
    ["Artist/Album/01_Track.mp3", { index: 1 }],
    ["Artist/Album/1 - Track.mp3", { index: 1 }],
    ["Artist/Album/Track.mp3", {}],
    ["Artist/Album (1999)/1-03 Track.flac", { year: 1999, disc: 1, index: 3 }],
    ["Artist/Album (1999) [FLAC]/2-03 - Track.flac", { year: 1999, disc: 2, index: 3 }],
    ["Artist/1999 - Album/03 - Track.flac", { year: 1999, index: 3 }],
    ["Artist/[1999] Album/03 - Track.flac", { year: 1999, index: 3 }],
    ["Artist/Artist - Album (1999)/03 - Artist - Track.flac", { year: 1999, index: 3 }],
    ["Artist/Album/CD 2/03 - Track.mp3", { disc: 2, index: 3 }],
    ["Artist/Album/Disc 2 - The Second/03 - Track.mp3", { disc: 2, index: 3 }],
    ["Rock/Artist/Album/03 - Track.mp3", { index: 3 }],
    ["Artist/Albums/Album/03 - Track.mp3", { index: 3 }],
    ["Artist - Album/03. Track.mp3", { index: 3 }],
    ["Artist - Album (1999)/03. Track.mp3", { index: 3, year: 1999 }],
    ["Artist - Album - 03 - Track.mp3", { index: 3 }],
    ["Artist - Album - Track.mp3", {}],
    ["Artist - Track.mp3", { album: "[Unknown Album]" }],
    ["Artist/Track.mp3", { album: "[Unknown Album]" }],
    ["Track.mp3", { artist: "[Unknown Artist]", album: "[Unknown Album]" }],
    ["03 - Track.mp3", { artist: "[Unknown Artist]", album: "[Unknown Album]", index: 3 }],
    ["Artist/Album/7 Rungs.mp3", { title: "7 Rungs" }],
    ["Artist/Album/99 Red Kites.mp3", { title: "99 Red Kites" }],
    ["Artist/1984/01 - Track.mp3", { album: "1984", index: 1 }],
    ["VA/Album/03 - Somebody - Track.mp3", { artist: "Various Artists", index: 3, trackArtist: "Somebody" }],
    ["Compilations/Album/03 Somebody - Track.mp3", { artist: "Various Artists", index: 3, trackArtist: "Somebody" }],
    [
      "青い砂丘/Zwölf Türen (2021)/01 - 第一の扉.flac",
      { artist: "青い砂丘", album: "Zwölf Türen", year: 2021, index: 1, title: "第一の扉" },
    ],
  ])("%s", (path, more) => expect(parseTrack(path)).toEqual({ ...track, ...more }));

  it("lets tags win wherever they say something", () => {
    const fromName = parseTrack("Artist/Album (1999)/03 - Track.mp3");
    expect(
      mergeTrackTags(fromName, { title: "Trâck", album: " ", artist: "Ärtist", track: 4, disc: 2, year: 2000 }),
    ).toEqual({ artist: "Ärtist", album: "Album", year: 2000, disc: 2, index: 4, title: "Trâck" });
    expect(mergeTrackTags(fromName, undefined)).toEqual(fromName);
    expect(mergeTrackTags(fromName, { track: 0, year: Number.NaN })).toEqual(fromName);
  });

  it.each([
    [{ artist: "Guest", albumArtist: "Host" }, "Host", "Guest"],
    [{ artist: "Artist feat. Guest" }, "Artist", "Artist feat. Guest"],
    [{ artist: "Guest", compilation: true }, "Various Artists", "Guest"],
    [{ artist: "Guest", albumArtist: "VA" }, "Various Artists", "Guest"],
    [{ artist: "ARTIST", albumArtist: "Artist" }, "Artist", undefined],
  ])("%j belongs to %s, played by %s", (tags, artist, trackArtist) => {
    const merged = mergeTrackTags(parseTrack("Artist/Album/03 - Track.mp3"), tags);
    expect([merged.artist, merged.trackArtist]).toEqual([artist, trackArtist]);
  });
});

it.each([
  ["The 100", "100"],
  ["A Reel Left in the Rain", "Reel Left in the Rain"],
  ["An Hour", "Hour"],
  ["Die Mühle", "Die Mühle"],
  ["Theory", "Theory"],
  ["The", "The"],
  ["“The Gulls”", "Gulls”"],
  ["...And Then", "And Then"],
  ["A", "A"],
  ["???", "???"],
])("%s is sorted as %s", (title, sorted) => expect(titleSort(title)).toBe(sorted));

describe("guessSectionType", () => {
  it.each([
    ["movie", []],
    ["movie", ["Film (1999).mkv", "Film (1999)/poster.jpg", "theme.mp3"]],
    ["movie", ["Star Song Episode 4 (1977).mkv"]],
    ["movie", ["01 - Film.mkv", "Boxed/02 - Film.mkv"]],
    ["show", ["Show/Season 01/Show - S01E01.mkv", "Show/Season 01/theme.mp3", "Show/s02/x.mkv"]],
    ["show", ["Show/Season 01/Opening.mkv"]],
    ["show", ["Show/2011-11-15.mkv"]],
    ["artist", ["Artist/Album/01.mp3", "Artist/Album/02.mp3", "Artist/video.mkv"]],
  ])("finds %s in %j", (type, paths) => expect(guessSectionType(paths)).toBe(type));
});

describe("keys", () => {
  it("are the same for versions and parts of one film, in any spelling", () => {
    const paths = ["Füße (1999)/Füße (1999) - cd1.mkv", "FÜSSE (1999).mkv", "Füße (1999)/füße.1999.2160p.mkv"];
    expect(new Set(paths.map((path) => movieKey(parseMovie(path.normalize("NFD")), path))).size).toBe(1);
  });

  it("differ for editions, years, and untold years in other folders", () => {
    const paths = ["F (1999).mkv", "F (2000).mkv", "F (1999) {edition-Cut}.mkv", "a/F.mkv", "b/F.mkv"];
    expect(new Set(paths.map((path) => movieKey(parseMovie(path), path))).size).toBe(paths.length);
  });

  it("tell the episodes of one file apart, and its season and show together", () => {
    const path = "Show (2005)/Season 02/Show - S02E03-E04.mkv";
    const parsed = parseEpisode(path);
    expect(parsed.episodes.map((number) => episodeKey(parsed, path, number))).toEqual([
      "show/show/2005/season/2/episode/3",
      "show/show/2005/season/2/episode/4",
    ]);
    expect(seasonKey(parsed)).toBe("show/show/2005/season/2");
    expect(showKey(parsed)).toBe("show/show/2005");
  });

  it("fall back to date and path", () => {
    const [dated, unknown] = ["Show/2011-11-15.mkv", "Show/Clip.mkv"];
    expect(episodeKey(parseEpisode(dated), dated)).toBe("show/show//season/2011/date/2011-11-15");
    expect(episodeKey(parseEpisode(unknown), unknown)).toBe("show/show//season//path/show%2fclip.mkv");
  });

  it("cannot be confused by a slash in a tag", () => {
    const name = parseTrack("x/y/01 - z.mp3");
    const one = mergeTrackTags(name, { albumArtist: "A/album", album: "B" });
    const other = mergeTrackTags(name, { albumArtist: "A", album: "album/B" });
    expect(albumKey(one)).not.toBe(albumKey(other));
    expect(artistKey(one)).toBe("artist/a%2falbum");
  });

  it("hold a track apart from its neighbours, and together with its other formats", () => {
    const keyOf = (path: string): string => trackKey(parseTrack(path), path);
    expect(keyOf("A/B/01 - T.mp3")).toBe(keyOf("A/B/01 - T.flac"));
    expect(new Set(["A/B/01 - T.mp3", "A/B/02 - T.mp3", "A/B/CD2/01 - T.mp3", "A/T.mp3"].map(keyOf)).size).toBe(4);
  });
});

describe("whatever the name", () => {
  const pieces = fc.constantFrom(
    ...["Show", "S02E03", "-E04", "2x03", "(1999)", "1080p", "{edition-", "[", "]", "{", "}", " - ", ".", "_", "cd1"],
    ...[
      "Season 02",
      "/",
      "2011-11-15",
      "012",
      "\u0000",
      "\uD800",
      "ß",
      "港",
      "E",
      "-",
      " ",
      "Various",
      "CD 2",
      "x264-G",
    ],
  );
  const paths = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join("")),
    fc.tuple(pieces, fc.integer({ min: 1, max: 20_000 })).map(([piece, times]) => piece.repeat(times)),
  );
  const everything = (path: string): void => {
    const [movie, episode, track] = [parseMovie(path), parseEpisode(path), parseTrack(path)];
    classifyFile(path);
    guessSectionType([path]);
    titleSort(path);
    for (const key of [movieKey(movie, path), episodeKey(episode, path), trackKey(track, path)]) {
      expect(key).not.toBe("");
    }
    if (path.replaceAll(/[/.\s]/g, "") !== "") {
      expect([movie.title, episode.show, track.title, track.artist, track.album]).not.toContain("");
    }
    expect(new Set(episode.episodes).size).toBe(episode.episodes.length);
  };

  it("there is a title, and never an error", () => fc.assert(fc.property(paths, everything), { numRuns: 2000 }));

  it("it takes milliseconds, also for the names that catch a backtracking expression", () => {
    const units = [
      "[",
      "{",
      "(",
      " ",
      ".",
      "-",
      "1",
      "E1",
      "-E1",
      "S1",
      "a ",
      "2x03",
      " - ",
      "a.",
      "(1999)",
      "{tmdb-",
      "Season ",
    ];
    for (const unit of units) {
      const path = `${unit.repeat(50_000)}!`;
      const start = performance.now();
      everything(path);
      expect(performance.now() - start, JSON.stringify(unit)).toBeLessThan(500);
    }
  });
});

it("the names of the sample library say what its list says", () => {
  const expected = new URL("../../../../samples/expected.json", import.meta.url);
  const { items } = JSON.parse(readFileSync(expected, "utf8")) as { items: Record<string, string | number>[] };
  expect(items).toHaveLength(26);
  for (const item of items) {
    const path = String(item.file).replace(/^[^/]+\//, "");
    if (item.type === "movie") expect(parseMovie(path)).toMatchObject({ title: item.title, year: item.year });
    else if (item.type === "episode") {
      const { show, season, episodes, title } = parseEpisode(path);
      expect({ show, season, episode: episodes[0], title }).toEqual({
        ...{ show: item.show, season: item.season, episode: item.episode, title: item.title },
      });
    } else {
      const { artist, album, year, index, title } = parseTrack(path);
      expect(item).toMatchObject({ artist, album, year, index, title });
    }
  }
});
