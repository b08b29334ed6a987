import type { XmlMediaContainer } from "@reelay/protocol";
import { ReelayError } from "../support/index.ts";
import { attribute, childrenOf, type PlayServer } from "./play-server.ts";

/** What is played. */
export interface PlayItem {
  readonly ratingKey: string;
  /** For people: `Show S01 E02 · Title`. */
  readonly title: string;
  /** ms; undefined if the server does not know. */
  readonly duration: number | undefined;
  /** Where the account left off, ms. */
  readonly viewOffset: number;
  readonly viewCount: number;
}

/** What of each kind of section can be played or leads there, by Plex's type numbers: what is asked for first wins. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  movie: ["1"],
  show: ["2", "4"],
  artist: ["10", "9"],
};

/**
 * Finds what to play: by its ratingKey, as `Show S01E02`, or by its title, which may be a part of it if only one item
 * has it. A show begins with its next episode, an album with its first track.
 * @throws REELAY_NOT_FOUND that says what there is
 */
export async function findItem(server: PlayServer, wanted: string): Promise<PlayItem> {
  if (/^\d{1,15}$/.test(wanted)) {
    const [item] = childrenOf(await server.get(`/library/metadata/${wanted}`), "Metadata");
    if (item !== undefined) return playable(server, item);
    throw new ReelayError("REELAY_NOT_FOUND", `The server has no item ${wanted}.`);
  }
  const [, show, season, episode] = /^(.*\S)\s+S(\d{1,3})\s*E(\d{1,4})$/i.exec(wanted) ?? [];
  const matches = await search(server, show ?? wanted);
  if (show !== undefined && season !== undefined && episode !== undefined) {
    const found = only(matches.filter(isShow), show);
    for (const leaf of await leavesOf(server, found)) {
      if (Number(leaf.parentIndex) === Number(season) && Number(leaf.index) === Number(episode)) return toItem(leaf);
    }
    throw new ReelayError("REELAY_NOT_FOUND", `${attribute(found, "title")} has no episode S${season}E${episode}.`);
  }
  return playable(server, only(matches, wanted));
}

async function search(server: PlayServer, title: string): Promise<XmlMediaContainer[]> {
  const found: XmlMediaContainer[] = [];
  for (const section of childrenOf(await server.get("/library/sections"), "Directory")) {
    for (const type of kinds[attribute(section, "type") ?? ""] ?? []) {
      const listed = await server.get(`/library/sections/${attribute(section, "key")}/all`, {
        type,
        title,
        "X-Plex-Container-Start": "0",
        "X-Plex-Container-Size": "200",
      });
      found.push(...childrenOf(listed, "Metadata"));
    }
  }
  // A server may be generous with what it takes for the title.
  return found.filter((item) => fold(attribute(item, "title")).includes(fold(title)));
}

/** The one that is meant: whose title is this, else the only one that has it in its title. */
function only(matches: readonly XmlMediaContainer[], title: string): XmlMediaContainer {
  const exact = matches.filter((item) => fold(attribute(item, "title")) === fold(title));
  const [item, ...others] = exact.length > 0 ? exact : matches;
  if (item === undefined) throw new ReelayError("REELAY_NOT_FOUND", `The server has nothing called ${title}.`);
  if (others.length === 0) return item;
  const listed = [item, ...others].slice(0, 8).map((one) => `${attribute(one, "ratingKey")} ${nameOf(one)}`);
  throw new ReelayError(
    "REELAY_NOT_FOUND",
    `Several items are called so; name one by its number:\n  ${listed.join("\n  ")}`,
  );
}

async function playable(server: PlayServer, item: XmlMediaContainer): Promise<PlayItem> {
  const type = attribute(item, "type");
  if (type === "movie" || type === "episode" || type === "track" || type === "clip") return toItem(item);
  const leaves = await leavesOf(server, item);
  const next = leaves.find((leaf) => Number(leaf.viewCount ?? 0) === 0) ?? leaves[0];
  if (next !== undefined) return toItem(next);
  throw new ReelayError("REELAY_NOT_FOUND", `${nameOf(item)} has nothing that can be played.`);
}

async function leavesOf(server: PlayServer, item: XmlMediaContainer): Promise<readonly XmlMediaContainer[]> {
  return childrenOf(await server.get(`/library/metadata/${attribute(item, "ratingKey")}/allLeaves`), "Metadata");
}

function isShow(item: XmlMediaContainer): boolean {
  return attribute(item, "type") === "show";
}

function toItem(item: XmlMediaContainer): PlayItem {
  const duration = Number(attribute(item, "duration") ?? Number.NaN);
  return {
    ratingKey: attribute(item, "ratingKey") ?? "",
    title: nameOf(item),
    duration: duration > 0 ? duration : undefined,
    viewOffset: Number(attribute(item, "viewOffset") ?? 0),
    viewCount: Number(attribute(item, "viewCount") ?? 0),
  };
}

function nameOf(item: XmlMediaContainer): string {
  const title = attribute(item, "title") ?? "";
  const above = attribute(item, "grandparentTitle") ?? attribute(item, "parentTitle");
  if (attribute(item, "type") === "episode") {
    const two = (name: string) => (attribute(item, name) ?? "?").padStart(2, "0");
    return `${above} S${two("parentIndex")} E${two("index")} · ${title}`;
  }
  const year = attribute(item, "year");
  if (attribute(item, "type") === "movie") return year === undefined ? title : `${title} (${year})`;
  return above === undefined ? title : `${above} · ${title}`;
}

function fold(text = ""): string {
  return text.normalize("NFKC").toLowerCase();
}
