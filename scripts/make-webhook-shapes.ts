import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, type JsonObject, type JsonValue } from "@reelay/protocol";
import { type KeyShape, mergeShapes, type Shape, shapeOf } from "../test/shapes/shape.ts";

/** One capture of a webhook's payload. */
export interface WebhookCapture {
  readonly file: string;
  readonly payload: JsonObject;
}

/** Made up, cut by hand, or no payload. */
const NO_CAPTURES = /synthetic|trimmed|field-analysis|number-head/;
/** What its author found in captures that are not published: per event every key with its type. */
const ANALYSIS = "webhook-field-analysis.json";
/** The head of a capture of 2026: `rating` is a number, and the first key. */
const RATING = "webhook-media.rate-2026-number-head.json";
/** Plex's own films in the cloud come from no media server. */
const CLOUD = "tv.plex.provider.vod";

/** All captured payloads. */
export function readWebhookCaptures(folder: string): WebhookCapture[] {
  const files = readdirSync(folder).filter((file) => /^webhook-.*\.json$/.test(file) && !NO_CAPTURES.test(file));
  return files
    .sort()
    .map((file) => ({ file, payload: readObject(folder, file) }))
    .filter(({ payload }) => !(isJsonObject(payload.Server) && payload.Server.uuid === CLOUD));
}

/** `webhook.<event>`: what is around the item. `webhook.item.<type>`: `Metadata`, which depends on the item and not on the event. */
export function makeWebhookShapes(folder: string): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  const add = (name: string, shape: Shape) => {
    const before = shapes.get(name);
    shapes.set(name, before ? mergeShapes(before, shape) : shape);
  };
  const captures = readWebhookCaptures(folder);
  const analysis = readObject(folder, ANALYSIS);
  const rating = readObject(folder, RATING).rating;
  for (const { payload } of captures) {
    const { rating: old, ...rest } = payload;
    const today = old === undefined || rating === undefined ? rest : { rating, ...rest };
    add(`webhook.${payload.event}`, shapeOf({ ...today, ...(isJsonObject(payload.Metadata) && { Metadata: {} }) }));
  }
  const { Metadata, fileInfo, ...started } = analysed(analysis["playback.started"]) as JsonObject;
  add("webhook.playback.started", shapeOf({ ...started, Metadata: {} }));

  const items = captures.flatMap(({ payload: { Metadata: item } }) => (isJsonObject(item) ? [item] : []));
  for (const type of ["movie", "episode", "track", "show"]) {
    const ofType = items.filter((item) => item.type === type);
    const ordered = ofType.filter((item) => !isSorted(item));
    const known = ordered.length > 0 ? ordered.map(shapeOf).reduce(mergeShapes) : filmOf(analysis);
    // Somebody sorted the keys of some captures: they say which keys there are, and nothing of their order.
    const unordered = ofType.filter(isSorted).map((item) => arranged(shapeOf(item), known));
    shapes.set(`webhook.item.${type}`, withRequired([known, ...unordered].reduce(mergeShapes), ofType));
  }
  return shapes;
}

function readObject(folder: string, file: string): JsonObject {
  return JSON.parse(readFileSync(join(folder, file), "utf8")) as JsonObject;
}

function isSorted(item: JsonObject): boolean {
  const keys = Object.keys(item);
  return keys.toSorted().every((key, index) => key === keys[index]);
}

/** The first capture in the analysis is a film; keys of later ones follow it. */
function filmOf(analysis: JsonObject): Shape {
  const { Metadata } = analysed(analysis["media.play"]) as { Metadata: JsonObject };
  const entries = Object.entries(Metadata);
  const film = entries.slice(
    0,
    entries.findIndex(([key]) => key === "cinemaTrailer"),
  );
  return shapeOf(Object.fromEntries(film));
}

/** Which keys are always there, captures say and the analysis does not. */
function withRequired(shape: Shape, items: readonly JsonObject[]): Shape {
  const keys = shape.keys?.map(({ optional: _, ...key }): KeyShape => {
    const always = items.every((item) => Object.hasOwn(item, key.name));
    return always ? key : { ...key, optional: true };
  });
  return { ...shape, ...(keys && { keys }) };
}

/** An example in place of each type that the analysis names. */
function analysed(value: JsonValue | undefined): JsonValue {
  if (Array.isArray(value)) return typeof value[0] === "string" ? analysed(value[0]) : value.map(analysed);
  if (isJsonObject(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, analysed(one)]));
  return value === "number" ? 1 : value === "boolean" ? true : "";
}

/** Keys in the order of another shape; those that it does not have may stand anywhere. */
function arranged(shape: Shape, order: Shape | undefined): Shape {
  const { keys, entries } = shape;
  const known = order?.keys ?? [];
  const place = ({ name }: KeyShape) => known.findIndex((key) => key.name === name);
  const placed = keys?.map((key): KeyShape => {
    const at = place(key);
    const inner = arranged(key.shape, known[at]?.shape);
    return { ...key, shape: inner, ...(at === -1 && { anywhere: true }) };
  });
  return {
    ...shape,
    ...(placed && { keys: placed.toSorted((a, b) => place(a) - place(b)) }),
    ...(entries && { entries: arranged(entries, order?.entries) }),
  };
}
