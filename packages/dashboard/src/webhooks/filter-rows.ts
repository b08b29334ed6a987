import type { Match } from "@reelay/protocol";

export type RowField = "player" | "account" | "section" | "type" | "server" | "local" | "minDuration";

/** A line of the filter's form: a field that must, or must not, have one of these values. */
export interface FilterRow {
  readonly key: number;
  readonly field: RowField;
  readonly not: boolean;
  readonly values: readonly string[];
}

export const fieldNames: Readonly<Record<RowField, string>> = {
  player: "Player",
  account: "Account",
  section: "Section",
  type: "Kind of item",
  server: "Server",
  local: "Place",
  minDuration: "Length",
};

const rowFields = Object.keys(fieldNames) as RowField[];
let nextKey = 1;

export function newRow(field: RowField): FilterRow {
  return { key: nextKey++, field, not: false, values: field === "local" ? ["true"] : [] };
}

/** A filter as rows; undefined for one that rows cannot show, such as a `not` of several fields. */
export function toRows({ not, ...fields }: Match): readonly FilterRow[] | undefined {
  const positive = rowsOf(fields, false);
  const inner = not === undefined ? [] : [not].flat();
  const negative = inner.map((match) => (Object.keys(match).length === 1 ? rowsOf(match, true) : undefined));
  const all = [positive, ...negative];
  return all.some((rows) => rows === undefined) ? undefined : all.flatMap((rows) => rows ?? []);
}

function rowsOf(match: Match, not: boolean): readonly FilterRow[] | undefined {
  const entries = Object.entries(match);
  if (!entries.every(([name]) => (rowFields as readonly string[]).includes(name))) return undefined;
  return entries.map(([name, value]) => ({
    key: nextKey++,
    field: name as RowField,
    not,
    values: name === "minDuration" ? [String(Number(value) / 60_000)] : [value].flat().map(String),
  }));
}

/** The filter of the rows; those without a value say nothing. Of a field that is there twice all values count. */
export function toMatch(rows: readonly FilterRow[]): Match {
  const match: Record<string, unknown> = {};
  const not: object[] = [];
  for (const { field, not: negated, values } of rows) {
    const value = filterValue(field, values);
    if (value === undefined) continue;
    if (negated) not.push({ [field]: value });
    else match[field] = Array.isArray(match[field]) && Array.isArray(value) ? [...match[field], ...value] : value;
  }
  return { ...match, ...(not.length === 0 ? {} : { not }) } as Match;
}

function filterValue(field: RowField, values: readonly string[]): unknown {
  const [first] = values;
  if (first === undefined || first === "") return undefined;
  if (field === "local") return first === "true";
  if (field !== "minDuration") return [...values];
  const minutes = Number(first);
  return Number.isFinite(minutes) && minutes > 0 ? Math.round(minutes * 60_000) : undefined;
}
