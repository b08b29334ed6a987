import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeMediaContainerJson,
  encodeMediaContainerXml,
  type MediaContainer,
  type MediaContainerValue,
  parseMediaContainerXml,
  type XmlMediaContainer,
} from "./index.ts";
import { hostileText } from "./testing/arbitraries.ts";

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const xml = (container: MediaContainer) => encodeMediaContainerXml(container).slice(DECLARATION.length);

describe("a media container", () => {
  test("without entries is an element that closes itself, and JSON without the list", () => {
    const empty = { size: 0, Metadata: [] };
    expect(encodeMediaContainerXml(empty)).toBe(`${DECLARATION}<MediaContainer size="0"/>`);
    expect(encodeMediaContainerJson(empty)).toBe('{"MediaContainer":{"size":0}}');
  });

  test("has scalars as attributes, booleans as 0 and 1, objects and lists as elements", () => {
    const activity = { uuid: "u", cancellable: true, progress: -1, Context: { accessible: false } };
    expect(xml({ size: 1, Activity: [activity] })).toBe(
      '<MediaContainer size="1"><Activity uuid="u" cancellable="1" progress="-1"><Context accessible="0"/></Activity></MediaContainer>',
    );
    expect(encodeMediaContainerJson({ size: 1, Activity: [activity] })).toBe(
      '{"MediaContainer":{"size":1,"Activity":[{"uuid":"u","cancellable":true,"progress":-1,"Context":{"accessible":false}}]}}',
    );
  });

  test.each([
    ...["movie", "episode", "clip"].map((type) => [type, "Video"]),
    ...["show", "season", "artist", "album", "collection", "toString"].map((type) => [type, "Directory"]),
    ["track", "Track"],
    ["photo", "Photo"],
  ])("names the XML element of a %s %s", (type, element) => {
    expect(xml({ Metadata: [{ type }] })).toBe(`<MediaContainer><${element} type="${type}"/></MediaContainer>`);
  });

  test("keeps the names of lists other than Metadata", () => {
    expect(xml({ Directory: [{ type: "movie", Location: [{ id: 1 }, { id: 2 }] }] })).toBe(
      '<MediaContainer><Directory type="movie"><Location id="1"/><Location id="2"/></Directory></MediaContainer>',
    );
  });

  test("leaves out what has no value", () => {
    const container = { a: undefined, b: null, c: Number.NaN, d: 0, e: "", f: false, g: { h: [] } };
    expect(xml(container)).toBe('<MediaContainer d="0" e="" f="0"><g/></MediaContainer>');
    expect(encodeMediaContainerJson(container)).toBe('{"MediaContainer":{"d":0,"e":"","f":false,"g":{}}}');
  });

  test("can have another root", () => {
    const tasks = { ButlerTask: [{ name: "BackupDatabase" }] };
    expect(encodeMediaContainerJson(tasks, "ButlerTasks")).toBe(
      '{"ButlerTasks":{"ButlerTask":[{"name":"BackupDatabase"}]}}',
    );
    expect(encodeMediaContainerXml(tasks, "ButlerTasks")).toContain(
      '<ButlerTasks><ButlerTask name="BackupDatabase"/></ButlerTasks>',
    );
  });

  test.each(["", "a b", "1a", 'a="', "a>", "é"])("cannot have the key %j in XML", (key) => {
    expect(() => encodeMediaContainerXml({ [key]: 1 })).toThrow(RangeError);
    expect(() => encodeMediaContainerXml({ [key]: [{}] })).toThrow(RangeError);
  });
});

describe("reading XML", () => {
  test("gathers the elements of items as Metadata, in their order, and leaves sections alone", () => {
    const text =
      '<MediaContainer><Video title="a"/><Directory ratingKey="1"/><Directory key="1"/><Track/></MediaContainer>';
    expect(parseMediaContainerXml(text)).toEqual({
      ok: true,
      value: {
        root: "MediaContainer",
        container: { Metadata: [{ title: "a" }, { ratingKey: "1" }, {}], Directory: [{ key: "1" }] },
      },
    });
  });

  test("hands on what is wrong with the document", () => {
    expect(parseMediaContainerXml("<MediaContainer>")).toMatchObject({ ok: false, error: { code: "not-xml" } });
  });
});

describe("any container", () => {
  const { container } = fc.letrec<{ container: MediaContainer; value: MediaContainerValue }>((tie) => ({
    container: fc.dictionary(fc.stringMatching(/^[A-Za-z_][\w.-]{0,6}$/), tie("value"), {
      maxKeys: 6,
      noNullPrototype: true,
    }),
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      hostileText,
      fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom(null, undefined)),
      fc.array(tie("container"), { maxLength: 3 }),
      fc.array(
        fc.record({
          type: fc.constantFrom("movie", "show", "track", "photo"),
          ratingKey: fc.string(),
          title: hostileText,
        }),
      ),
      tie("container"),
    ),
  }));

  /** What XML keeps of a value: texts, without the characters that it cannot carry, and lists. */
  const asXml = (value: MediaContainer): XmlMediaContainer =>
    Object.fromEntries(
      Object.entries(value).flatMap(([key, entry]): [string, XmlMediaContainer[string]][] => {
        if (entry === null || entry === undefined || (Array.isArray(entry) && entry.length === 0)) return [];
        if (typeof entry === "object") return [[key, ([entry].flat() as MediaContainer[]).map(asXml)]];
        const text = typeof entry === "boolean" ? String(Number(entry)) : String(entry);
        return [[key, text.toWellFormed().replace(/[^\t\n\r -\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")]];
      }),
    );

  test("reads back from XML", () => {
    fc.assert(
      fc.property(container, (original) => {
        expect(parseMediaContainerXml(encodeMediaContainerXml(original))).toEqual({
          ok: true,
          value: { root: "MediaContainer", container: asXml(original) },
        });
      }),
      { numRuns: 500 },
    );
  });

  test("with items reads back from XML as Metadata", () => {
    const items = fc.array(
      fc.record({
        type: fc.constantFrom("movie", "show", "track", "photo"),
        ratingKey: fc.string(),
        title: hostileText,
      }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(items, (Metadata) => {
        expect(parseMediaContainerXml(encodeMediaContainerXml({ Metadata }))).toMatchObject({
          value: { container: asXml({ Metadata }) },
        });
      }),
    );
  });

  test("reads back from JSON", () => {
    const kept = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(kept);
      if (typeof value !== "object" || value === null) return value;
      const entries = Object.entries(value).filter(
        ([, entry]) => entry !== null && entry !== undefined && !(Array.isArray(entry) && entry.length === 0),
      );
      return Object.fromEntries(entries.map(([key, entry]) => [key, kept(entry)]));
    };
    fc.assert(
      fc.property(container, (original) => {
        expect(JSON.parse(encodeMediaContainerJson(original))).toEqual({ MediaContainer: kept(original) });
      }),
    );
  });
});
