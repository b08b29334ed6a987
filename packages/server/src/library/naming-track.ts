import { fold, segmentsOf, spaced, splitExtension, trimmed } from "./naming-text.ts";

export interface ParsedTrack {
  /** The album's artist, which the album is found under. */
  readonly artist: string;
  readonly album: string;
  /** The album's year. */
  readonly year?: number;
  readonly disc?: number;
  readonly index?: number;
  readonly title: string;
  /** The track's own artist where that is another (Plex's `originalTitle`). */
  readonly trackArtist?: string;
}

// As Plex calls them.
export const UNKNOWN_ARTIST = "[Unknown Artist]";
export const UNKNOWN_ALBUM = "[Unknown Album]";
export const VARIOUS_ARTISTS = "Various Artists";

const VARIOUS =
  /^(?:various(?: artists?)?|va|v\.a\.|diverse|verschiedene(?: interpreten)?|compilations?|soundtracks?)$/i;
const DISC_FOLDER = /^(?:cd|dis[ck]|disque|lp|vinyl)[ ._-]?(\d{1,2})(?!\d)/i;
/** Shelves between an artist and the albums. */
const SHELF = /^(?:albums?|studio albums?|singles?|eps?|live|compilations?|discography)$/i;

export const isVarious = (artist: string): boolean => VARIOUS.test(artist.trim());
export const albumArtist = (artist: string): string => (isVarious(artist) ? VARIOUS_ARTISTS : artist);

interface FileName {
  readonly disc?: number;
  readonly index?: number;
  readonly rest: string;
}

function readFileName(stem: string): FileName {
  const withDisc = /^(\d{1,2})[-.](\d{2})(?:[ ._]*[-.][ ._]+|[ ._]+)(?=\S)/.exec(stem);
  if (withDisc) {
    return { disc: Number(withDisc[1]), index: Number(withDisc[2]), rest: stem.slice(withDisc[0].length) };
  }
  const separated = /^(\d{1,3})(?: ?[-–][ _]?|[._](?: ?- ?)?[ _]?|_)(?=[^\s])/.exec(stem);
  // With only a space behind it, a number may belong to the title (`7 Rings`, `99 Red Balloons`).
  const bare = /^(0\d|[1-3]\d|40) (?=\S)/.exec(stem);
  const match = separated ?? bare;
  return match ? { index: Number(match[1]), rest: stem.slice(match[0].length) } : { rest: stem };
}

interface AlbumName {
  readonly album: string;
  readonly year?: number;
}

function readAlbum(folder: string): AlbumName {
  const bare = spaced(folder).replace(/[[{](?!(?:19|20)\d\d\])[^[\]{}]*[\]}]/g, " ");
  const inBrackets = /[([]((?:19|20)\d\d)[)\]]/.exec(bare);
  const leading = /^((?:19|20)\d\d) - (?=\S)/.exec(bare.trim());
  const match = inBrackets ?? leading;
  const album = trimmed(match ? bare.trim().replace(match[0], " ") : bare);
  if (album === "") return { album: trimmed(folder) || folder };
  return match ? { album, year: Number(match[1]) } : { album };
}

interface Place extends AlbumName {
  readonly artist: string;
}

const readable = (text: string): string => trimmed(spaced(text)) || text;

const without = (prefix: string, text: string): string =>
  prefix !== "" && fold(text).startsWith(`${fold(prefix)} - `) ? trimmed(text.slice(text.indexOf(" - ") + 3)) : text;

/** Artist and album from the folders: `Artist/Album`, `Artist - Album`, or only an artist's. */
function placeOf(folders: readonly string[]): Place | undefined {
  const album = folders.at(-1);
  if (album === undefined) return undefined;
  const above = folders.slice(0, -1).findLast((folder) => !SHELF.test(folder.trim()) || isVarious(folder));
  if (above !== undefined) return { artist: readable(above), ...readAlbum(without(above, album) || album) };
  const dash = album.indexOf(" - ");
  const [artist, own] = [trimmed(album.slice(0, Math.max(0, dash))), trimmed(album.slice(dash + 3))];
  if (artist !== "" && own !== "" && !/^(?:19|20)\d\d$/.test(artist)) return { artist, ...readAlbum(own) };
  return isVarious(album) ? { artist: album, album: UNKNOWN_ALBUM } : { artist: readable(album), album: UNKNOWN_ALBUM };
}

/** A file outside of any folder: `Artist - Album - 03 - Title`, `Artist - Title`, `03 - Title`. */
function readFlat(stem: string): ParsedTrack {
  const { rest, ...numbers } = readFileName(stem);
  const parts = spaced(rest).split(" - ").map(trimmed).filter(Boolean);
  const numberAt = parts.findIndex((part, at) => at > 0 && at < parts.length - 1 && /^\d{1,3}$/.test(part));
  const index = numberAt > 0 ? { index: Number(parts[numberAt]) } : {};
  const words = parts.filter((_, at) => at !== numberAt);
  const [artist, album] = [words.length > 1 ? words[0] : undefined, words.length > 2 ? words[1] : undefined];
  return {
    artist: albumArtist(artist ?? UNKNOWN_ARTIST),
    ...(album ? readAlbum(album) : { album: UNKNOWN_ALBUM }),
    ...numbers,
    ...index,
    title: words.slice(album ? 2 : artist ? 1 : 0).join(" - ") || trimmed(stem) || stem,
  };
}

/** A track by its path; its tags, where it has any, know better (`mergeTrackTags`). */
export function parseTrack(relativePath: string): ParsedTrack {
  const { folders, name } = segmentsOf(relativePath);
  const { stem } = splitExtension(name);
  const discFolder = folders.length > 1 ? DISC_FOLDER.exec(folders.at(-1) ?? "") : null;
  const place = placeOf(discFolder ? folders.slice(0, -1) : folders);
  if (!place) return readFlat(stem || relativePath.slice(0, 512));

  const { rest, index, disc: discInName } = readFileName(stem);
  const disc = discInName ?? (discFolder ? Number(discFolder[1]) : undefined);
  const text = without(place.artist, trimmed(spaced(rest)));
  const dash = isVarious(place.artist) ? text.indexOf(" - ") : -1;
  const title = dash > 0 ? trimmed(text.slice(dash + 3)) : text;
  return {
    ...place,
    artist: albumArtist(place.artist),
    ...(disc === undefined ? {} : { disc }),
    ...(index === undefined ? {} : { index }),
    title: title || trimmed(stem) || stem || relativePath.slice(0, 512),
    ...(dash > 0 && title ? { trackArtist: trimmed(text.slice(0, dash)) } : {}),
  };
}
