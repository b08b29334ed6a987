import type { ParsedEpisode } from "./naming-episode.ts";
import type { ParsedMovie } from "./naming-movie.ts";
import { fold } from "./naming-text.ts";
import { type ParsedTrack, UNKNOWN_ALBUM } from "./naming-track.ts";

/**
 * Natural keys: two files with the same key are the same item (its versions or parts), and an item is found again by
 * its key in the next scan. They are compared, never shown and never parsed.
 */
function key(...parts: readonly (string | number | undefined)[]): string {
  return parts
    .map((part) => (part === undefined ? "" : fold(String(part)).replaceAll("%", "%25").replaceAll("/", "%2f")))
    .join("/");
}

const folderOf = (relativePath: string): string => relativePath.slice(0, Math.max(0, relativePath.lastIndexOf("/")));

/**
 * A film is its title, year and edition. Without a year also its folder: `clip1.mkv` in two folders are two home videos.
 */
export function movieKey(movie: ParsedMovie, relativePath: string): string {
  const place = movie.year === undefined ? folderOf(relativePath) : undefined;
  return key("movie", movie.title, movie.year, movie.edition, place);
}

export const showKey = (show: Pick<ParsedEpisode, "show" | "showYear">): string =>
  key("show", show.show, show.showYear);

export const seasonKey = (episode: Pick<ParsedEpisode, "show" | "showYear" | "season">): string =>
  `${showKey(episode)}/${key("season", episode.season)}`;

/** One of a file's episodes (the first unless told); by its date where it has no number, by its path where neither. */
export function episodeKey(episode: ParsedEpisode, relativePath: string, number = episode.episodes[0]): string {
  if (number !== undefined) return `${seasonKey(episode)}/${key("episode", number)}`;
  const own = episode.airDate ? key("date", episode.airDate) : key("path", relativePath);
  return `${seasonKey(episode)}/${own}`;
}

export const artistKey = (track: Pick<ParsedTrack, "artist">): string => key("artist", track.artist);

/** Without the year: half of an album's files often lack it. */
export const albumKey = (track: Pick<ParsedTrack, "artist" | "album">): string =>
  `${artistKey(track)}/${key("album", track.album)}`;

/** A track is its album, disc, number and title; without an album also its folder, since titles repeat. */
export function trackKey(track: ParsedTrack, relativePath: string): string {
  const place = track.album === UNKNOWN_ALBUM ? folderOf(relativePath) : undefined;
  return `${albumKey(track)}/${key("track", track.disc ?? 1, track.index, track.title, place)}`;
}
