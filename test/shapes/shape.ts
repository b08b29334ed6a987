/**
 * The shape of JSON values: which keys, in which order, of which types, always or at times. Made from captures, and compared with what the
 * server writes. A shape never holds a text or number of the capture it was made from.
 */

/** JSON types; whole and fractional numbers are one type, since JSON does not tell 1 from 1.0. */
export type JsonType = "string" | "number" | "boolean" | "null" | "object" | "array";

/** What was seen at one place of the documents. */
export interface Shape {
  readonly types: readonly JsonType[];
  /** Keys of the objects seen here, in their order. */
  readonly keys?: readonly KeyShape[];
  /** The entries of the arrays seen here, all in one. */
  readonly entries?: Shape;
}

export interface KeyShape {
  readonly name: string;
  /** Not in every object seen here. */
  readonly optional?: true;
  /** Documents disagree on where this key stands, so its place is not compared. */
  readonly anywhere?: true;
  readonly shape: Shape;
}

export interface ShapeComparison {
  /** Whether keys that every capture has must be there. Default true. */
  readonly required?: boolean;
  /** Paths, such as `MediaContainer.Metadata[].slug`, that may be there though no capture has them. */
  readonly extra?: readonly string[];
}

/** The shape of one value. */
export function shapeOf(value: unknown): Shape {
  const type = typeOf(value);
  if (isList(value))
    return { types: [type], ...(value.length > 0 && { entries: value.map(shapeOf).reduce(mergeShapes) }) };
  if (!isRecord(value)) return { types: [type] };
  return { types: [type], keys: entriesOf(value).map(([name, entry]) => ({ name, shape: shapeOf(entry) })) };
}

function typeOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (isList(value)) return "array";
  const type = typeof value;
  if (type === "string" || type === "number" || type === "boolean" || type === "object") return type;
  throw new TypeError(`${type} is not JSON`);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !isList(value);
}

/** What JSON.stringify would write. */
function entriesOf(value: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(value).filter(([, entry]) => entry !== undefined);
}

/** One shape for what has either shape. */
export function mergeShapes(a: Shape, b: Shape): Shape {
  const types = [...new Set([...a.types, ...b.types])].sort();
  const keys = a.keys && b.keys ? mergeKeys(a.keys, b.keys) : (a.keys ?? b.keys);
  const entries = a.entries && b.entries ? mergeShapes(a.entries, b.entries) : (a.entries ?? b.entries);
  return { types, ...(keys && { keys }), ...(entries && { entries }) };
}

function mergeKeys(a: readonly KeyShape[], b: readonly KeyShape[]): KeyShape[] {
  const common = (keys: readonly KeyShape[], others: readonly KeyShape[]) =>
    keys
      .filter((key) => !key.anywhere && others.some((other) => other.name === key.name && !other.anywhere))
      .map(({ name }) => name);
  const inA = common(a, b);
  const inB = common(b, a);
  const wandering = new Set(inA.filter((name) => !keepsOrder(name, inA, inB)));

  const merged: KeyShape[] = a.map((key) => {
    const other = b.find(({ name }) => name === key.name);
    if (other === undefined) return { ...key, optional: true };
    const optional = key.optional || other.optional;
    const anywhere = key.anywhere || other.anywhere || wandering.has(key.name);
    const shape = mergeShapes(key.shape, other.shape);
    return { name: key.name, ...(optional && { optional: true }), ...(anywhere && { anywhere: true }), shape };
  });
  // A key that only b has goes behind the one it follows in b.
  for (const [index, key] of b.entries()) {
    if (merged.some(({ name }) => name === key.name)) continue;
    const before = b[index - 1]?.name;
    merged.splice(merged.findIndex(({ name }) => name === before) + 1, 0, { ...key, optional: true });
  }
  return merged;
}

function keepsOrder(name: string, a: readonly string[], b: readonly string[]): boolean {
  return a.every(
    (other) => Math.sign(a.indexOf(other) - a.indexOf(name)) === Math.sign(b.indexOf(other) - b.indexOf(name)),
  );
}

/**
 * What is wrong with a value, given the shape of the captures: keys that no capture has, keys in another order, other JSON types, and missing
 * keys. One sentence per problem with its path; empty if all is well. XML bodies are compared in the form that `parseMediaContainerXml` gives.
 */
export function compareShape(actual: unknown, shape: Shape, comparison: ShapeComparison = {}): string[] {
  // Entries of one list often have the same problem.
  return [...new Set(compare(actual, shape, comparison, ""))];
}

function compare(actual: unknown, expected: Shape, comparison: ShapeComparison, path: string): string[] {
  const type = typeOf(actual);
  if (!expected.types.includes(type))
    return [`${path || "the document"} is ${type}, in captures ${expected.types.join(" or ")}`];
  const { entries, keys } = expected;
  if (isList(actual)) return entries ? actual.flatMap((entry) => compare(entry, entries, comparison, `${path}[]`)) : [];
  return isRecord(actual) && keys ? compareKeys(actual, keys, comparison, path) : [];
}

function compareKeys(
  actual: Readonly<Record<string, unknown>>,
  expected: readonly KeyShape[],
  comparison: ShapeComparison,
  path: string,
): string[] {
  const { required = true, extra = [] } = comparison;
  const pathOf = (name: string) => (path === "" ? name : `${path}.${name}`);
  const entries = entriesOf(actual);
  const problems: string[] = [];
  let last = -1;
  for (const [name, value] of entries) {
    const at = expected.findIndex((key) => key.name === name);
    const key = expected[at];
    if (key === undefined) {
      if (!extra.includes(pathOf(name))) problems.push(`${pathOf(name)} is in no capture`);
      continue;
    }
    if (!key.anywhere) {
      if (at < last) problems.push(`${pathOf(name)} stands behind ${expected[last]?.name}, in captures before it`);
      last = Math.max(last, at);
    }
    problems.push(...compare(value, key.shape, comparison, pathOf(name)));
  }
  if (required) {
    const missing = expected.filter(
      ({ name, optional }) => !optional && !entries.some(([present]) => present === name),
    );
    problems.push(...missing.map(({ name }) => `${pathOf(name)} is missing, every capture has it`));
  }
  return problems;
}
