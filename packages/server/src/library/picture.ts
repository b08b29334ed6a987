import { fold, splitExtension } from "./naming-text.ts";

/*
 * Which of a folder's pictures belongs to an item. Names count without regard to case; of several, the more particular
 * name wins (`Film (1999)-poster` before `poster`), then the order given here, then .jpg, .jpeg, .png, .webp.
 */
const EXTENSIONS = ["jpg", "jpeg", "png", "webp"];

const MOVIE = ["poster", "folder", "cover", "movie"];
const SHOW = ["poster", "folder", "show", "cover"];
const SEASON = ["poster", "folder", "cover"];
const ALBUM = ["cover", "folder", "front", "album"];
const ARTIST = ["artist", "folder", "poster"];

function choose(names: Iterable<string>, stems: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly rank: number } | undefined;
  const wanted = stems.map(fold);
  for (const name of names) {
    const { stem, extension } = splitExtension(name);
    const [stemRank, extensionRank] = [wanted.indexOf(fold(stem)), EXTENSIONS.indexOf(extension)];
    if (stemRank === -1 || extensionRank === -1) continue;
    const rank = stemRank * EXTENSIONS.length + extensionRank;
    if (!best || rank < best.rank || (rank === best.rank && name < best.name)) best = { name, rank };
  }
  return best?.name;
}

/**
 * A film's picture among the names in its folder: `<file>-poster`, `<file>`, then `poster`, `folder`, `cover`, `movie`.
 * In a folder of several films (`ownFolder` false) only the first two are this film's.
 */
export function moviePicture(names: Iterable<string>, fileName: string, ownFolder: boolean): string | undefined {
  const { stem } = splitExtension(fileName);
  return choose(names, [`${stem}-poster`, stem, ...(ownFolder ? MOVIE : [])]);
}

/** An episode's picture: `<file>-thumb`, `<file>`. */
export function episodePicture(names: Iterable<string>, fileName: string): string | undefined {
  const { stem } = splitExtension(fileName);
  return choose(names, [`${stem}-thumb`, stem]);
}

/** A show's picture in its folder: `poster`, `folder`, `show`, `cover`. */
export const showPicture = (names: Iterable<string>): string | undefined => choose(names, SHOW);

/**
 * A season's picture: `season02-poster`, `season02` (`season-specials-poster` for season 0) in the show's folder, else
 * `poster`, `folder`, `cover` in its own.
 */
export function seasonPicture(
  season: number,
  namesInShow: Iterable<string>,
  namesInSeason: Iterable<string>,
): { readonly folder: "show" | "season"; readonly name: string } | undefined {
  const numbers = [`season${String(season).padStart(2, "0")}`, `season${season}`];
  const stems = [...(season === 0 ? ["season-specials"] : []), ...numbers].flatMap((stem) => [`${stem}-poster`, stem]);
  const inShow = choose(namesInShow, stems);
  if (inShow !== undefined) return { folder: "show", name: inShow };
  const inSeason = choose(namesInSeason, [...stems, ...SEASON]);
  return inSeason === undefined ? undefined : { folder: "season", name: inSeason };
}

/** An album's picture in its folder: `cover`, `folder`, `front`, `album`. */
export const albumPicture = (names: Iterable<string>): string | undefined => choose(names, ALBUM);

/** An artist's picture in the folder above the albums: `artist`, `folder`, `poster`. */
export const artistPicture = (names: Iterable<string>): string | undefined => choose(names, ARTIST);
