import { parseEpisode } from "./naming-episode.ts";
import { classifyFile } from "./naming-files.ts";
import { seasonOfFolder } from "./naming-season.ts";
import { segmentsOf } from "./naming-text.ts";

export type SectionType = "movie" | "show" | "artist";

function isEpisode(relativePath: string): boolean {
  const { by } = parseEpisode(relativePath);
  if (by === "number" || by === "date") return true;
  return segmentsOf(relativePath).folders.some((folder) => seasonOfFolder(folder) !== undefined);
}

/** What kind of section a folder is, by the majority of the media files in it (all of them, or a sample). */
export function guessSectionType(relativePaths: Iterable<string>): SectionType {
  let [tracks, episodes, films] = [0, 0, 0];
  for (const path of relativePaths) {
    const { kind } = classifyFile(path);
    if (kind === "audio") tracks++;
    else if (kind === "video" && isEpisode(path)) episodes++;
    else if (kind === "video") films++;
  }
  if (tracks > episodes + films) return "artist";
  return episodes > films ? "show" : "movie";
}
