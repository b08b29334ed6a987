import { escapeAttribute } from "@reelay/protocol";

/** Where a template stands: it decides how what is filled in is escaped. */
export type TemplatePlace = "url" | "header" | "json" | "form" | "xml" | "plain";

/** Placeholders in one template. Each may become as long as the payload. */
const MAX_PLACEHOLDERS = 50;
/** UTF-16 code units of what is filled in where a whole request has little room: addresses and headers. */
const MAX_SHORT_VALUE = 500;

/** A name, then names and indexes: `Metadata.Genre[0].tag`, `Metadata.Genre.0.tag`. */
const PATH = /^[A-Za-z_][\w-]*(?:\.(?:[A-Za-z_][\w-]*|\d{1,4})|\[\d{1,4}\])*$/;
const MAX_PATH = 200;

export interface Placeholder {
  /** As it was written, without the braces. */
  readonly path: string;
  readonly keys: readonly string[];
  /** In JSON: between the quotes of a text. */
  readonly quoted: boolean;
}

export interface Template {
  readonly place: TemplatePlace;
  readonly parts: readonly (string | Placeholder)[];
}

/** A template that cannot be used; the message is for the one who wrote it. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/**
 * Reads a text with `{{path}}` in it. There is nothing else to it: no conditions, no calls, nothing that runs.
 * @throws TemplateError
 */
export function parseTemplate(text: string, place: TemplatePlace): Template {
  const parts: (string | Placeholder)[] = [];
  let quoted = false;
  let at = 0;
  while (at < text.length) {
    const start = text.indexOf("{{", at);
    const literal = text.slice(at, start === -1 ? undefined : start);
    if (place === "json") quoted = endsInText(literal, quoted);
    if (literal !== "") parts.push(literal);
    if (start === -1) break;
    const end = text.indexOf("}}", start);
    if (end === -1) throw new TemplateError(`{{ at character ${start + 1} is not closed by }}`);
    parts.push(placeholder(text.slice(start + 2, end).trim(), quoted));
    at = end + 2;
  }
  if (parts.filter((part) => typeof part !== "string").length > MAX_PLACEHOLDERS) {
    throw new TemplateError(`there are more than ${MAX_PLACEHOLDERS} placeholders`);
  }
  return { place, parts };
}

function placeholder(path: string, quoted: boolean): Placeholder {
  if (path.length > MAX_PATH || !PATH.test(path)) {
    const shown = JSON.stringify(path.length > 40 ? `${path.slice(0, 39)}…` : path);
    throw new TemplateError(`${shown} is no path such as Metadata.title or Metadata.Genre[0].tag`);
  }
  return { path, keys: path.split(/[.[\]]+/).filter((key) => key !== ""), quoted };
}

/** Whether a piece of JSON ends between the quotes of a text. */
function endsInText(json: string, within: boolean): boolean {
  let inside = within;
  for (let at = 0; at < json.length; at++) {
    if (json[at] === '"') inside = !inside;
    else if (inside && json[at] === "\\") at++;
  }
  return inside;
}

/**
 * Fills in what `payload` has under the paths. What it has not is nothing (in JSON outside of texts: `null`), and its path is added to
 * `missing`. A path to an object or a list gives its JSON.
 */
export function fillIn(template: Template, payload: unknown, missing: Set<string>): string {
  return template.parts
    .map((part) => {
      if (typeof part === "string") return part;
      const value = valueAt(payload, part.keys);
      if (value === undefined) missing.add(part.path);
      return escaped(value, template.place, part.quoted);
    })
    .join("");
}

/** As if nothing was missing: what a template is checked with. */
export function fillInSample({ place, parts }: Template): string {
  return parts.map((part) => (typeof part === "string" ? part : escaped(undefined, place, part.quoted))).join("");
}

/** Only what the document itself has: neither what objects inherit nor the length of lists. */
function valueAt(payload: unknown, keys: readonly string[]): unknown {
  let value = payload;
  for (const key of keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    if (Array.isArray(value) && !/^\d+$/.test(key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value ?? undefined;
}

function escaped(value: unknown, place: TemplatePlace, quoted: boolean): string {
  if (place === "json") {
    return quoted ? JSON.stringify(textOf(value)).slice(1, -1) : (JSON.stringify(value) ?? "null");
  }
  const text = textOf(value);
  if (place === "url") return urlComponent(shortened(text));
  if (place === "form") return urlComponent(text);
  if (place === "header")
    return shortened(text)
      .replace(/\p{Cc}+/gu, " ")
      .trim();
  return place === "xml" ? escapeAttribute(text) : text;
}

function textOf(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function shortened(text: string): string {
  return text.slice(0, MAX_SHORT_VALUE).toWellFormed();
}

function urlComponent(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
