import type { JsonObject, JsonValue } from "@reelay/protocol";

/** The account of a server's owner, on it. */
export const OWNER_THERE = 1;

/** Fields of answers, as JSON or as XML, where every scalar is text and every part a list of one. What has another type counts as missing. */

export function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === "string" && value !== "") return value.slice(0, 1_000);
  return typeof value === "number" ? String(value) : undefined;
}

/** A whole number from 0. */
export function integerOf(value: JsonValue | undefined): number | undefined {
  const text = textOf(value);
  if (text === undefined || !/^\d{1,15}(?:\.0+)?$/.test(text)) return undefined;
  return Number.parseInt(text, 10);
}

export function booleanOf(value: JsonValue | undefined): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (value === "1" || value === 1) return true;
  return value === "0" || value === 0 ? false : undefined;
}

/** The objects of a list, or the one that stands without its list. */
export function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  const list: readonly JsonValue[] = Array.isArray(value) ? value : value === undefined ? [] : [value as JsonValue];
  return list.filter((one): one is JsonObject => typeof one === "object" && one !== null && !Array.isArray(one));
}

/** Without those that are missing. */
export function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
