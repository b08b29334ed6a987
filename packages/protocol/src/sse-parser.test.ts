import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SseItem, SseParser } from "./index.ts";
import { cutAnywhere } from "./testing/arbitraries.ts";

const utf8 = new TextEncoder();
const read = (...chunks: (string | Uint8Array)[]) => {
  const parser = new SseParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
};
const data = (items: readonly SseItem[]) => items.map((item) => (item.kind === "event" ? item.data : item.kind));

describe("the stream parser", () => {
  // The examples of the HTML standard, section 9.2.6.
  test("reads the standard's stock quotes", () => {
    expect(data(read("data: YHOO\ndata: +2\ndata: 10\n\n"))).toEqual(["YHOO\n+2\n10"]);
  });

  test("reads the standard's four blocks", () => {
    const items = read(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n");
    expect(items).toEqual([
      { kind: "event", event: "message", data: "first event", id: "1", lastEventId: "1" },
      { kind: "event", event: "message", data: "second event", id: "", lastEventId: "" },
      { kind: "event", event: "message", data: " third event", lastEventId: "" },
    ]);
  });

  test("reports empty data, and drops what the stream's end cut off", () => {
    expect(data(read("data\n\ndata\ndata\n\ndata:"))).toEqual(["", "\n"]);
  });

  test("takes colons with and without a blank for the same", () => {
    expect(data(read("data:test\n\ndata: test\n\n"))).toEqual(["test", "test"]);
  });

  test.each(["\n", "\r", "\r\n"])("ends lines with %j", (end) => {
    expect(read(["event: x", "data: 1", "", "data: 2", "", ""].join(end))).toMatchObject([
      { event: "x", data: "1" },
      { event: "message", data: "2" },
    ]);
  });

  test("takes CR and LF in two chunks for one line end", () => {
    expect(data(read("data: 1\r", "\ndata: 2\r", "", "\n\r", "\n"))).toEqual(["1\n2"]);
  });

  test("skips one byte order mark, at the start only", () => {
    expect(data(read("\uFEFFdata: 1\n\n\uFEFFdata: 2\n\n"))).toEqual(["1"]);
    expect(data(read(new Uint8Array([0xef]), new Uint8Array([0xbb, 0xbf]), "data: 1\n\n"))).toEqual(["1"]);
  });

  test("ignores comments and unknown fields", () => {
    expect(data(read(": hello\ndatax: 1\nDATA: 2\ndata: 3\n\n"))).toEqual(["3"]);
  });

  test("ignores an id that contains NUL", () => {
    expect(read("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n")).toMatchObject([{ lastEventId: "1" }, { lastEventId: "1" }]);
  });

  test("remembers the id of an event without data, once it is whole", () => {
    const parser = new SseParser();
    expect(parser.push("id: 7\n")).toEqual([]);
    expect(parser.lastEventId).toBe("");
    expect(parser.push("\n")).toEqual([]);
    expect(parser.lastEventId).toBe("7");
  });

  test("reports how long to wait before reconnecting, if it is a number", () => {
    expect(read("retry: 1500\nretry: 1.5\nretry: -1\nretry:\n\n")).toEqual([{ kind: "retry", milliseconds: 1500 }]);
  });

  test("does not carry an event's name over to the next", () => {
    expect(read("event: a\n\ndata: 1\n\n")).toMatchObject([{ event: "message" }]);
  });

  test("replaces bytes that are not UTF-8 and goes on", () => {
    expect(data(read(new Uint8Array([...utf8.encode("data: "), 0xff, 0xe2, 0x82]), "\n\ndata: 2\n\n"))).toEqual([
      "\ufffd\ufffd",
      "2",
    ]);
  });

  test("puts a character together whose halves come in two texts", () => {
    expect(data(read("data: \ud83d", "\ude00\n\n"))).toEqual(["😀"]);
  });

  test("reads the same however the bytes are cut", () => {
    const line = fc.constantFrom("data: x", "data: 💡é", "id: 1", "id", "event: e", ": c", "retry: 5", "", "", "data");
    const text = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r", "\r\n"))).map((lines) => lines.flat().join(""));
    const cut = text.chain((whole) => fc.tuple(fc.constant(whole), cutAnywhere(utf8.encode(whole))));
    fc.assert(
      fc.property(cut, ([whole, chunks]) => {
        expect(read(...chunks)).toEqual(read(whole));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("an event that is too long", () => {
  const limited = (...chunks: string[]) => {
    const parser = new SseParser({ maxEventBytes: 20 });
    return chunks.flatMap((chunk) => parser.push(chunk));
  };

  test("is dropped with a notice, and the next one is read", () => {
    expect(limited(`id: 4\nevent: e\ndata: ${"x".repeat(50)}\n\ndata: next\n\n`)).toEqual([
      { kind: "overflow", event: "e", lastEventId: "4" },
      { kind: "event", event: "message", data: "next", lastEventId: "4" },
    ]);
  });

  test("is noticed before it ends, once, however it comes", () => {
    expect(limited("data: ", ..."0123456789".repeat(10), "\nid: 9\ndata: y\n", "\n", "data: z\n\n")).toEqual([
      { kind: "overflow", lastEventId: "" },
      { kind: "event", event: "message", data: "z", lastEventId: "" },
    ]);
  });

  test("may consist of many short lines or of comments", () => {
    expect(data(limited(`${"d\n".repeat(15)}\ndata: ok\n\n`))).toEqual(["overflow", "ok"]);
    expect(data(limited(`${"data:\n".repeat(9)}\ndata: ok\n\n`))).toEqual(["overflow", "ok"]);
    expect(data(limited(`:${"c".repeat(40)}\n\ndata: ok\n\n`))).toEqual(["overflow", "ok"]);
  });

  test("is longer than the limit: one of exactly the limit is read", () => {
    expect(data(limited(`data: ${"x".repeat(14)}\n\n`))).toEqual(["x".repeat(14)]);
    expect(data(limited(`data: ${"x".repeat(15)}\n\n`))).toEqual(["overflow"]);
  });
});
