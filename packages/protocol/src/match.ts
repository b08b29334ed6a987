/** A value or several, of which one has to fit. */
export type OneOrMore<T> = T | readonly T[];

/**
 * The one filter, the same object for hooks, receivers, sessions, the dashboard and the command line. All fields that are present must fit; of
 * a list one value must. Names are compared without regard to case, ids exactly. `{}` lets everything through.
 */
export interface Match {
  /** Name of the event, such as `media.play`, or its beginning and a `*`: `media.*`, `*`. */
  readonly event?: OneOrMore<string>;
  /** The player's name or its identifier (`Player.title`, `Player.uuid`). */
  readonly player?: OneOrMore<string>;
  /** The account's name or id; an id may be written as text. */
  readonly account?: OneOrMore<string | number>;
  /** Whether the player is in the server's own network. */
  readonly local?: boolean;
  /** Kind of item: `movie`, `episode`, `track` … */
  readonly type?: OneOrMore<string>;
  /** The section's name or id; an id may be written as text. */
  readonly section?: OneOrMore<string | number>;
  /** The server's name or its machine identifier. */
  readonly server?: OneOrMore<string>;
  /** The item is at least this long, milliseconds. Leaves out trailers. */
  readonly minDuration?: number;
  /** What none of these filters may let through. */
  readonly not?: OneOrMore<Match>;
}

/** The name of a field of a filter. */
export type MatchField = keyof Match;

/**
 * What a filter looks at. A part that is missing (`undefined`) is not known; one that is `null` is known not to exist, such as the player of
 * `library.new`, and fits no value.
 */
export interface MatchSubject {
  readonly event: string;
  readonly player?: { readonly title?: string; readonly uuid?: string } | null;
  readonly account?: { readonly title?: string; readonly id?: number | string } | null;
  readonly local?: boolean | null;
  readonly type?: string | null;
  readonly section?: { readonly title?: string; readonly id?: number | string } | null;
  readonly server?: { readonly title?: string; readonly uuid?: string } | null;
  /** Length of the item, milliseconds. */
  readonly duration?: number | null;
}

/** `unknown`: it depends on something that the subject does not tell. Whoever sends by a filter then sends nothing, and records why. */
export type MatchVerdict = boolean | "unknown";

/** How one field of a filter was decided. */
export interface FieldCheck {
  /** The field, with its path inside `not`: `player`, `not.type`, `not[1].player`. */
  readonly field: string;
  /** What the filter says. */
  readonly wanted: OneOrMore<string | number | Match> | boolean;
  /** What the subject says; missing where it says nothing, and for `not`. */
  readonly actual?: unknown;
  /** Of `not` the inverted one of what it contains. */
  readonly verdict: MatchVerdict;
  /** For `not`: how the filter inside was decided. */
  readonly because?: readonly FieldCheck[];
}

/** Why a filter let something through or not. */
export interface MatchExplanation {
  readonly verdict: MatchVerdict;
  /** The field that decided: the first that does not fit, else the first that is not known. Missing where all fit. */
  readonly decided?: FieldCheck;
  /** Every field of the filter. */
  readonly checks: readonly FieldCheck[];
}

/** The fields in the order in which they are looked at. */
export const matchFields = [
  "event",
  "player",
  "account",
  "local",
  "type",
  "section",
  "server",
  "minDuration",
  "not",
] as const satisfies readonly MatchField[];

/** Whether a filter lets a subject through. `false` wins over `"unknown"`: what does not fit anyway needs no look-up. */
export function matches(match: Match, subject: MatchSubject): MatchVerdict {
  let verdict: MatchVerdict = true;
  for (const field of matchFields) {
    const one = verdictOf(field, match, subject);
    if (one === false) return false;
    if (one === "unknown") verdict = one;
  }
  return verdict;
}

/** The same as `matches`, field by field. For records and previews; slower. */
export function explain(match: Match, subject: MatchSubject): MatchExplanation {
  const checks = checksOf(match, subject, "");
  const decided =
    checks.find(({ verdict }) => verdict === false) ?? checks.find(({ verdict }) => verdict === "unknown");
  return { verdict: decided?.verdict ?? true, ...(decided ? { decided } : {}), checks };
}

