import { fitsPattern, type Match, type MatchField, matchFields } from "./match.ts";
import { nearestOf } from "./match-nearest.ts";
import { metadataTypes } from "./metadata-types.ts";

/** How large a filter may be. */
export const matchLimits = {
  /** Values in one list. */
  values: 100,
  /** UTF-16 code units of one text. */
  textLength: 200,
  /** `not` inside `not`. */
  nesting: 4,
  /** Values in the whole filter, so that its work is bounded. */
  totalValues: 500,
} as const;

/** What is wrong with a filter, in parts that a form can show beside the field. */
export interface MatchError {
  /**
   * `unknown-field`: filters have no such field. `wrong-type`: not a value of the right type. `bad-value`: of the right type, but nothing that
   * can ever fit. `empty`: a list or a `not` without content. `too-large`: past `matchLimits`.
   */
  readonly code: "unknown-field" | "wrong-type" | "bad-value" | "empty" | "too-large";
  /** Where: `player`, `account[2]`, `not.type`; `""` is the filter itself. */
  readonly field: string;
  /** What belongs there, for people. */
  readonly expected: string;
  /** What was there, for people, cut short. */
  readonly given: string;
  /** The field or value that was probably meant. */
  readonly nearest?: string;
  /** All of this in one sentence. */
  readonly message: string;
}

/** A filter, or what is wrong with it. */
export type MatchResult =
  | { readonly ok: true; readonly value: Match }
  | { readonly ok: false; readonly error: MatchError };

/** Options of `parseMatch`. */
export interface MatchOptions {
  /** The names that events can have here. Default: any name. */
  readonly events?: readonly string[];
}

type ValueKind = "pattern" | "name" | "id" | "type";

const kinds = { event: "pattern", player: "name", account: "id", type: "type", section: "id", server: "name" } as const;

const expectations = {
  pattern: "the name of an event, such as media.play or media.*, or a list of them",
  name: "a name or an identifier, or a list of them",
  id: "a name or an id, or a list of them",
  type: "a kind of item, such as movie or episode, or a list of them",
} as const;

/** A name or a beginning and `*`. One repetition only: nested ones take exponential time. */
const EVENT_PATTERN = /^[A-Za-z0-9_.-]*\*?$/;

/**
 * Reads a filter from outside: a request, a command line, a program's options. Strict, because a filter that is not understood would send too
 * much or nothing. A field that is `undefined` counts as absent. Never throws; what it returns is a copy of known fields only.
 */
export function parseMatch(input: unknown, options: MatchOptions = {}): MatchResult {
  const reader = new MatchReader(options);
  try {
    return { ok: true, value: reader.readMatch(input, "", 0) };
  } catch (thrown) {
    if (thrown instanceof Refusal) return { ok: false, error: thrown.error };
    throw thrown;
  }
}

/** Leaves the reader from any depth; never leaves this file. */
class Refusal {
  readonly error: MatchError;

  constructor(code: MatchError["code"], field: string, expected: string, given: unknown, nearest?: string) {
    const what = described(given);
    const meant = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
    const where = field === "" ? "A filter" : `The filter's ${field}`;
    const message = `${where} must be ${expected}, and is ${what}${meant}`;
    this.error = { code, field, expected, given: what, ...(nearest === undefined ? {} : { nearest }), message };
  }
}

class MatchReader {
  readonly #options: MatchOptions;
  #values = 0;

  constructor(options: MatchOptions) {
    this.#options = options;
  }

  readMatch(input: unknown, path: string, depth: number): Match {
    const place = path.replace(/\.$/, "");
    if (typeof input !== "object" || input === null || Array.isArray(input)) {
      throw new Refusal("wrong-type", place, "an object with fields to fit", input);
    }
    const match: { -readonly [F in MatchField]?: unknown } = {};
    for (const [name, value] of Object.entries(input)) {
      if (value === undefined) continue;
      const field = matchFields.find((known) => known === name);
      if (!field) {
        const expected = `one of ${matchFields.join(", ")}`;
        throw new Refusal("unknown-field", path + cut(name), expected, name, nearestOf(name, matchFields));
      }
      match[field] = this.#readField(field, value, path + field, depth);
    }
    if (depth > 0 && Object.keys(match).length === 0) {
      throw new Refusal("empty", place, "a filter with at least one field", input);
    }
    // Each field was read as its own type.
    return match as Match;
  }

  #readField(field: MatchField, value: unknown, path: string, depth: number): unknown {
    switch (field) {
      case "local":
        if (typeof value !== "boolean") throw new Refusal("wrong-type", path, "true or false", value);
        return value;
      case "minDuration":
        return readDuration(value, path);
      case "not":
        if (depth === matchLimits.nesting) {
          throw new Refusal("too-large", path, `nested at most ${matchLimits.nesting} deep`, value);
        }
        return this.#readList(value, path, "a filter or a list of filters", (inner, place) =>
          this.readMatch(inner, `${place}.`, depth + 1),
        );
      default: {
        const kind = kinds[field];
        return this.#readList(value, path, expectations[kind], (one, place) => this.#readValue(kind, one, place));
      }
    }
  }

  #readList(value: unknown, path: string, expected: string, read: (value: unknown, path: string) => unknown): unknown {
    const list = Array.isArray(value) ? value : [value];
    if (list.length === 0) throw new Refusal("empty", path, expected, value);
    if (list.length > matchLimits.values) {
      throw new Refusal("too-large", path, `a list of at most ${matchLimits.values} values`, value);
    }
    this.#values += list.length;
    if (this.#values > matchLimits.totalValues) {
      throw new Refusal("too-large", path, `part of at most ${matchLimits.totalValues} values in all`, value);
    }
    if (!Array.isArray(value)) return read(value, path);
    return Array.from(list, (one: unknown, index) => read(one, `${path}[${index}]`));
  }

  #readValue(kind: ValueKind, value: unknown, path: string): string | number {
    const expected = expectations[kind];
    if (kind === "id" && typeof value === "number") {
      if (!Number.isSafeInteger(value)) throw new Refusal("bad-value", path, expected, value);
      return value;
    }
    if (typeof value !== "string") throw new Refusal("wrong-type", path, expected, value);
    if (value.trim() === "") throw new Refusal("empty", path, expected, value);
    if (value.length > matchLimits.textLength) {
      throw new Refusal("too-large", path, `at most ${matchLimits.textLength} characters long`, value);
    }
    if (kind === "type") checkKnown(value.toLowerCase(), Object.keys(metadataTypes), path, expected);
    if (kind === "pattern") {
      if (!EVENT_PATTERN.test(value)) throw new Refusal("bad-value", path, expected, value);
      const { events } = this.#options;
      if (events && !events.some((name) => fitsPattern(value, name))) checkKnown(value, events, path, expected);
    }
    return value;
  }
}

function checkKnown(value: string, known: readonly string[], path: string, expected: string): void {
  if (!known.some((name) => name.toLowerCase() === value || name === value)) {
    throw new Refusal("bad-value", path, expected, value, nearestOf(value, known));
  }
}

function readDuration(value: unknown, path: string): number {
  const expected = "a number of milliseconds, 0 or more";
  if (typeof value !== "number") throw new Refusal("wrong-type", path, expected, value);
  if (!Number.isFinite(value) || value < 0) throw new Refusal("bad-value", path, expected, value);
  return value;
}

function cut(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function described(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
