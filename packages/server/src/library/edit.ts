import type { Outbox } from "../events/index.ts";
import type { Transaction } from "../storage/index.ts";
import { ReelayError } from "../support/index.ts";
import { descriptionOf, type FieldName, fieldNames, fields, isFieldName, lockedFields, withField } from "./fields.ts";
import { itemRow, updatedEvent } from "./item-store.ts";

/** A change of one item by a person. */
export interface Edit {
  /** New values by field; `undefined` clears. */
  readonly values: ReadonlyMap<FieldName, string | number | readonly string[] | undefined>;
  /** Fields that scans must leave alone from now on, and those that they may read again. */
  readonly locks: ReadonlyMap<FieldName, boolean>;
  /** Genres to take away from those that there are. */
  readonly withoutGenres: readonly string[];
}

const LONGEST_TEXT = 10_000;
const TAG = /^genre\[\d*\]\.tag\.tag(-?)$/;

/**
 * Reads `title.value=…&title.locked=1&genre[0].tag.tag=…`, as Plex clients edit; parameters of another form are not edits.
 * @throws REELAY_INVALID_PARAMETER for a field that is not kept or a value that is not allowed
 */
export function readEdit(query: URLSearchParams): Edit {
  const values = new Map<FieldName, string | number | readonly string[] | undefined>();
  const locks = new Map<FieldName, boolean>();
  const genres: string[] = [];
  const withoutGenres: string[] = [];
  for (const [parameter, text] of query) {
    const tag = TAG.exec(parameter);
    if (tag?.[1] === "-") withoutGenres.push(...text.split(",").map((name) => decodeComma(name.trim())));
    else if (tag !== null) genres.push(readText("genre", text));
    else {
      const [name = "", what] = splitParameter(parameter);
      if (what === undefined) continue;
      if (!isFieldName(name) || (name === "genre" && what === "value")) throw unknownField(parameter);
      if (what === "locked") locks.set(name, readLock(parameter, text));
      else values.set(name, readValue(name, text));
    }
  }
  if (genres.length > 0) values.set("genre", [...new Set(genres)]);
  if (values.size === 0 && locks.size === 0 && withoutGenres.length === 0) {
    throw new ReelayError("REELAY_INVALID_PARAMETER", "The query edits nothing; it would be as in ?title.value=Name.");
  }
  return { values, locks, withoutGenres };
}

function splitParameter(parameter: string): [string, "value" | "locked" | undefined] {
  const [, name = "", what] = /^([A-Za-z]+)(?:\[\d*\]\.tag)?\.(value|locked|tag)$/.exec(parameter) ?? [];
  // Tags of a kind that is not kept, such as collections: to be refused, not ignored.
  return [name, what === "tag" ? "value" : (what as "value" | "locked" | undefined)];
}

/** Clients encode names of tags that are to go once more, so that commas in them do not divide. */
function decodeComma(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function readLock(parameter: string, text: string): boolean {
  if (text === "1" || text === "0") return text === "1";
  throw new ReelayError("REELAY_INVALID_PARAMETER", `${parameter}: 1 or 0.`);
}

function readValue(name: FieldName, text: string): string | number | undefined {
  const value = readText(name, text);
  if (value === "") {
    if (name !== "title") return undefined;
    throw new ReelayError("REELAY_INVALID_PARAMETER", "title.value: a title is never empty.");
  }
  if (name === "year") {
    if (/^\d{4}$/.test(value)) return Number(value);
    throw new ReelayError("REELAY_INVALID_PARAMETER", "year.value: four digits, or nothing.");
  }
  if (name === "originallyAvailableAt" && !isDate(value)) {
    throw new ReelayError("REELAY_INVALID_PARAMETER", "originallyAvailableAt.value: a date such as 2019-04-30.");
  }
  return value;
}

function readText(name: FieldName, text: string): string {
  const value = text.trim();
  if (value.length <= LONGEST_TEXT) return value;
  throw new ReelayError("REELAY_INVALID_PARAMETER", `${name}: at most ${LONGEST_TEXT} characters.`);
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function unknownField(parameter: string): ReelayError {
  return new ReelayError("REELAY_INVALID_PARAMETER", `${parameter}: not kept. Fields are ${fieldNames.join(", ")}.`);
}

/** Applies an edit in the caller's transaction and tells it by one `item.updated`. */
export function applyEdit(tx: Transaction, outbox: Outbox, id: number, edit: Edit, now: number): void {
  const row = itemRow(tx, id);
  let description = descriptionOf(row);
  const locked = new Set(lockedFields(row));
  // In the order of the fields: a title sets its sorting form, which a sorting form of its own then replaces.
  for (const name of fieldNames) {
    if (edit.values.has(name)) description = withField(description, name, edit.values.get(name));
    // As Plex does: what a person sets is locked, unless they say otherwise.
    const lock = edit.locks.get(name) ?? (edit.values.has(name) ? true : undefined);
    if (lock === true) locked.add(name);
    if (lock === false) locked.delete(name);
  }
  if (locked.has("titleSort") && !edit.values.has("titleSort")) {
    description = { ...description, titleSort: String(row.title_sort) };
  }
  if (edit.withoutGenres.length > 0) {
    const genres = fields.genre.get(description)?.filter((genre) => !edit.withoutGenres.includes(genre));
    description = withField(description, "genre", genres?.length === 0 ? undefined : genres);
  }
  tx.run(
    `UPDATE items SET title = ?, title_sort = ?, year = ?, originally_available_at = ?, extra = ?, locked = ?, updated_at = ?
     WHERE id = ?`,
    description.title,
    description.titleSort,
    description.year ?? null,
    description.originallyAvailableAt ?? null,
    JSON.stringify(description.extra),
    JSON.stringify([...locked].sort()),
    now,
    id,
  );
  outbox.append(tx, [updatedEvent(tx, itemRow(tx, id))]);
}
