import {
  externalIdsIn,
  foldLoosely,
  releaseAt,
  segmentsOf,
  spaced,
  splitExtension,
  trimmed,
  withoutBrackets,
} from "./naming-text.ts";

export interface ParsedMovie {
  readonly title: string;
  readonly year?: number;
  /** `{edition-Director's Cut}`: another item than the film without it. */
  readonly edition?: string;
  /** The place in a film that is split into files (`cd1`, `pt2`). */
  readonly part?: number;
  /** As in Plex's `Guid`: `tmdb://603`. */
  readonly externalIds: readonly string[];
}

interface Name {
  readonly title: string;
  readonly year?: number;
  /** The year stood in brackets: somebody wrote this name with care. */
  readonly curated: boolean;
}

const DISC_FOLDER = /^(?:cd|dis[ck]|dvd)[ ._-]?(\d{1,2})$/i;
// "Part 2" with a space is how titles end; "part2" is how files are split.
const PART = /(?:^|[ ._-])(?:(?:cd|dis[ck]|dvd)[ ._]?|part|pt)(\d{1,2})$/i;
const EDITION = /\{edition-([^{}]{1,80})\}/i;

function readName(text: string): Name {
  const bare = withoutBrackets(text);
  const inBrackets = Array.from(bare.matchAll(/\((1[89]\d\d|20\d\d)\)/g)).at(-1);
  if (inBrackets) {
    const before = trimmed(spaced(bare.slice(0, inBrackets.index)));
    const title = before || trimmed(spaced(bare.slice(inBrackets.index + 6)));
    return { title, year: Number(inBrackets[1]), curated: true };
  }
  const words = spaced(bare).split(" ");
  const end = releaseAt(words);
  // The last year before the release's words: titles have years too (`2001.A.Space.Odyssey.1968`). A year cannot be
  // the first word, and one far ahead (`Blade Runner 2049`) is a title's.
  const yearAt = words.findLastIndex((word, at) => at > 0 && at < end && /^(?:19\d\d|20[0-3]\d)$/.test(word));
  const title = trimmed(words.slice(0, yearAt === -1 ? end : yearAt).join(" "));
  return yearAt === -1 || title === ""
    ? { title: trimmed(words.slice(0, end).join(" ")), curated: false }
    : { title, year: Number(words[yearAt]), curated: false };
}

/**
 * Which of the two names tells the film. A folder with a year was named for the film in it, so it is better than what
 * a release calls its file, unless the file says with care that it is another film (a folder of several).
 */
function choose(file: Name, folder: Name | undefined): Name {
  if (!folder || folder.title === "") return file;
  if (file.title === "") return folder;
  if (folder.year === undefined) return file;
  const sameTitle = foldLoosely(file.title) === foldLoosely(folder.title);
  if (file.curated && !sameTitle) return file;
  if (file.year !== undefined && file.year !== folder.year && !sameTitle) return file;
  return folder;
}

/** A film by its path, be it `Film (1999)/Film (1999).mkv`, a release's name or a bare title. */
export function parseMovie(relativePath: string): ParsedMovie {
  const { folders, name } = segmentsOf(relativePath);
  const { stem } = splitExtension(name);
  const discFolder = DISC_FOLDER.exec(folders.at(-1) ?? "");
  const folder = folders.at(discFolder ? -2 : -1) ?? "";
  const partMatch = PART.exec(withoutBrackets(stem));
  const part = partMatch?.[1] ?? discFolder?.[1];
  const file = readName(partMatch ? withoutBrackets(stem).slice(0, partMatch.index) : stem);
  const chosen = choose(file, folder === "" ? undefined : readName(folder));
  const edition = (EDITION.exec(stem) ?? EDITION.exec(folder))?.[1]?.trim();
  return {
    title: chosen.title || trimmed(stem) || stem || relativePath.slice(0, 512),
    ...(chosen.year === undefined ? {} : { year: chosen.year }),
    ...(edition ? { edition } : {}),
    ...(part === undefined ? {} : { part: Number(part) }),
    externalIds: externalIdsIn(folder, stem),
  };
}
