import { episodeNumberIn, type Found } from "./naming-episode-number.ts";
import { type SeasonFolder, seasonOfFolder } from "./naming-season.ts";
import {
  externalIdsIn,
  foldLoosely,
  segmentsOf,
  spaced,
  splitExtension,
  trimmed,
  withoutBrackets,
  withoutRelease,
} from "./naming-text.ts";

export interface ParsedEpisode {
  readonly show: string;
  readonly showYear?: number;
  /** 0 are the specials; a show told by dates has its years as seasons. */
  readonly season?: number;
  /** Several where one file holds several; none where only the date is known, or nothing. */
  readonly episodes: readonly number[];
  readonly title?: string;
  /** `2011-11-15` */
  readonly airDate?: string;
  /** The place in an episode that is split into files (` - pt2`). */
  readonly part?: number;
  readonly externalIds: readonly string[];
  /** How sure this is: `absolute` is a bare number, `none` comes with a `reason`. */
  readonly by: "number" | "date" | "absolute" | "none";
  readonly reason?: string;
}

const PART = /[ ._]?-[ ._]?(?:cd|dis[ck]|dvd|part|pt)(\d{1,2})$/i;

interface ShowName {
  readonly show: string;
  readonly showYear?: number;
}

function readShow(text: string, from: "folder" | "file"): ShowName {
  const bare = withoutBrackets(text);
  const year = /\((1[89]\d\d|20\d\d)\)/.exec(bare);
  if (year) {
    const show = trimmed(spaced(bare.slice(0, year.index)));
    if (show !== "") return { show, showYear: Number(year[1]) };
  }
  const show = withoutRelease(bare);
  // `Doctor.Who.2005.S01E01`: only a file's name has a bare year for telling two shows apart.
  const bareYear = from === "file" ? /^(.*\S) ((?:19|20)\d\d)$/.exec(show) : null;
  if (bareYear?.[1]) return { show: trimmed(bareYear[1]), showYear: Number(bareYear[2]) };
  return { show };
}

/**
 * The show's name: of the folder above the season's; without one, of the folder that says the same as the file's
 * beginning, else the top one. What the file says counts where no folder does.
 */
function showOf(
  folders: readonly string[],
  seasonAt: number,
  inFolder: SeasonFolder | undefined,
  lead: string,
): string {
  if (seasonAt > 0) return folders[seasonAt - 1] ?? "";
  if (seasonAt === 0) return inFolder?.before || lead;
  const parent = folders.at(-1);
  const said = foldLoosely(readShow(lead, "file").show);
  if (parent && folders.length > 1 && said !== "" && foldLoosely(readShow(parent, "folder").show) === said)
    return parent;
  const top = folders[0] ?? "";
  // A release's folder for a single episode is no show's folder: `Show.S01E02.1080p/show.s01e02.mkv`.
  const own = episodeNumberIn(withoutBrackets(top), { bareNumbers: false });
  return own ? own.before || lead : top || lead;
}

/** What stands behind the number: the episode's own title and, for a split one, its part. */
function readTitle(after: string): { readonly title?: string; readonly part?: number } {
  const split = PART.exec(after);
  const title = withoutRelease((split ? after.slice(0, split.index) : after).replace(/^[.](?![.])/, ""));
  return { ...(title === "" ? {} : { title }), ...(split ? { part: Number(split[1]) } : {}) };
}

function numbersOf(found: Found, inFolder: SeasonFolder | undefined): Pick<ParsedEpisode, "season" | "episodes"> {
  if (found.by === "date") return { season: inFolder?.season ?? Number(found.airDate.slice(0, 4)), episodes: [] };
  return { season: found.season ?? inFolder?.season ?? 1, episodes: found.episodes };
}

/** An episode by its path; a file that cannot be understood keeps its show and gets its own name as title. */
export function parseEpisode(relativePath: string): ParsedEpisode {
  const { folders, name } = segmentsOf(relativePath);
  const stem = splitExtension(name).stem;
  const bare = withoutBrackets(stem);
  const seasonAt = folders.findLastIndex((folder) => seasonOfFolder(folder) !== undefined);
  const inFolder = seasonAt === -1 ? undefined : seasonOfFolder(folders[seasonAt] ?? "");
  const found = episodeNumberIn(bare, { bareNumbers: folders.length > 0 });
  const showFolder = showOf(folders, seasonAt, inFolder, found?.before ?? "");
  const show = readShow(showFolder || bare, folders.length > 0 && showFolder !== found?.before ? "folder" : "file");
  const common = {
    ...show,
    show: show.show || trimmed(showFolder) || stem || relativePath.slice(0, 512),
    externalIds: externalIdsIn(...folders, stem),
  };
  if (!found) {
    return {
      ...common,
      ...(inFolder ? { season: inFolder.season } : {}),
      ...{ episodes: [], title: withoutRelease(bare) || stem || relativePath.slice(0, 512) },
      ...{ by: "none", reason: "no episode number or date in the name" },
    };
  }
  return {
    ...common,
    ...numbersOf(found, inFolder),
    ...readTitle(found.after),
    ...(found.by === "date" ? { airDate: found.airDate } : {}),
    by: found.by,
  };
}
