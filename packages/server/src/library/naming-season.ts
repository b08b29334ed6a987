import { spaced, trimmed } from "./naming-text.ts";

const WORD = "season|series|staffel|saison|temporada|stagione|seizoen|säsong|sesong|sæson|sezon|сезон|シーズン";
const NAMED = new RegExp(`^(.*?)(?:^|[ ._-])(?:${WORD})[ ._-]?(\\d{1,4})(?!\\d)`, "iu");
const ORDINAL = /^()(?:(\d{1,2})\. ?(?:staffel|sezon|season)|第 ?(\d{1,3}) ?[季期])$/iu;
const SHORT = /^(.*?)(?:^|[ ._-])S(\d{1,4})(?:[ ._-]|$)/iu;
const SPECIALS = /^()(?:specials?|spécial|spéciaux|sonderfolgen|extras|especiales|特典)$/iu;

export interface SeasonFolder {
  readonly season: number;
  /** What stood before the season in the folder's name (`Show` of `Show.S02.1080p`), else empty. */
  readonly before: string;
}

/** `Season 02`, `S02`, `Staffel 2`, `Specials`, `Show - Season 2`, `Show.S02.1080p.WEB-DL`; otherwise undefined. */
export function seasonOfFolder(folder: string): SeasonFolder | undefined {
  if (SPECIALS.test(folder.trim())) return { season: 0, before: "" };
  const match = NAMED.exec(folder) ?? ORDINAL.exec(folder.trim()) ?? SHORT.exec(folder);
  if (!match) return undefined;
  return { season: Number(match[2] ?? match[3]), before: trimmed(spaced(match[1] ?? "")) };
}
