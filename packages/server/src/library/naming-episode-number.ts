/** Where in a name the episode's number or date stands, and what stands around it. */
export type Found = { readonly before: string; readonly after: string } & (
  | { readonly by: "number"; readonly season?: number; readonly episodes: readonly number[] }
  | { readonly by: "absolute"; readonly season?: undefined; readonly episodes: readonly number[] }
  | { readonly by: "date"; readonly airDate: string }
);

const START = "(?<![\\p{L}\\p{N}])";
const SEASON_EPISODE = new RegExp(`${START}S(\\d{1,4})[ ._-]{0,3}E(?:P[ ._]?)?(\\d{1,4})`, "iu");
const SPELLED = new RegExp(
  `${START}(?:season|staffel|saison|series)[ ._]?(\\d{1,4})[ ._,-]{1,3}(?:episode|folge|épisode|ep)[ ._]?(\\d{1,4})`,
  "iu",
);
const CROSS = new RegExp(`${START}(\\d{1,2})x(\\d{2,3})(?![\\p{L}\\p{N}])`, "iu");
const EPISODE_ONLY = new RegExp(`${START}(?:E|(?:EP|episode|folge|épisode)[ ._]?)()(\\d{1,4})(?![\\p{L}\\p{N}])`, "iu");
const YEAR_FIRST = /(?<!\d)((?:19|20)\d\d)([-._ ])(\d\d)\2(\d\d)(?!\d)/;
const DAY_FIRST = /(?<!\d)(\d\d)([-._])(\d\d)\2((?:19|20)\d\d)(?!\d)/;

// `-E04`, `E04`, ` - E04`; `-04` only without spaces (`S02E03 - 24 Hours` is a title); `-2x04` after `2x03`.
const MORE = /[ ._]?(-?)[ ._]?E(\d{1,4})(?!\d|(?!E\d)\p{L})|(-)(\d{1,3})(?![\p{L}\p{N}])/iuy;
const MORE_CROSS = /[ ._]?(-)[ ._]?\d{1,2}x(\d{2,3})(?![\p{L}\p{N}])|(-)(\d{2,3})(?![\p{L}\p{N}])/iuy;

/** More than that is no range but a title or a year behind a dash. */
const LONGEST_RANGE = 50;

function numbered(text: string, pattern: RegExp, more: RegExp): Found | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const episodes = [Number(match[2])];
  let end = match.index + match[0].length;
  for (;;) {
    more.lastIndex = end;
    const next = more.exec(text);
    if (!next) break;
    const last = episodes.at(-1) ?? 0;
    const to = Number(next[2] ?? next[4]);
    if (to <= last || to - last > LONGEST_RANGE) break;
    const isRange = (next[1] ?? next[3]) === "-";
    for (let number = isRange ? last + 1 : to; number <= to; number++) episodes.push(number);
    end = more.lastIndex;
  }
  const season = match[1] ? { season: Number(match[1]) } : {};
  return { by: "number", ...season, episodes, before: text.slice(0, match.index), after: text.slice(end) };
}

function dated(text: string): Found | undefined {
  const yearFirst = YEAR_FIRST.exec(text);
  const match = yearFirst ?? DAY_FIRST.exec(text);
  if (!match) return undefined;
  const [year, month, day] = yearFirst ? [match[1], match[3], match[4]] : [match[4], match[3], match[1]];
  const airDate = `${year}-${month}-${day}`;
  const time = Date.parse(`${airDate}T00:00:00Z`);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== airDate) return undefined;
  const after = text.slice(match.index + match[0].length);
  return { by: "date", airDate, before: text.slice(0, match.index), after };
}

/** `Episode 4` alone is no surer than a bare number: films are called so. */
const withoutSeason = (found: Found | undefined): Found | undefined =>
  found?.by === "number"
    ? { by: "absolute", episodes: found.episodes, before: found.before, after: found.after }
    : undefined;

const isYear = (digits: string): boolean => /^(?:19|20)\d\d$/.test(digits);

/** `012`, `012 - Title`, `Show - 012 - Title`, `Show 012`: a number that stands alone and is no year. */
function absolute(text: string): Found | undefined {
  const match =
    /^()(\d{1,4})(?:v\d)?(?=$|[ ._]?[-.][ ._]|[ ._])/u.exec(text) ??
    /^(.*?\S[ ._])-[ ._](\d{1,4})(?:v\d)?(?=$|[ ._])/u.exec(text) ??
    /^(.*\S[ ._]#?)(\d{2,4})(?:v\d)?(?=$| \()/u.exec(text);
  const digits = match?.[2];
  if (!match || digits === undefined || isYear(digits)) return undefined;
  const before = match[1] ?? "";
  return { by: "absolute", episodes: [Number(digits)], before, after: text.slice(match[0].length) };
}

/**
 * The number in a name, the surest spelling first. Bare numbers are only asked for inside a show's folder: elsewhere
 * `Ocean 11` would be the eleventh episode of something.
 */
export function episodeNumberIn(text: string, options: { readonly bareNumbers: boolean }): Found | undefined {
  return (
    numbered(text, SEASON_EPISODE, MORE) ??
    numbered(text, SPELLED, MORE) ??
    numbered(text, CROSS, MORE_CROSS) ??
    dated(text) ??
    withoutSeason(numbered(text, EPISODE_ONLY, MORE)) ??
    (options.bareNumbers ? absolute(text) : undefined)
  );
}
