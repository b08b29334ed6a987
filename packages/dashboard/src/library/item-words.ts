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

/** What an item is called where nothing says what it belongs to: a season or an album by whose it is. */
export function nameOf({ type, title, parentTitle }: Item): string {
  return type === "season" || type === "album" ? (parentTitle ?? title) : title;
}

/** What stands below an item's name. @param below it stands below what holds it */
export function subtitleOf(item: Item, below = false): string {
  const { type, year, title, leafCount, index, parentIndex, childCount } = item;
  switch (type) {
    case "season":
      return below ? counted(leafCount ?? 0, "episode") : title;
    case "album":
      return below ? String(year ?? "") : title;
    case "episode":
      return `S${parentIndex ?? "?"} · E${index ?? "?"}`;
    case "track":
      return index === undefined ? "" : `Track ${index}`;
    case "show":
      return leafCount === undefined ? String(year ?? "") : counted(leafCount, "episode");
    case "artist":
      return childCount === undefined ? "" : counted(childCount, "album");
    case "movie":
      return year === undefined ? "" : String(year);
  }
}

/** `1 episode`, `2 episodes`, `1,200 items` */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;
}
