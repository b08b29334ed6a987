/**
 * Numbers of the kinds of items, as in `TimelineEntry.type` and in the `type` parameter of library queries.
 * Source: python-plexapi `SEARCHTYPES` and Tautulli `common.py`. The published OpenAPI document numbers artist, album, track, photo album and
 * photo 5 to 9, which no real server does.
 */
export const metadataTypes = {
  movie: 1,
  show: 2,
  season: 3,
  episode: 4,
  trailer: 5,
  comic: 6,
  person: 7,
  artist: 8,
  album: 9,
  track: 10,
  picture: 11,
  clip: 12,
  photo: 13,
  photoalbum: 14,
  playlist: 15,
  playlistFolder: 16,
  collection: 18,
  optimizedVersion: 42,
  userPlaylistItem: 1001,
} as const;

/** The name of a kind of item, such as `episode`. */
export type MetadataTypeName = keyof typeof metadataTypes;

/**
 * Values of `TimelineEntry.state`. 7 and 8 exist in no capture and have no known meaning.
 * Source: python-plexapi `alert.py`, PlexKodiConnect `websocket.py`.
 */
export const timelineStates = {
  /** The item was added. */
  created: 0,
  /** Its metadata is being worked on; without a metadata agent the run ends here. */
  processing: 1,
  /** It is being matched with an agent's catalogue. */
  matching: 2,
  /** Metadata is being downloaded. */
  downloading: 3,
  /** Downloaded metadata is being loaded. */
  loading: 4,
  /** Finished, if the entry has none of `metadataState`, `mediaState`, `queueSize`; otherwise its media are still looked at. */
  finished: 5,
  /** Its media are being analysed. */
  analyzing: 6,
  /** The item was deleted. */
  deleted: 9,
} as const;

/** The name of a state of a timeline entry. */
export type TimelineStateName = keyof typeof timelineStates;
