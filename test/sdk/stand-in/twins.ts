import { readdirSync, readFileSync } from "node:fs";
import {
  describeNotification,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  notificationExamples,
} from "@reelay/protocol";
import type { KeyShape, Shape } from "../../shapes/shape.ts";
import type { PlexFrame } from "./plex-frame.ts";

/** An invented notification that has the shape of a captured one. */
export interface Twin {
  readonly name: string;
  readonly frame: PlexFrame;
  /** The payload as it has to arrive: the same, with ids as text. */
  readonly expected: JsonObject;
  /** Of the captures, where the twin has just that shape. */
  readonly shape?: Shape;
}

interface Form {
  /** Which keys it has. Default: all that any capture has. */
  readonly has?: (key: KeyShape) => boolean;
  /** Where captures have both numbers and text. */
  readonly numericIds?: boolean;
}

const folder = new URL("../../shapes/", import.meta.url);
const prefix = "notification.";

/** Of each shape of notification that was captured, in each form that servers of the years gave it. */
export const twins: readonly Twin[] = readdirSync(folder)
  .filter((file) => file.startsWith(prefix) && file.endsWith(".json"))
  .flatMap((file) => {
    const type = file.slice(prefix.length, -".json".length);
    return twinsOf(type, JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Shape);
  });

function twinsOf(type: string, shape: Shape): Twin[] {
  const payloadKey = describeNotification(type)?.payloadKey;
  if (typeof payloadKey !== "string") throw new Error(`No payload key is known for the captured type ${type}`);
  const example: JsonObject = { ...notificationExamples[type as keyof typeof notificationExamples] };
  const make = (form: Form) => makeObject(shape, example, form);
  const twin = (how: string, form: Form, more: Partial<PlexFrame> = {}): Twin => ({
    name: `${type} ${how}`,
    frame: { type, payloadKey, entry: make(form), ...more },
    expected: make({ ...form, numericIds: false }),
  });
  const isNot = (name: string) => (key: KeyShape) => key.name !== name;
  const full = make({});
  const unheardOf = { ...full, unheardOf: { of: ["any", 1, null, { depth: true }] } };
  const twins = [
    { ...twin("with all that captures have", {}), shape },
    { ...twin("with what all captures have", { has: ({ optional }) => !optional }), shape },
    { ...twin("with fields of later servers", {}, { entry: unheardOf }), expected: unheardOf },
  ];
  if (hasNumericIds(shape)) twins.push({ ...twin("of 2017 and 2018, with integer ids", { numericIds: true }), shape });
  if (type !== "playing") return twins;
  const isOld = (key: KeyShape) => isNot("clientIdentifier")(key) && isNot("transcodeSession")(key);
  return [
    ...twins,
    { ...twin("of 2019, without clientIdentifier", { has: isNot("clientIdentifier") }), shape },
    twin("without sessionKey", { has: isNot("sessionKey") }),
    twin("of before December 2016", { has: isOld }, { legacy: true }),
  ];
}

function makeObject({ keys = [] }: Shape, example: JsonObject, form: Form): JsonObject {
  const { has = () => true } = form;
  return Object.fromEntries(
    keys.filter(has).map((key): [string, JsonValue] => [key.name, makeValue(key, example[key.name], form)]),
  );
}

/**
 * An invented answer that has the shape of a captured one: every key that captures have, the example's values where they are
 * of a captured type.
 * @param name as in test/shapes, without `rest.`
 */
export function restTwin(name: string, example: JsonObject): JsonObject {
  const shape = JSON.parse(readFileSync(new URL(`rest.${name}.json`, folder), "utf8")) as Shape;
  return makeObject(shape, example, {});
}

/** The example's value where it is of a captured type, so that twins mean something; else anything of that type. */
function makeValue({ name, shape }: KeyShape, example: JsonValue | undefined, form: Form): JsonValue {
  const { types } = shape;
  if (types.includes("array") && shape.entries !== undefined) {
    const examples = Array.isArray(example) ? example : [example];
    return examples.map((one) => makeValue({ name, shape: shape.entries as Shape }, one, form));
  }
  if (types.includes("object")) return makeObject(shape, isJsonObject(example) ? example : {}, form);
  const type = types.length === 1 ? types[0] : form.numericIds ? "number" : "string";
  if (type === "string") return typeof example === "string" ? example : types.length === 1 ? `some ${name}` : "23";
  if (type === "number") return Number(example ?? 23);
  if (type === "boolean") return example === true;
  throw new Error(`No twin can be made of a captured ${name} that is ${types.join(" or ")}`);
}

function hasNumericIds({ types, keys = [] }: Shape): boolean {
  return (types.includes("number") && types.includes("string")) || keys.some(({ shape }) => hasNumericIds(shape));
}
