import { fold } from "./naming-text.ts";
import { albumArtist, isVarious, type ParsedTrack, UNKNOWN_ARTIST, VARIOUS_ARTISTS } from "./naming-track.ts";

/** What the tags of a track may say; each as it stands in the file. */
export interface TrackTags {
  readonly title?: string;
  readonly artist?: string;
  readonly albumArtist?: string;
  readonly album?: string;
  readonly track?: number;
  readonly disc?: number;
  readonly year?: number;
  readonly genres?: readonly string[];
  /** The album is a compilation (iTunes' `cpil`, `TCMP`). */
  readonly compilation?: boolean;
}

const said = (text: string | undefined): string | undefined => text?.trim() || undefined;
const counted = (number: number | undefined): number | undefined =>
  number !== undefined && Number.isSafeInteger(number) && number > 0 ? number : undefined;

/**
 * The artist that the album belongs to: the album artist's tag, else "Various Artists" for a compilation. A guest in the
 * artist's tag (`Quandt feat. Møller` in Quandt's folder) does not make another artist.
 */
function artistOf(fromName: ParsedTrack, tags: TrackTags): string {
  const tagged = said(tags.albumArtist);
  if (tagged) return albumArtist(tagged);
  if (tags.compilation || isVarious(fromName.artist)) return VARIOUS_ARTISTS;
  const artist = said(tags.artist);
  if (!artist) return fromName.artist;
  const isGuest = fold(artist).startsWith(`${fold(fromName.artist)} `) && fromName.artist !== UNKNOWN_ARTIST;
  return isGuest ? fromName.artist : albumArtist(artist);
}

/** Name and tags together: the tags win wherever they say something. */
export function mergeTrackTags(fromName: ParsedTrack, tags: TrackTags | undefined): ParsedTrack {
  if (!tags) return fromName;
  const artist = artistOf(fromName, tags);
  const trackArtist = said(tags.artist) ?? fromName.trackArtist;
  const year = counted(tags.year) ?? fromName.year;
  const disc = counted(tags.disc) ?? fromName.disc;
  const index = counted(tags.track) ?? fromName.index;
  return {
    artist,
    album: said(tags.album) ?? fromName.album,
    ...(year === undefined ? {} : { year }),
    ...(disc === undefined ? {} : { disc }),
    ...(index === undefined ? {} : { index }),
    title: said(tags.title) ?? fromName.title,
    ...(trackArtist === undefined || fold(trackArtist) === fold(artist) ? {} : { trackArtist }),
  };
}
