/**
 * The small language in which the catalogue describes payloads, and the types that follow from a description. What is written once as data
 * orders the keys on the wire, fills the reference page, and is the TypeScript type.
 */

/** `int` and `float` are both JSON numbers; `scalar` is a string, number or boolean, whatever the thing itself is. */
export type FieldType = "string" | "int" | "float" | "bool" | "scalar" | "object";

/** One field of a payload, at its place in the order of the wire. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** The field may be missing from what a current server sends. Servers of other years leave out more. */
  readonly optional?: true;
  /** Meaning, unit, and anything a reader trips over. Markdown, one line. */
  readonly doc: string;
  /** The only values there are. Becomes a union type. */
  readonly values?: readonly (string | number)[];
  /** Fields of a nested object. */
  readonly fields?: readonly Field[];
  /** A nested object to which servers add keys that are not listed. */
  readonly open?: true;
  /** An id which servers of 2018 sent as an integer, and typed clients of that time still expect so. */
  readonly numericId?: true;
}

type Scalar = string | number | boolean;

type ValueOf<F extends Field> = F extends { readonly values: readonly (infer V)[] }
  ? V
  : F extends { readonly fields: infer Fs extends readonly Field[] }
    ? F extends { readonly open: true }
      ? EntryOf<Fs> & { readonly [key: string]: Scalar | undefined }
      : EntryOf<Fs>
    : F["type"] extends "string"
      ? string
      : F["type"] extends "int" | "float"
        ? number
        : F["type"] extends "bool"
          ? boolean
          : Scalar;

type Simplify<T> = { [K in keyof T]: T[K] };
type OptionalField = { readonly optional: true };

/** The object type that a list of fields describes. */
export type EntryOf<Fs extends readonly Field[]> = Simplify<
  { readonly [F in Exclude<Fs[number], OptionalField> as F["name"]]: ValueOf<F> } & {
    readonly [F in Extract<Fs[number], OptionalField> as F["name"]]?: ValueOf<F>;
  }
>;
