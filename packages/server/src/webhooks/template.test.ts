import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostileText } from "../../../protocol/src/testing/arbitraries.ts";
import { customRequest, placeOfBody } from "./custom-request.ts";
import { fillIn, parseTemplate, type TemplatePlace } from "./template.ts";

const payload = {
  event: "media.play",
  user: true,
  Account: { id: 1, title: 'R&D "home"' },
  Metadata: {
    title: "Tom & Jerry: <50%>/2 ä\n#1",
    year: 1940,
    live: "1",
    nothing: null,
    Genre: [{ tag: "Animation" }, { tag: "Short" }],
  },
} as const;

function filled(text: string, place: TemplatePlace, from: unknown = payload) {
  const missing = new Set<string>();
  return { text: fillIn(parseTemplate(text, place), from, missing), missing: [...missing] };
}

describe("a path leads to", () => {
  test.each([
    ["{{event}}", "media.play"],
    ["{{ Account.id }}", "1"],
    ["{{user}}!", "true!"],
    ["{{Metadata.Genre[1].tag}}", "Short"],
    ["{{Metadata.Genre.0.tag}}, {{Metadata.year}}", "Animation, 1940"],
    ["{{Metadata.Genre}}", '[{"tag":"Animation"},{"tag":"Short"}]'],
    ["nothing to fill in, { not } even }}", "nothing to fill in, { not } even }}"],
    ["", ""],
  ])("%s: %s", (template, text) => expect(filled(template, "plain")).toEqual({ text, missing: [] }));

  test.each([
    "Player.title",
    "Metadata.nothing",
    "Metadata.Genre[2].tag",
    "Metadata.Genre.length",
    "Metadata.title.length",
    "Metadata.constructor.name",
    "Metadata.__proto__.toString",
    "event.0",
  ])("nothing at %s, which is told", (path) => {
    expect(filled(`<{{${path}}}>`, "plain")).toEqual({ text: "<>", missing: [path] });
  });
});

describe("what is filled in is escaped for its place:", () => {
  const { title } = payload.Metadata;

  test.each<[TemplatePlace, string, string]>([
    ["url", "{{Metadata.title}}", "Tom%20%26%20Jerry%3A%20%3C50%25%3E%2F2%20%C3%A4%0A%231"],
    ["form", "t={{Metadata.title}}", "t=Tom%20%26%20Jerry%3A%20%3C50%25%3E%2F2%20%C3%A4%0A%231"],
    ["json", '{"a":"{{Metadata.title}}"}', JSON.stringify({ a: title })],
    ["json", '{"\\"{{event}}":{{Metadata.title}}}', JSON.stringify({ '"media.play': title })],
    ["json", "[{{Metadata.year}},{{user}},{{Metadata.Genre}}]", '[1940,true,[{"tag":"Animation"},{"tag":"Short"}]]'],
    ["json", '{"a":"{{nowhere}}","b":{{nowhere}}}', '{"a":"","b":null}'],
    ["json", '"year {{Metadata.year}}, {{Metadata.Genre[0]}}"', '"year 1940, {\\"tag\\":\\"Animation\\"}"'],
    ["xml", '<a b="{{Account.title}}"/>', '<a b="R&amp;D &quot;home&quot;"/>'],
    ["header", "{{Metadata.title}}", "Tom & Jerry: <50%>/2 ä #1"],
    ["plain", "{{Metadata.title}}", title],
  ])("%s %s", (place, template, text) => expect(filled(template, place).text).toBe(text));

  test("the content type says what a body is", () => {
    const places = {
      "application/json": "json",
      "Application/JSON; charset=utf-8": "json",
      "application/vnd.api+json": "json",
      "application/x-www-form-urlencoded": "form",
      "text/xml": "xml",
      "application/soap+xml": "xml",
      "text/html": "xml",
      "text/plain": "plain",
      "application/jsonp": "plain",
    };
    for (const [type, place] of Object.entries(places)) expect(placeOfBody({ "content-TYPE": type }), type).toBe(place);
    expect(placeOfBody({})).toBe("plain");
  });
});

