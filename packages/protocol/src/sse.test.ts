import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeSseEvent,
  encodeSseNotification,
  encodeSsePing,
  notificationExamples,
  notificationFromSse,
  type SseEvent,
  SseParser,
} from "./index.ts";
import { anyNotification, cutAnywhere, hostileText } from "./testing/arbitraries.ts";

describe("an event of a stream", () => {
  test("has its type as name and one object under the payload key", () => {
    expect(encodeSseNotification({ type: "progress", entry: { message: "Scanning" } })).toBe(
      'event: progress\ndata: {"ProgressNotification":{"message":"Scanning"}}\n\n',
    );
  });

  test("begins with its position, if it has one", () => {
    expect(encodeSseNotification({ type: "progress", entry: { message: "m" } }, { id: "k-1" })).toBe(
      'id: k-1\nevent: progress\ndata: {"ProgressNotification":{"message":"m"}}\n\n',
    );
    expect(encodeSsePing("k-1")).toBe("id: k-1\nevent: ping\ndata: {}\n\n");
    expect(encodeSsePing()).toBe("event: ping\ndata: {}\n\n");
  });

  test("can have integer ids", () => {
    const timeline = { type: "timeline", entry: notificationExamples.timeline } as const;
    expect(encodeSseNotification(timeline, { numericIds: true })).toContain('"sectionID":2,"itemID":43,');
  });

  test("can carry anything that JSON can, and a time to reconnect", () => {
    expect(encodeSseEvent({ data: ["a\nb"], id: "1", event: "x", retry: 3000 })).toBe(
      'id: 1\nevent: x\nretry: 3000\ndata: ["a\\nb"]\n\n',
    );
  });

  test.each(["a\nb", "a\rb", "a\0b", "\n"])("cannot be broken up by %j in a name or an id", (text) => {
    expect(() => encodeSseEvent({ event: text, data: {} })).toThrow(RangeError);
    expect(() => encodeSseEvent({ event: "x", id: text, data: {} })).toThrow(RangeError);
    expect(() => encodeSsePing(text)).toThrow(RangeError);
    expect(() => encodeSseNotification({ type: text, payloadKey: "X", entry: {} })).toThrow(RangeError);
  });

  test.each([-1, 0.5, Number.NaN])("refuses %j as a time to reconnect", (retry) => {
    expect(() => encodeSseEvent({ data: {}, retry })).toThrow(RangeError);
  });

  test("refuses an empty name", () => {
    expect(() => encodeSseEvent({ event: "", data: {} })).toThrow(RangeError);
  });
});

describe("a stream of any notifications", () => {
  const frames = fc.array(
    fc.tuple(anyNotification, fc.option(fc.stringMatching(/^[a-z0-9-]{1,9}$/), { nil: undefined })),
    {
      maxLength: 5,
    },
  );

  test("cut anywhere reads back as the same notifications", () => {
    const stream = frames.chain((sent) => {
      const text = sent
        .map(([notification, id]) => encodeSseNotification(notification, id === undefined ? {} : { id }))
        .join("");
      return fc.tuple(fc.constant(sent), cutAnywhere(new TextEncoder().encode(text)));
    });
    fc.assert(
      fc.property(stream, ([sent, chunks]) => {
        const parser = new SseParser();
        const events = chunks.flatMap((chunk) => parser.push(chunk)) as SseEvent[];
        expect(events.map(notificationFromSse)).toEqual(
          sent.map(([notification, id]) => ({
            ok: true,
            value: id === undefined ? notification : { ...notification, id },
          })),
        );
        expect(parser.lastEventId).toBe(sent.map(([, id]) => id).findLast((id) => id !== undefined) ?? "");
      }),
    );
  });

  test("has exactly two lines per event, whatever the texts", () => {
    fc.assert(
      fc.property(anyNotification, (notification) => {
        expect(encodeSseNotification(notification).split(/\r\n|\n|\r/)).toHaveLength(4);
      }),
    );
  });

  test("written with any name and id is one event or is refused", () => {
    fc.assert(
      fc.property(hostileText, hostileText, hostileText, (event, id, data) => {
        const broken = event === "" || /[\n\r\0]/.test(event + id);
        if (broken) {
          expect(() => encodeSseEvent({ event, id, data })).toThrow(RangeError);
          return;
        }
        const items = new SseParser().push(new TextEncoder().encode(encodeSseEvent({ event, id, data })));
        // Half surrogate pairs in names cannot be sent in UTF-8.
        expect(items).toMatchObject([
          { event: event.toWellFormed(), id: id.toWellFormed(), data: JSON.stringify(data) },
        ]);
      }),
    );
  });
});

describe("reading an event", () => {
  const event = (name: string, data: string): SseEvent => ({ kind: "event", event: name, data, lastEventId: "" });

  test("finds no notification in a heartbeat", () => {
    expect(notificationFromSse(event("ping", "{}"))).toEqual({ ok: true, value: undefined });
    expect(notificationFromSse(event("other", "{}"))).toEqual({ ok: true, value: undefined });
  });

  test("takes a list as on WebSockets for its first entry", () => {
    expect(notificationFromSse(event("progress", '{"ProgressNotification":[{"message":"m"}]}'))).toEqual({
      ok: true,
      value: { type: "progress", entry: { message: "m" } },
    });
  });

  test("passes an unknown type through", () => {
    expect(notificationFromSse(event("brand.new", '{"BrandNew":{"a":1}}'))).toEqual({
      ok: true,
      value: { type: "brand.new", payloadKey: "BrandNew", entry: { a: 1 } },
    });
  });

  test.each([
    ["not-json", "{"],
    ["not-a-notification", "[]"],
    ["bad-entry", '{"ProgressNotification":"m"}'],
    ["bad-entry", '{"ProgressNotification":[]}'],
  ])("says %s of %s", (code, data) => {
    expect(notificationFromSse(event("progress", data))).toMatchObject({ ok: false, error: { code } });
  });
});
