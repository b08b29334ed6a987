import { ok, type Result } from "./result.ts";
import { escapeAttribute, isXmlName, parseXml, type XmlElement, type XmlLimits } from "./xml.ts";

/** What a container can hold under a key. `null`, `undefined`, empty lists and numbers that are not finite are left out of both forms. */
export type MediaContainerValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | MediaContainer
  | readonly MediaContainer[];

/**
 * The body of a REST answer, in the shape of its JSON form. One model for both forms: scalars are attributes in XML, objects and lists of objects
 * are child elements.
 */
export interface MediaContainer {
  readonly [key: string]: MediaContainerValue;
}

/** The usual name of the root. `/butler` answers with `ButlerTasks`. */
const ROOT = "MediaContainer";

/** Item lists are `Metadata` in JSON; in XML each item's element is named by what it is (protocol: Video, Directory, Track, Photo). */
const ELEMENT_OF_TYPE: Readonly<Record<string, string>> = {
  movie: "Video",
  episode: "Video",
  clip: "Video",
  track: "Track",
  photo: "Photo",
};
const ITEM_ELEMENTS = new Set(["Video", "Track", "Photo"]);

/** The JSON form: `{"MediaContainer":{…}}`. */
export function encodeMediaContainerJson(container: MediaContainer, root: string = ROOT): string {
  return JSON.stringify({ [root]: container }, (_key, value: unknown) => (isLeftOut(value) ? undefined : value));
}

/**
 * The XML form, with its declaration. Booleans are `0` and `1`.
 * @throws RangeError for a key that cannot be a name in XML: keys are the program's, only values come from outside.
 */
export function encodeMediaContainerXml(container: MediaContainer, root: string = ROOT): string {
  const parts: string[] = ['<?xml version="1.0" encoding="UTF-8"?>\n'];
  writeElement(root, container, parts);
  return parts.join("");
}

function isLeftOut(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || value === undefined || (typeof value === "number" && !Number.isFinite(value));
}

function writeElement(name: string, content: MediaContainer, parts: string[]): void {
  parts.push("<", xmlName(name));
  const children: (readonly [string, MediaContainer])[] = [];
  for (const [key, value] of Object.entries(content)) {
    if (isLeftOut(value)) continue;
    if (isList(value)) {
      for (const entry of value) children.push([key === "Metadata" ? elementOf(entry) : key, entry]);
    } else if (typeof value === "object" && value !== null) {
      children.push([key, value]);
    } else {
      const text = typeof value === "boolean" ? (value ? "1" : "0") : String(value);
      parts.push(" ", xmlName(key), '="', escapeAttribute(text), '"');
    }
  }
  if (children.length === 0) {
    parts.push("/>");
    return;
  }
  parts.push(">");
  for (const [child, value] of children) writeElement(child, value, parts);
  parts.push("</", name, ">");
}

/** Array.isArray does not narrow a readonly array out of a union. */
function isList(value: MediaContainerValue): value is readonly MediaContainer[] {
  return Array.isArray(value);
}

function elementOf(item: MediaContainer): string {
  const { type } = item;
  return (typeof type === "string" && Object.hasOwn(ELEMENT_OF_TYPE, type) && ELEMENT_OF_TYPE[type]) || "Directory";
}

function xmlName(name: string): string {
  if (!isXmlName(name)) throw new RangeError(`${JSON.stringify(name)} cannot be a name in XML`);
  return name;
}

/** A container read from XML: all scalars are strings, and every child is in a list, since XML does not say which were alone by nature. */
export interface XmlMediaContainer {
  readonly [key: string]: string | readonly XmlMediaContainer[];
}

/**
 * Reads the XML form back into the shape of the JSON form. `Video`, `Track` and `Photo` elements, and `Directory` elements with a `ratingKey` (shows,
 * seasons, artists, albums, collections; sections have none) become `Metadata`, in the order of the document. If an attribute and child elements
 * share a name, the elements win.
 */
export function parseMediaContainerXml(
  text: string,
  limits?: XmlLimits,
): Result<{ readonly root: string; readonly container: XmlMediaContainer }> {
  const parsed = parseXml(text, limits);
  return parsed.ok ? ok({ root: parsed.value.name, container: toContainer(parsed.value) }) : parsed;
}

function toContainer(element: XmlElement): XmlMediaContainer {
  const entries = new Map<string, string | XmlMediaContainer[]>(element.attributes);
  for (const child of element.children) {
    const isItem = ITEM_ELEMENTS.has(child.name) || (child.name === "Directory" && child.attributes.has("ratingKey"));
    const key = isItem ? "Metadata" : child.name;
    const list = entries.get(key);
    if (Array.isArray(list)) list.push(toContainer(child));
    else entries.set(key, [toContainer(child)]);
  }
  return Object.fromEntries(entries);
}
