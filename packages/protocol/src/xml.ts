import { failure, ok, type Result, type WireError } from "./result.ts";

/** An element as it was read. */
export interface XmlElement {
  readonly name: string;
  /** Values with references resolved, in the order of the document. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Text directly inside, CDATA included; white space between elements too. */
  readonly text: string;
}

/** Limits of the reader. */
export interface XmlLimits {
  /** Deepest nesting of elements. Default 64; Plex needs 6. */
  readonly maxDepth?: number;
  /** Longest document, UTF-16 code units. Default 16 Mi. */
  readonly maxLength?: number;
}

// Deliberately ASCII: every name that a media server uses is, and a key from outside cannot smuggle markup.
const NAME = /[A-Za-z_][\w:.-]*/y;
const WHOLE_NAME = /^[A-Za-z_][\w:.-]*$/;
const SPACE = /[ \t\r\n]*/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** XML 1.0 section 2.2: what a document can carry. All else, half surrogate pairs included, cannot be written even as a reference. */
const ILLEGAL = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  // A reader turns bare white space in an attribute into blanks (XML 1.0 section 3.3.3), but not references to it.
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Text as it stands between the double quotes of an attribute. What XML cannot carry becomes U+FFFD. */
export function escapeAttribute(text: string): string {
  return text.replace(ILLEGAL, "\uFFFD").replace(/[&<>"\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}

/** True if this can be the name of an element or attribute. */
export function isXmlName(name: string): boolean {
  return WHOLE_NAME.test(name);
}

/**
 * Reads a document. Strict, and small: elements, attributes, text, the five named entities and character references; comments, processing
 * instructions and CDATA marks are passed over. A DOCTYPE is refused, so that there are no entities to expand and nothing to fetch.
 */
export function parseXml(text: string, limits: XmlLimits = {}): Result<XmlElement> {
  const { maxDepth = 64, maxLength = 16 * 1024 * 1024 } = limits;
  if (text.length > maxLength) return failure("too-large", `The document is longer than ${maxLength} characters`);
  try {
    return ok(new Reader(text, maxDepth).document());
  } catch (error) {
    if (error instanceof Problem) return { ok: false, error: error.wireError };
    throw error;
  }
}

/** Carries a problem out of the depths of the reader; never leaves this file. */
class Problem extends Error {
  readonly wireError: WireError;
  constructor(wireError: WireError) {
    super(wireError.message);
    this.wireError = wireError;
  }
}

interface OpenElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  readonly text: string[];
}

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
    if (text.startsWith("\uFEFF")) this.#at = 1;
  }

  document(): XmlElement {
    this.#skipMisc();
    const root = this.#element();
    this.#skipMisc();
    if (this.#at < this.#text.length) this.#fail("There is something after the root element");
    return root;
  }

  /** One element with all that is in it. A stack instead of recursion: depth is the sender's choice, the call stack is ours. */
  #element(): XmlElement {
    const open: OpenElement[] = [];
    let finished = this.#startTag(open);
    while (finished === undefined || open.length > 0) {
      const parent = open.at(-1);
      if (finished !== undefined) {
        parent?.children.push(finished);
        finished = undefined;
      } else if (parent !== undefined) {
        finished = this.#content(parent, open);
      }
    }
    return finished;
  }

  /** The next piece inside `parent`; returns an element that ended with it. */
  #content(parent: OpenElement, open: OpenElement[]): XmlElement | undefined {
    const markup = this.#text.indexOf("<", this.#at);
    if (markup === -1) this.#fail("An element does not end");
    if (markup > this.#at) {
      const raw = this.#text.slice(this.#at, markup).replace(/\r\n?/g, "\n");
      parent.text.push(this.#resolve(raw, this.#at));
    }
    this.#at = markup;
    if (this.#skipCommentOrInstruction()) return undefined;
    if (this.#accept("<![CDATA[")) {
      parent.text.push(this.#legal(this.#until("]]>").replace(/\r\n?/g, "\n")));
      return undefined;
    }
    if (!this.#accept("</")) return this.#startTag(open);
    const name = this.#match(NAME);
    if (name !== parent.name) this.#fail("An end tag has another name than its element");
    this.#match(SPACE);
    if (!this.#accept(">")) this.#fail("An end tag is not closed");
    open.pop();
    return close(parent);
  }

  /** A start tag; pushes the element, or returns it if it is empty. */
  #startTag(open: OpenElement[]): XmlElement | undefined {
    if (!this.#accept("<")) this.#fail("An element is missing");
    const name = this.#name();
    const attributes = new Map<string, string>();
    for (;;) {
      const space = this.#match(SPACE);
      const empty = this.#accept("/>");
      if (empty || this.#accept(">")) {
        if (open.length >= this.#maxDepth) this.#fail(`Elements are nested deeper than ${this.#maxDepth}`, "too-large");
        const element = { name, attributes, children: [], text: [] };
        if (empty) return close(element);
        open.push(element);
        return undefined;
      }
      if (space === "") this.#fail("White space is missing before an attribute");
      const attribute = this.#name();
      if (attributes.has(attribute)) this.#fail("An attribute is there twice");
      attributes.set(attribute, this.#attributeValue());
    }
  }

  #attributeValue(): string {
    this.#match(SPACE);
    if (!this.#accept("=")) this.#fail("An attribute has no value");
    this.#match(SPACE);
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") this.#fail("An attribute's value has no quotes");
    this.#at++;
    const start = this.#at;
    const raw = this.#until(quote);
    if (raw.includes("<")) this.#fail("An attribute's value contains <");
    return this.#resolve(raw.replace(/\r\n|[\t\r\n]/g, " "), start);
  }

  #resolve(raw: string, at: number): string {
    if (!raw.includes("&")) return this.#legal(raw);
    const resolved = raw.replace(/&([^;&\s]{0,12};)?/g, (_reference, body: string | undefined) => {
      const name = body?.slice(0, -1) ?? "";
      const entity = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : characterOf(name);
      if (entity === undefined) this.#fail("A reference is not known", "not-xml", at);
      return entity;
    });
    return this.#legal(resolved);
  }

  #legal(text: string): string {
    if (text.search(ILLEGAL) !== -1) this.#fail("The document contains a character that XML does not allow");
    return text;
  }

  #skipMisc(): void {
    do this.#match(SPACE);
    while (this.#skipCommentOrInstruction());
    if (this.#text.startsWith("<!DOCTYPE", this.#at)) this.#fail("Documents with a DOCTYPE are refused", "doctype");
  }

  #skipCommentOrInstruction(): boolean {
    if (this.#accept("<!--")) this.#until("-->");
    else if (this.#accept("<?")) this.#until("?>");
    else return false;
    return true;
  }

  #name(): string {
    const name = this.#match(NAME);
    if (name === "") this.#fail("A name is missing");
    return name;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [match = ""] = pattern.exec(this.#text) ?? [];
    this.#at += match.length;
    return match;
  }

  #accept(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #until(end: string): string {
    const at = this.#text.indexOf(end, this.#at);
    if (at === -1) this.#fail(`${end} is missing`);
    const text = this.#text.slice(this.#at, at);
    this.#at = at + end.length;
    return text;
  }

  #fail(message: string, code: WireError["code"] = "not-xml", offset: number = this.#at): never {
    throw new Problem({ code, message, offset });
  }
}

function close(element: OpenElement): XmlElement {
  return { ...element, text: element.text.join("") };
}

function characterOf(name: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name) ?? [];
  const code = hex === undefined ? Number.parseInt(decimal ?? "", 10) : Number.parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