describe("a template is refused", () => {
  test.each([
    ["{{event", "{{ at character 1 is not closed by }}"],
    ["{{}}", '"" is no path'],
    ["{{a b}}", '"a b" is no path'],
    ["{{event.toUpperCase()}}", "is no path"],
    ["{{a..b}}", "is no path"],
    ["{{a[b]}}", "is no path"],
    ["{{a[-1]}}", "is no path"],
    ["{{1}}", "is no path"],
    ["{{{event}}}", "is no path"],
    [`{{${"a.".repeat(100)}a}}`, "is no path"],
    ["{{a}}".repeat(51), "more than 50 placeholders"],
  ])("%s", (template, why) => expect(() => parseTemplate(template, "plain")).toThrow(why));
});

describe("whatever a title is,", () => {
  /** Text as JSON carries it: what is half a character becomes the replacement character. */
  const title = hostileText.map((text) => text.toWellFormed());
  const document = title.map((text) => ({ event: "media.play", Metadata: { title: text } }));
  const request = (headers: Readonly<Record<string, string>>, body: string, from: unknown) =>
    customRequest(
      {
        url: "http://10.0.0.2:8080/a/{{Metadata.title}}/b?q={{Metadata.title}}&r=1",
        headers,
        custom: { method: "POST", body },
      },
      from as Parameters<typeof customRequest>[1],
    );

  test("JSON stays JSON and holds it", () => {
    fc.assert(
      fc.property(document, (from) => {
        const body = '{"in":"<{{Metadata.title}}>","bare":{{Metadata.title}}}';
        const sent = request({ "Content-Type": "application/json" }, body, from);
        const { title } = from.Metadata;
        expect(JSON.parse(sent.body.toString())).toEqual({ in: `<${title}>`, bare: title });
      }),
    );
  });

  test("a form stays one field", () => {
    fc.assert(
      fc.property(document, (from) => {
        const sent = request({ "Content-Type": "application/x-www-form-urlencoded" }, "a={{Metadata.title}}&b=1", from);
        expect([...new URLSearchParams(sent.body.toString())]).toEqual([
          ["a", from.Metadata.title],
          ["b", "1"],
        ]);
      }),
    );
  });

  test("the address is that of the same server, with as many parts", () => {
    fc.assert(
      fc.property(document, (from) => {
        const url = new URL(request({}, "", from).url);
        const { title } = from.Metadata;
        const short = title.slice(0, 500).toWellFormed();
        expect([url.origin, url.pathname.split("/").length, url.hash]).toEqual(["http://10.0.0.2:8080", 4, ""]);
        expect([...url.searchParams]).toEqual([
          ["q", short],
          ["r", "1"],
        ]);
        if (!/^\.{1,2}$/.test(short)) expect(decodeURIComponent(url.pathname)).toBe(`/a/${short}/b`);
      }),
    );
    for (const step of [".", ".."]) {
      expect(request({}, "", { Metadata: { title: step } }).url).toContain(`/a/${"%252E".repeat(step.length)}/b?`);
    }
  });

  test("a header stays one line of bytes that decode to it", () => {
    fc.assert(
      fc.property(document, (from) => {
        const [[name, value] = []] = request({ Title: "Now: {{Metadata.title}}." }, "", from).headers;
        expect(name).toBe("Title");
        expect(value).toMatch(/^[\x20-\x7e\x80-\xff]*$/);
        const shown = from.Metadata.title
          .slice(0, 500)
          .toWellFormed()
          .replace(/\p{Cc}+/gu, " ")
          .trim();
        expect(Buffer.from(value ?? "", "latin1").toString()).toBe(`Now: ${shown}.`);
      }),
    );
  });
});
