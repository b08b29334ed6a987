import {
  albumKey,
  artistKey,
  episodeKey,
  mergeTrackTags,
  movieKey,
  parseEpisode,
  parseMovie,
  parseTrack,
  type SectionType,
  seasonKey,
  showKey,
  type TrackTags,
  titleSort,
  trackKey,
} from "./naming.ts";

export type ItemType = "movie" | "show" | "season" | "episode" | "artist" | "album" | "track";

/** What a file's name and tags say of an item, before it has a key. */
export interface ItemDraft {
  readonly type: ItemType;
  /** How the same item is found again: the same for every file of it, unlike for all others of its type. */
  readonly naturalKey: string;
  readonly title: string;
  readonly titleSort: string;
  /** Of the season, the episode, the track. */
  readonly number?: number;
  readonly year?: number;
  /** YYYY-MM-DD. */
  readonly originallyAvailableAt?: string;
  readonly extra: ItemExtra;
}

/** What few items have; kept as JSON. */
export interface ItemExtra {
  readonly edition?: string;
  readonly disc?: number;
  readonly genres?: readonly string[];
  /** The performer of a track, where it is not the album's artist. */
  readonly originalTitle?: string;
  /** `imdb://tt…`, `tmdb://…`, as `Guid` lists them. */
  readonly externalIds?: readonly string[];
  // No name and no tag says these: people do.
  readonly summary?: string;
  readonly tagline?: string;
  readonly studio?: string;
  readonly contentRating?: string;
}

/** Where a file belongs: the items above it, outermost first, and the items that it holds. */
export interface Placement {
  readonly ancestors: readonly ItemDraft[];
  /** One, but for a file with several episodes. */
  readonly leaves: readonly ItemDraft[];
  /** 0, or which part of a stacked film. */
  readonly part: number;
}

/** @param path relative to the section's folder, `/` between its names */
export function placeFile(type: SectionType, path: string, tags: TrackTags | undefined): Placement {
  if (type === "movie") return placeMovie(path);
  return type === "show" ? placeEpisode(path) : placeTrack(path, tags);
}

function placeMovie(path: string): Placement {
  const parsed = parseMovie(path);
  const movie = draft("movie", movieKey(parsed, path), parsed.title, {
    year: parsed.year,
    extra: { ...optional("edition", parsed.edition), ...externalIds(parsed.externalIds) },
  });
  return { ancestors: [], leaves: [movie], part: parsed.part ?? 0 };
}

function placeEpisode(path: string): Placement {
  const parsed = parseEpisode(path);
  const show = draft("show", showKey(parsed), parsed.show, {
    year: parsed.showYear,
    extra: externalIds(parsed.externalIds),
  });
  // A dated episode belongs to the season of its year; one that tells nothing, to season 1.
  const number = parsed.season ?? (parsed.airDate === undefined ? 1 : Number(parsed.airDate.slice(0, 4)));
  const season = draft(
    "season",
    seasonKey({ ...parsed, season: number }),
    number === 0 ? "Specials" : `Season ${number}`,
    { number },
  );
  const numbers = parsed.episodes.length === 0 ? [undefined] : parsed.episodes;
  const leaves = numbers.map((episode) =>
    draft(
      "episode",
      episodeKey({ ...parsed, season: number }, path, episode),
      parsed.title ?? episodeTitle(episode, parsed.airDate, path),
      {
        number: episode,
        originallyAvailableAt: parsed.airDate,
      },
    ),
  );
  return { ancestors: [show, season], leaves, part: 0 };
}

function placeTrack(path: string, tags: TrackTags | undefined): Placement {
  const parsed = mergeTrackTags(parseTrack(path), tags);
  const artist = draft("artist", artistKey(parsed), parsed.artist, {});
  const album = draft("album", albumKey(parsed), parsed.album, { year: parsed.year });
  const track = draft("track", trackKey(parsed, path), parsed.title, {
    number: parsed.index,
    extra: {
      ...optional("disc", parsed.disc),
      ...optional("originalTitle", parsed.trackArtist),
      ...(tags?.genres === undefined || tags.genres.length === 0 ? {} : { genres: tags.genres }),
    },
  });
  return { ancestors: [artist, album], leaves: [track], part: 0 };
}

/** A title for an episode whose name has none: as Plex shows it, else the file's name. */
function episodeTitle(episode: number | undefined, airDate: string | undefined, path: string): string {
  if (episode !== undefined) return `Episode ${episode}`;
  return airDate ?? path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");
}

interface DraftDetails {
  readonly number?: number | undefined;
  readonly year?: number | undefined;
  readonly originallyAvailableAt?: string | undefined;
  readonly extra?: ItemExtra;
}

function draft(type: ItemType, naturalKey: string, title: string, details: DraftDetails): ItemDraft {
  return {
    type,
    naturalKey,
    title,
    titleSort: titleSort(title),
    ...optional("number", details.number),
    ...optional("year", details.year),
    ...optional("originallyAvailableAt", details.originallyAvailableAt),
    extra: details.extra ?? {},
  };
}

function externalIds(ids: readonly string[]): ItemExtra {
  return ids.length === 0 ? {} : { externalIds: ids };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
