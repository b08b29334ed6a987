import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeContainer, type Notification, notificationExamples, parseContainer } from "./index.ts";
import { anyNotification, hostileText } from "./testing/arbitraries.ts";

const timeline: Notification = { type: "timeline", entry: notificationExamples.timeline };

describe("a WebSocket document", () => {
  test("is type, size and one entry, in the catalogue's order whatever the order of the object", () => {
    const item = { url: "", ratingKey: "6263", guid: "", key: "/library/metadata/6263" };
    const entry = { state: "error", viewOffset: 0, ...item, sessionKey: "16" } as const;
    expect(encodeContainer({ type: "playing", entry })).toBe(
      '{"NotificationContainer":{"type":"playing","size":1,"PlaySessionStateNotification":[{"sessionKey":"16","guid":"","ratingKey":"6263","url":"","key":"/library/metadata/6263","viewOffset":0,"state":"error"}]}}',
    );
  });

  test("has the position as its last key, if it has one", () => {
    expect(encodeContainer({ type: "progress", entry: { message: "m" } }, { id: "k-1" })).toBe(
      '{"NotificationContainer":{"type":"progress","size":1,"ProgressNotification":[{"message":"m"}],"id":"k-1"}}',
    );
  });

  test("writes the ids of timeline as integers for clients of 2018", () => {
    const text = encodeContainer(timeline, { numericIds: true });
    expect(text).toContain('"sectionID":2,"itemID":43,"parentItemID":41,"rootItemID":40,"type":4,');
  });

  test.each(["", "007", "1e3", "12345678901234567890", "abc"])(
    "leaves the id %j as it is, which no integer can stand for",
    (itemID) => {
      const text = encodeContainer(
        { type: "timeline", entry: { ...notificationExamples.timeline, itemID } },
        { numericIds: true },
      );
      expect(text).toContain(`"itemID":${JSON.stringify(itemID)}`);
    },
  );

  test("keeps keys that an upstream server adds, behind the known ones", () => {
    const entry = { added: "later", ...notificationExamples.reachability };
    expect(encodeContainer({ type: "reachability", entry })).toContain('[{"reachability":true,"added":"later"}]');
  });

  test("passes an unknown type through with its own payload key", () => {
    const unknown = { type: "brand.new", payloadKey: "BrandNew", entry: { b: 1, a: [null] } };
    const text = encodeContainer(unknown);
    expect(text).toBe('{"NotificationContainer":{"type":"brand.new","size":1,"BrandNew":[{"b":1,"a":[null]}]}}');
    expect(parseContainer(text)).toEqual({ ok: true, value: [unknown] });
  });

  test.each(["type", "size", "id"])("cannot be made ambiguous by the payload key %j", (payloadKey) => {
    expect(() => encodeContainer({ type: "brand.new", payloadKey, entry: {} })).toThrow(RangeError);
  });

  test("of any notification reads back as the same notification, on one line", () => {
    fc.assert(
      fc.property(anyNotification, fc.option(hostileText, { nil: undefined }), (notification, id) => {
        const position = id === undefined ? {} : { id };
        const text = encodeContainer(notification, position);
        expect(text).not.toMatch(/[\n\r\0]/);
        expect(parseContainer(text)).toEqual({ ok: true, value: [{ ...notification, ...position }] });
      }),
    );
  });

  test("with integer ids reads back with string ids", () => {
    expect(parseContainer(encodeContainer(timeline, { numericIds: true }))).toEqual({ ok: true, value: [timeline] });
  });
});

describe("reading WebSocket documents", () => {
  test("takes several entries, and one without its list", () => {
    const two = {
      NotificationContainer: { type: "progress", size: 2, ProgressNotification: [{ message: "a" }, { message: "b" }] },
    };
    expect(parseContainer(two)).toMatchObject({ value: [{ entry: { message: "a" } }, { entry: { message: "b" } }] });
    const bare = { NotificationContainer: { type: "progress", ProgressNotification: { message: "a" } } };
    expect(parseContainer(bare)).toMatchObject({ value: [{ type: "progress", entry: { message: "a" } }] });
  });

  test("takes the form before December 2016", () => {
    const child = { _elementType: "ProgressNotification", message: "a" };
    const legacy = { _elementType: "NotificationContainer", type: "progress", size: 1, _children: [child] };
    expect(parseContainer(legacy)).toEqual({ ok: true, value: [{ type: "progress", entry: { message: "a" } }] });
  });

  test("takes a known type under another payload key for an unknown notification", () => {
    const document = { NotificationContainer: { type: "playing", size: 1, Other: [{ x: 1 }] } };
    expect(parseContainer(document)).toEqual({
      ok: true,
      value: [{ type: "playing", payloadKey: "Other", entry: { x: 1 } }],
    });
  });

  test("finds nothing in a container without payload", () => {
    expect(parseContainer('{"NotificationContainer":{"type":"playing","size":0}}')).toEqual({ ok: true, value: [] });
  });

  test("does not let a document change prototypes", () => {
    const text =
      '{"NotificationContainer":{"type":"progress","size":1,"ProgressNotification":[{"__proto__":{"message":"polluted"}}]}}';
    const result = parseContainer(text);
    const entry = result.ok ? result.value[0]?.entry : undefined;
    expect(Object.getPrototypeOf(entry)).toBe(Object.prototype);
    expect(entry).not.toHaveProperty("message");
  });

  test.each([
    ["not-json", "{"],
    ["not-json", ""],
    ["not-a-notification", "null"],
    ["not-a-notification", "[]"],
    ["not-a-notification", '"text"'],
    ["not-a-notification", "{}"],
    ["not-a-notification", '{"NotificationContainer":{"type":5}}'],
    ["bad-entry", '{"NotificationContainer":{"type":"progress","ProgressNotification":["x"]}}'],
    ["bad-entry", '{"NotificationContainer":{"type":"progress","ProgressNotification":null}}'],
    ["bad-entry", '{"type":"progress","_children":[{"message":"no element type"}]}'],
  ])("says %s of %s", (code, text) => {
    expect(parseContainer(text)).toMatchObject({ ok: false, error: { code } });
  });

  test("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.anything()), (input) => {
        expect(parseContainer(input)).toHaveProperty("ok");
      }),
    );
  });
});