function checksOf(match: Match, subject: MatchSubject, path: string): FieldCheck[] {
  return matchFields.flatMap((field): FieldCheck[] => {
    if (field === "not") return notChecks(match.not, subject, path);
    const wanted = match[field];
    if (wanted === undefined) return [];
    const actual = subject[field === "minDuration" ? "duration" : field];
    const verdict = verdictOf(field, match, subject);
    return [{ field: path + field, wanted, ...(actual === undefined ? {} : { actual }), verdict }];
  });
}

/** Each filter of `not` is a check of its own, so that the one that decided is named. */
function notChecks(not: Match["not"], subject: MatchSubject, path: string): FieldCheck[] {
  return listOf(not).map((inner, index) => {
    const field = `${path}not${Array.isArray(not) ? `[${index}]` : ""}`;
    const because = checksOf(inner, subject, `${field}.`);
    return { field, wanted: inner, verdict: inverted(matches(inner, subject)), because };
  });
}

function verdictOf(field: MatchField, match: Match, subject: MatchSubject): MatchVerdict {
  if (match[field] === undefined) return true;
  switch (field) {
    case "event":
      return listOf(match.event).some((pattern) => fitsPattern(pattern, subject.event));
    case "player":
      return isOneOf(listOf(match.player), identityOf(subject.player), false);
    case "account":
      return isOneOf(listOf(match.account), subject.account, true);
    case "local":
      return subject.local === undefined ? "unknown" : subject.local === match.local;
    case "type":
      return isOneOf(listOf(match.type), subject.type == null ? subject.type : { title: subject.type, id: "" }, false);
    case "section":
      return isOneOf(listOf(match.section), subject.section, true);
    case "server":
      return isOneOf(listOf(match.server), identityOf(subject.server), false);
    case "minDuration":
      if (subject.duration === undefined) return "unknown";
      return subject.duration !== null && subject.duration >= (match.minDuration ?? 0);
    case "not":
      return noneOf(listOf(match.not), subject);
  }
}

interface Identity {
  readonly title?: string;
  readonly id?: number | string;
}

function identityOf(thing: MatchSubject["player"]): Identity | null | undefined {
  if (!thing) return thing;
  const { title, uuid } = thing;
  return { ...(title === undefined ? {} : { title }), ...(uuid === undefined ? {} : { id: uuid }) };
}

/** @param numericIds Ids are numbers, so that a text which is none can only be a name. */
function isOneOf(
  values: readonly (string | number)[],
  thing: Identity | null | undefined,
  numericIds: boolean,
): MatchVerdict {
  if (thing === null) return false;
  const { title, id } = thing ?? {};
  let verdict: MatchVerdict = false;
  for (const value of values) {
    if (id !== undefined && String(id) === String(value)) return true;
    if (title !== undefined && typeof value === "string" && folded(title) === folded(value)) return true;
    const mayBeId = id === undefined && (!numericIds || /^\d+$/.test(String(value)));
    const mayBeName = title === undefined && typeof value === "string";
    if (mayBeId || mayBeName) verdict = "unknown";
  }
  return verdict;
}

function noneOf(matchList: readonly Match[], subject: MatchSubject): MatchVerdict {
  let verdict: MatchVerdict = true;
  for (const inner of matchList) {
    const one = matches(inner, subject);
    if (one === true) return false;
    if (one === "unknown") verdict = "unknown";
  }
  return verdict;
}

function inverted(verdict: MatchVerdict): MatchVerdict {
  return verdict === "unknown" ? verdict : !verdict;
}

/** True if the name of an event fits a pattern of `Match.event`. */
export function fitsPattern(pattern: string, event: string): boolean {
  return pattern.endsWith("*") ? event.startsWith(pattern.slice(0, -1)) : event === pattern;
}

/** One text for all ways to write a name: composed and decomposed accents, upper and lower case. */
function folded(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

function listOf<T>(value: OneOrMore<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  // Array.isArray does not narrow readonly arrays.
  return (Array.isArray(value) ? value : [value]) as readonly T[];
}
