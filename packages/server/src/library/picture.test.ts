import { describe, expect, it } from "vitest";
import { albumPicture, artistPicture, episodePicture, moviePicture, seasonPicture, showPicture } from "./picture.ts";

describe("the picture of", () => {
  it.each([
    [["poster.jpg", "Film (1999).mkv"], "poster.jpg"],
    [["folder.jpg", "poster.png"], "poster.png"],
    [["poster.png", "poster.jpg"], "poster.jpg"],
    [["Poster.JPEG"], "Poster.JPEG"],
    [["poster.jpg", "Film (1999).jpg"], "Film (1999).jpg"],
    [["Film (1999).jpg", "film (1999)-POSTER.webp"], "film (1999)-POSTER.webp"],
    [["movie.webp", "cover.webp"], "cover.webp"],
    [["POSTER.jpg", "poster.jpg"], "POSTER.jpg"],
    [["fanart.jpg", "poster.svg", "poster", "Other (2000).jpg"], undefined],
    [[], undefined],
  ])("a film in its own folder, of %j, is %s", (names, picture) => {
    expect(moviePicture(names, "Film (1999).mkv", true)).toBe(picture);
    expect(moviePicture(names.toReversed(), "Film (1999).mkv", true)).toBe(picture);
  });

  it("a film among others is only one that bears its name", () => {
    expect(moviePicture(["poster.jpg", "folder.jpg"], "Film.mkv", false)).toBeUndefined();
    expect(moviePicture(["poster.jpg", "Film.jpg"], "Film.mkv", false)).toBe("Film.jpg");
  });

  it("a film is found in another Unicode form than its file", () => {
    expect(moviePicture(["Füße.jpg".normalize("NFD")], "Füße.mkv".normalize("NFC"), false)).toBe(
      "Füße.jpg".normalize("NFD"),
    );
  });

  it("a show, an album, an artist, an episode", () => {
    expect(showPicture(["show.jpg", "folder.jpg"])).toBe("folder.jpg");
    expect(albumPicture(["folder.jpg", "front.jpg", "cover.png"])).toBe("cover.png");
    expect(artistPicture(["cover.jpg", "artist.jpg"])).toBe("artist.jpg");
    expect(episodePicture(["poster.jpg", "S01E01.jpg", "S01E01-thumb.jpg"], "S01E01.mkv")).toBe("S01E01-thumb.jpg");
  });

  it.each<[number, string[], string[], string | undefined]>([
    [2, ["season02-poster.jpg"], ["poster.jpg"], "show/season02-poster.jpg"],
    [2, ["Season2.jpg"], [], "show/Season2.jpg"],
    [12, ["season12.png", "season1.png"], [], "show/season12.png"],
    [2, ["season03-poster.jpg", "poster.jpg"], ["folder.jpg"], "season/folder.jpg"],
    [0, ["season-specials-poster.jpg", "season00.jpg"], [], "show/season-specials-poster.jpg"],
    [1, ["poster.jpg"], [], undefined],
  ])("season %d, of %j and %j, is %s", (season, inShow, inSeason, expected) => {
    const found = seasonPicture(season, inShow, inSeason);
    expect(found && `${found.folder}/${found.name}`).toBe(expected);
  });
});
