import type { Missed } from "./upstream-facts.ts";

/**
 * Why an item is settled for the first time. `first-scan`: its section was never scanned to the end before. `returned`: it
 * is back within a day, or its disk is another one. Only what is `new` is told by `item.arrived`.
 */
export type Arrival = "new" | "first-scan" | "returned";

/** Where an item stands in the library; ids are ratingKeys. */
export interface ItemFacts {
  readonly sectionId: number;
  readonly itemId: number;
  /** The season of an episode, the album of a track. */
  readonly parentId?: number;
  /** The show, the artist. */
  readonly rootId?: number;
  /** Plex's metadata type number: 1 movie, 2 show, 3 season, 4 episode, 8 artist, 9 album, 10 track. */
  readonly metadataType: number;
  /** Epoch seconds. */
  readonly updatedAt: number;
  /** Told afterwards: it happened between these times, when nobody listened. Such an event is synthetic. */
  readonly missed?: Missed;
}
