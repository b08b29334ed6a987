import type { Item, ItemType } from "../api/types.ts";

export const typeNames: Readonly<Record<ItemType, string>> = {
  movie: "Film",
  show: "Show",
  season: "Season",
  episode: "Episode",
  artist: "Artist",
  album: "Album",
  track: "Track",
};

/** What stands below an item's name. */
export function subtitleOf({
  type,
  year,
  title,
  parentTitle,
  leafCount,
  index,
  parentIndex,
  childCount,
}: Item): string {
  switch (type) {
    case "season":
    case "album":
      return parentTitle === undefined ? String(year ?? "") : title;
    case "episode":
      return `S${parentIndex ?? "?"} · E${index ?? "?"}`;
    case "track":
      return index === undefined ? "" : `Track ${index}`;
    case "show":
      return leafCount === undefined ? String(year ?? "") : `${leafCount} ${leafCount === 1 ? "episode" : "episodes"}`;
    case "artist":
      return childCount === undefined ? "" : `${childCount} ${childCount === 1 ? "album" : "albums"}`;
    case "movie":
      return year === undefined ? "" : String(year);
  }
}
