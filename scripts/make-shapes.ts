/**
 * Makes test/shapes/*.json from a folder of captures: the order and JSON types of keys, and which are always there. No text or number of a
 * capture gets into a shape.
 *
 *     node -C source scripts/make-shapes.ts <folder with notifications/, rest/ and webhook-*.json>
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseMediaContainerXml } from "@reelay/protocol";
import { mergeShapes, type Shape, shapeOf } from "../test/shapes/shape.ts";
import { makeWebhookShapes } from "./make-webhook-shapes.ts";

/** Bodies of the REST interface by the name of their shape. XML is read into the form of JSON, where all scalars are strings. */
const REST: Readonly<Record<string, string>> = {
  "rest.root.xml": "root.xml",
  "rest.sections.xml": "library-sections.xml",
  "rest.section-all-movies": "library-section-all-movies.json",
  "rest.section-all-shows": "library-section-all-shows.json",
  "rest.children-seasons": "children-seasons.json",
  "rest.children-episodes": "children-episodes.json",
  "rest.children-tracks": "children-tracks.json",
  "rest.metadata": "metadata-161.json",
};

/** One capture of a notification, as it went over the wire. */
export interface NotificationCapture {
  readonly transport: "websocket" | "sse";
  readonly type: string;
  /** The parsed JSON: the whole document on WebSockets, the data on SSE. */
  readonly document: unknown;
  /** The payload in it. */
  readonly entry: unknown;
  readonly file: string;
}

/** All captured notifications in today's form; heartbeats and the form before December 2016 are left out. */
export function readNotificationCaptures(folder: string): NotificationCapture[] {
  const files = readdirSync(join(folder, "notifications")).filter((file) => file.endsWith(".json"));
  return files.sort().flatMap((file): NotificationCapture[] => {
    const content: unknown = JSON.parse(readFileSync(join(folder, "notifications", file), "utf8"));
    if (file.startsWith("sse-")) {
      const { event: type, data: document } = content as { event: string; data: object };
      const [entry] = Object.values(document);
      return type === "ping" ? [] : [{ transport: "sse", type, document, entry, file }];
    }
    const documents = [content].flat() as { NotificationContainer?: { type: string } }[];
    return documents.flatMap((document): NotificationCapture[] => {
      if (document.NotificationContainer === undefined) return [];
      const { type, ...container } = document.NotificationContainer;
      const entry = Object.values(container).flatMap((value: unknown) => (Array.isArray(value) ? value : []))[0];
      return [{ transport: "websocket", type, document, entry, file }];
    });
  });
}

/** Shapes by name: of payloads, which both transports share, as `notification.<type>`; and those of `REST`. */
export function makeShapes(folder: string): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const { type, entry } of readNotificationCaptures(folder)) {
    const name = `notification.${type}`;
    const shape = shapeOf(entry);
    const before = shapes.get(name);
    shapes.set(name, before ? mergeShapes(before, shape) : shape);
  }
  for (const [name, shape] of makeWebhookShapes(folder)) shapes.set(name, shape);
  for (const [name, file] of Object.entries(REST)) {
    const text = readFileSync(join(folder, "rest", file), "utf8");
    shapes.set(name, shapeOf(file.endsWith(".xml") ? readXml(file, text) : JSON.parse(text)));
  }
  return shapes;
}

function readXml(file: string, text: string): unknown {
  const result = parseMediaContainerXml(text);
  if (!result.ok) throw new Error(`${file}: ${result.error.message}`);
  return { [result.value.root]: result.value.container };
}

/** The shape as it is checked in. */
export function shapeFileContent(shape: Shape): string {
  return `${JSON.stringify(shape, null, 1)}\n`;
}

/** Where the shape of this name is checked in. */
export function shapeFile(name: string): URL {
  return new URL(`../test/shapes/${name}.json`, import.meta.url);
}

if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined)
    throw new Error("Which folder holds the captures? node -C source scripts/make-shapes.ts <folder>");
  for (const [name, shape] of makeShapes(folder)) writeFileSync(shapeFile(name), shapeFileContent(shape));
}
