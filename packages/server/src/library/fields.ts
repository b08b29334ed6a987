import type { Row } from "../storage/index.ts";
import { titleSort } from "./naming.ts";
import type { ItemDraft, ItemExtra } from "./placement.ts";

/** What of an item a person can set, under Plex's names. */
export type FieldName =
  | "title"
  | "titleSort"
  | "originalTitle"
  | "editionTitle"
  | "summary"
  | "tagline"
  | "studio"
  | "contentRating"
  | "year"
  | "originallyAvailableAt"
  | "genre";

/** What names and tags say of an item and people can correct: the part of a draft that is no place in the library. */
export type Description = Pick<ItemDraft, "title" | "titleSort" | "extra"> & {
  readonly year: number | undefined;
  readonly originallyAvailableAt: string | undefined;
};

/** The value of each field in a description, and a description with another value. */
interface Field<T> {
  get(from: Description): T | undefined;
  set(to: Description, value: T | undefined): Description;
  /** Nothing but people says it: it stays whether it is locked or not. */
  readonly onlyByHand?: true;
}

function ofExtra<K extends keyof ItemExtra>(key: K, onlyByHand?: true): Field<ItemExtra[K]> {
  return {
    get: ({ extra }) => extra[key],
    set(to, value) {
      const { [key]: _old, ...others } = to.extra;
      return { ...to, extra: value === undefined ? others : { ...others, [key]: value } };
    },
    ...(onlyByHand === undefined ? {} : { onlyByHand }),
  };
}

export const fields = {
  title: {
    get: ({ title }) => title,
    // An item always has a name: without one of its own it keeps that which it has.
    set: (to, value) => (value === undefined ? to : { ...to, title: value, titleSort: titleSort(value) }),
  } as Field<string>,
  titleSort: {
    get: (from) => from.titleSort,
    set: (to, value) => ({ ...to, titleSort: value ?? titleSort(to.title) }),
  } as Field<string>,
  originalTitle: ofExtra("originalTitle"),
  editionTitle: ofExtra("edition"),
  summary: ofExtra("summary", true),
  tagline: ofExtra("tagline", true),
  studio: ofExtra("studio", true),
  contentRating: ofExtra("contentRating", true),
  year: { get: ({ year }) => year, set: (to, year) => ({ ...to, year }) } as Field<number>,
  originallyAvailableAt: {
    get: (from) => from.originallyAvailableAt,
    set: (to, originallyAvailableAt) => ({ ...to, originallyAvailableAt }),
  } as Field<string>,
  genre: ofExtra("genres"),
} as const satisfies Record<FieldName, unknown>;

export const fieldNames = Object.keys(fields) as FieldName[];

export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(fields, name);
}

/** Sets one field; `undefined` clears it. */
export function withField(description: Description, name: FieldName, value: unknown): Description {
  return (fields[name] as Field<unknown>).set(description, value);
}

export function lockedFields(row: Row): FieldName[] {
  return (JSON.parse(String(row.locked)) as string[]).filter(isFieldName);
}

export function descriptionOf(row: Row): Description {
  return {
    title: String(row.title),
    titleSort: String(row.title_sort),
    year: row.year === null ? undefined : Number(row.year),
    originallyAvailableAt: row.originally_available_at === null ? undefined : String(row.originally_available_at),
    extra: JSON.parse(String(row.extra)) as ItemExtra,
  };
}

/** What a scan read of an item, but for what a person has locked, and for what only people say. */
export function respectingLocks(row: Row, read: Description): Description {
  const current = descriptionOf(row);
  const locked = new Set(lockedFields(row));
  return fieldNames
    .filter((name) => locked.has(name) || "onlyByHand" in fields[name])
    .reduce((description, name) => withField(description, name, fields[name].get(current)), read);
}
