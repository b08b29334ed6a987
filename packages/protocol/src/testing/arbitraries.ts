import fc from "fast-check";
import type { Field } from "../fields.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { describeNotification, type Notification, notificationTypes } from "../notification-types.ts";

/** Titles that have broken somebody's text protocol. */
const infamous = [
  "line\nfeed",
  "carriage\rreturn",
  "both\r\n\r\ndata: {}\r\n\r\n",
  "]]>",
  "<!DOCTYPE x>",
  "\"'<>&amp;",
  "\0",
  "\u0001\u001b\u007f\u0085",
  "\ud800",
  "\udc00\ud800",
  "\u2028\u2029",
  "\ufeff",
  "\ufffe\uffff",
  "👩‍👩‍👧‍👦🏳️‍🌈",
  "‮txet desrever‬ עברית العربية",
  "a\tb  c ",
  "",
];

/** Any text at all: half surrogate pairs, control characters, line ends, markup. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...infamous),
  fc.string({ unit: "grapheme" }),
  fc.array(fc.nat({ max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.array(fc.oneof(fc.constantFrom(...infamous), fc.string()), { maxLength: 4 }).map((parts) => parts.join("")),
);

// JSON has no negative zero: it comes back as 0.
const float = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);

function anyValue(field: Field): fc.Arbitrary<JsonValue> {
  if (field.values) return fc.constantFrom(...field.values);
  switch (field.type) {
    case "string":
      return hostileText;
    case "int":
      return fc.maxSafeInteger();
    case "float":
      return float;
    case "bool":
      return fc.boolean();
    case "scalar":
      return fc.oneof(hostileText, float, fc.boolean());
    case "object":
      return fc
        .tuple(
          field.open ? fc.dictionary(fc.stringMatching(/^x[A-Za-z]{1,6}$/), hostileText) : fc.constant({}),
          anyEntry(field.fields ?? []),
        )
        .map(([extra, known]) => ({ ...known, ...extra }));
  }
}

function anyEntry(fields: readonly Field[]): fc.Arbitrary<JsonObject> {
  const model = Object.fromEntries(fields.map((field) => [field.name, anyValue(field)]));
  const requiredKeys = fields.filter((field) => field.optional !== true).map((field) => field.name);
  return fc.record(model, { requiredKeys });
}

/** Any notification that the catalogue describes, with hostile texts. */
export const anyNotification: fc.Arbitrary<Notification> = fc
  .constantFrom(...notificationTypes.filter((type) => describeNotification(type)?.payloadKey !== null))
  .chain((type) =>
    anyEntry(describeNotification(type)?.fields ?? []).map((entry) => ({ type, entry }) as Notification),
  );

/** Bytes cut into pieces anywhere, empty pieces included. */
export function cutAnywhere(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc.array(fc.nat({ max: bytes.length }), { maxLength: 12 }).map((cuts) => {
    const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
    return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
  });
}
