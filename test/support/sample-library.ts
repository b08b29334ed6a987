import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./reelay-process.ts";

export type Kind = "movie" | "show" | "season" | "episode" | "artist" | "album" | "track";

/** An item that a library must have, named by the titles above it and its own: `episode Show/Season 1/Show S01 E02`. */
export type ItemName = `${Kind} ${string}`;

interface Expected {
  readonly items: readonly {
    readonly file: string;
    readonly section: "movie" | "show" | "artist";
    readonly type: "movie" | "episode" | "track";
    readonly title: string;
    readonly show?: string;
    readonly season?: number;
    readonly episode?: number;
    readonly artist?: string;
    readonly album?: string;
    readonly broken: boolean;
    readonly hasPicture: boolean;
  }[];
}

export type SampleFile = Expected["items"][number];

/** What samples/media holds, as those say who made it. */
export const sampleFiles: readonly SampleFile[] = (
  JSON.parse(readFileSync(join(REPOSITORY, "samples", "expected.json"), "utf8")) as Expected
).items;

export const sampleSections = [
  { name: "Films", type: "movie" },
  { name: "Music", type: "artist" },
  { name: "Shows", type: "show" },
] as const;

/** The items that these files make, the ones above them included, each once. */
export function itemsOf(files: readonly SampleFile[]): ItemName[] {
  return [...new Set(files.flatMap(itemsOfFile))];
}

function itemsOfFile({ type, title, show, season, episode, artist, album }: SampleFile): ItemName[] {
  switch (type) {
    case "movie":
      return [`movie ${title}`];
    case "episode": {
      const above = `${show}/${season === 0 ? "Specials" : `Season ${season}`}`;
      return [`show ${show}`, `season ${above}`, `episode ${above}/${show} S${two(season)} E${two(episode)}`];
    }
    case "track":
      return [`artist ${artist}`, `album ${artist}/${album}`, `track ${artist}/${album}/${title}`];
  }
}

function two(number: number | undefined): string {
  return String(number).padStart(2, "0");
}
