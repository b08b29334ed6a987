import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeAttribute, parseXml, type XmlElement } from "./index.ts";
import { hostileText } from "./testing/arbitraries.ts";

const plain = (element: XmlElement): unknown => ({
  [element.name]: [Object.fromEntries(element.attributes), ...element.children.map(plain), element.text].filter(
    (part) => part !== "",
  ),
});
const read = (text: string) => {
  const result = parseXml(text);
  return result.ok ? plain(result.value) : result.error.code;
};

describe("the XML reader", () => {
  test("reads attributes, nesting and text", () => {
    expect(read(`<?xml version="1.0"?>\n<a x="1" y='2'><b/><c z="3">t</c ></a>\n`)).toEqual({
      a: [{ x: "1", y: "2" }, { b: [{}] }, { c: [{ z: "3" }, "t"] }],
    });
  });

  test("resolves the five entities and character references", () => {
    expect(read(`<a x="&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;">&amp;amp;</a>`)).toEqual({
      a: [{ x: `<>&"'A😀` }, "&amp;"],
    });
  });

  test("passes over comments and instructions, and reads CDATA as text", () => {
    expect(read("<!-- <x> --><a><?pi <?><!-- </a> -->1<![CDATA[<&amp;]]]]>2</a><!-- end -->")).toEqual({
      a: [{}, "1<&amp;]]2"],
    });
  });

  test("treats white space in attributes as XML says: bare is a blank, referenced is itself", () => {
    expect(read('<a x="1\r\n2\t3&#10;4&#13;5&#9;6"/>')).toEqual({ a: [{ x: "1 2 3\n4\r5\t6" }] });
  });

  test("treats any line end in text as a line feed", () => {
    expect(read("<a>1\r\n2\r3\n4</a>")).toEqual({ a: [{}, "1\n2\n3\n4"] });
  });

  test.each([
    "",
    "text",
    "<a>",
    "<a></b>",
    "<a/><b/>",
    "<a/>x",
    "<a x/>",
    "<a x=1/>",
    '<a x="1/>',
    '<a x="1"y="2"/>',
    '<a x="1" x="2"/>',
  ])("refuses %j", (text) => {
    expect(read(text)).toBe("not-xml");
  });

  test.each([
    "<a x='<'/>",
    "<a>&nbsp;</a>",
    "<a>&</a>",
    "<a>&#0;</a>",
    "<a>&#xD800;</a>",
    "<a>&#x110000;</a>",
    "<a>\u0001</a>",
    "<a><![CDATA[\u0001]]></a>",
    "<1/>",
  ])("refuses %j as well", (text) => {
    expect(read(text)).toBe("not-xml");
  });

  test.each(["<a><!-- </a>", "<a><![CDATA[ </a>", "<?pi <a/>", "</a>", "< a/>", "<a", "<a x", "<a x="])(
    "refuses the unfinished %j",
    (text) => {
      expect(read(text)).toBe("not-xml");
    },
  );

  test("refuses a DOCTYPE, so nothing is expanded", () => {
    const laughs = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>';
    expect(read(laughs)).toBe("doctype");
    expect(read(`<?xml version="1.0"?> <!-- x --> ${laughs}`)).toBe("doctype");
  });

  test("refuses what is deeper or longer than agreed, without overflowing the stack", () => {
    expect(read("<a>".repeat(1_000_000))).toBe("too-large");
    expect(parseXml("<a><b/></a>", { maxDepth: 1 })).toMatchObject({ ok: false, error: { code: "too-large" } });
    expect(parseXml("<a><b/></a>", { maxDepth: 2 })).toMatchObject({ ok: true });
    expect(parseXml("<a/>", { maxLength: 3 })).toMatchObject({ ok: false, error: { code: "too-large" } });
  });

  test("says where a problem is", () => {
    expect(parseXml("<a><b></a>")).toMatchObject({ error: { offset: 9 } });
  });

  test("never throws", () => {
    const piece = fc.oneof(
      fc.constantFrom("<", ">", "/", "a", '"', "=", "&", ";", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", " "),
      hostileText,
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(parseXml(pieces.join(""))).toHaveProperty("ok");
      }),
      { numRuns: 1000 },
    );
  });
});

describe("an escaped attribute", () => {
  test("of any text reads back as it was, but for what XML cannot carry", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const carried = text.toWellFormed().replace(/[^\t\n\r -\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
        expect(read(`<a x="${escapeAttribute(text)}"/>`)).toEqual({ a: [{ x: carried }] });
      }),
    );
  });
});
