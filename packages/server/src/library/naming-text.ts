/** Longer names are cut: no file system that matters has them, and every expression below stays cheap. */
const MAX_NAME = 512;

/** The folders and the file of a relative path, empty parts and `.` dropped. */
export function segmentsOf(relativePath: string): { readonly folders: readonly string[]; readonly name: string } {
  const parts = relativePath
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .map((part) => part.slice(0, MAX_NAME).normalize("NFC"));
  return { folders: parts.slice(0, -1), name: parts.at(-1) ?? "" };
}

/** `Film.mkv` → `Film` and `mkv`; what follows the last dot counts only where it looks like an extension. */
export function splitExtension(name: string): { readonly stem: string; readonly extension: string } {
  const dot = name.lastIndexOf(".");
  const extension = name.slice(dot + 1);
  return dot > 0 && /^[!\w~]{1,12}$/.test(extension)
    ? { stem: name.slice(0, dot), extension: extension.toLowerCase() }
    : { stem: name, extension: "" };
}

/**
 * Dots and underscores as the spaces they stand for, in names that have no spaces: `Agents.of.S.H.I.E.L.D` becomes
 * `Agents of S.H.I.E.L.D.`, since a run of single letters is an acronym.
 */
export function spaced(text: string): string {
  const trimmed = text.trim();
  if (trimmed.includes(" ")) return trimmed;
  const words: string[] = [];
  let letters: string[] = [];
  const endAcronym = (): void => {
    if (letters.length > 1) words.push(`${letters.join(".")}.`);
    else words.push(...letters);
    letters = [];
  };
  for (const word of trimmed.split(/[._]/)) {
    if (/^\p{Lu}$/u.test(word)) letters.push(word);
    else {
      endAcronym();
      if (word !== "") words.push(word);
    }
  }
  endAcronym();
  return words.join(" ");
}

/** Without the separators that a cut leaves at either end. */
export function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  const isSeparator = (at: number): boolean => " \t\n\r-_–—,".includes(text.charAt(at));
  while (from < to && isSeparator(from)) from++;
  while (to > from && isSeparator(to - 1)) to--;
  return text.slice(from, to).replace(/\s+/g, " ");
}

const RELEASE_WORD =
  /^(?:\d{3,4}[pi]|4k|8k|uhd|(?:uhd)?blu-?ray|b[dr]-?rip|bdremux|remux|dvd-?(?:rip|r|scr|5|9)|web-?(?:dl|rip)|hdtv|hdrip|pdtv|dsr|vhs-?rip|hdr(?:10)?\+?|[xh]\.?26[45]|hevc|avc|av1|xvid|divx|10-?bit|8-?bit|dts(?:-?hd)?|truehd|atmos|ac-?3|e-?ac-?3|aac\d?|ddp?\d?|flac|mp3)(?:-[\p{L}\p{N}]{1,32})?$/iu;

/** Where the words about the release (`1080p`, `BluRay`, `x264-GRP`) begin; the number of words if they never do. */
export function releaseAt(words: readonly string[]): number {
  const at = words.findIndex((word) => RELEASE_WORD.test(word.replace(/^-|[()[\]]/g, "")));
  return at === -1 ? words.length : at;
}

/** A title without what a release adds behind it. */
export function withoutRelease(text: string): string {
  const words = spaced(text).split(" ");
  return trimmed(words.slice(0, releaseAt(words)).join(" "));
}

const ID = /[{[](tmdb|imdb|tvdb)(?:id)?[-=](tt\d{1,12}|\d{1,12})[}\]]/gi;

/** `{tmdb-603}`, `{imdb-tt0133093}` (Plex) and `[tvdbid-81189]` (Jellyfin) as Plex writes them in a `Guid`. */
export function externalIdsIn(...texts: readonly string[]): readonly string[] {
  const found = texts.flatMap((text) =>
    Array.from(text.matchAll(ID), ([, site, id]) => `${site?.toLowerCase()}://${id?.toLowerCase()}`),
  );
  return [...new Set(found)];
}

/** Without `{…}` and `[…]`, unless nothing would be left but a year: `[REC] (2007)` is a title. */
export function withoutBrackets(text: string): string {
  const bare = text.replace(/\{[^{}]*\}/g, " ").replace(/\[[^[\]]*\]/g, " ");
  return /[\p{L}\p{N}]/u.test(bare.replace(/\(\d{4}\)/g, "")) ? bare.trim() : text.replace(/\{[^{}]*\}/g, " ").trim();
}

/** For comparing names: same in NFC and NFD, in any case (`ß` as `ss`), with any amount of white space. */
export function fold(text: string): string {
  return text.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC").replace(/\s+/g, " ").trim();
}

/** For asking whether two names mean the same: letters and digits only, without accents. */
export function foldLoosely(text: string): string {
  return fold(text)
    .normalize("NFD")
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** The title to sort by: without an English article or opening punctuation (`The 100` under `100`). */
export function titleSort(title: string): string {
  const plain = title.trim().replace(/^[\p{P}\s]+(?=[\p{L}\p{N}])/u, "");
  return plain.replace(/^(?:the|an|a)\s+(?=\S)/i, "") || title;
}
