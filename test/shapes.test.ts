import { readdirSync, readFileSync } from "node:fs";
import {
  encodeContainer,
  encodeSseNotification,
  type Notification,
  type NotificationEncoding,
  notificationExamples,
} from "@reelay/protocol";
import { describe, expect, test } from "vitest";
import { compareShape, mergeShapes, type Shape, shapeOf } from "./shapes/shape.ts";

const folder = new URL("./shapes/", import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));
const read = (name: string): Shape => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));

const { timeline, activity, playing } = notificationExamples;
const { metadataState, parentItemID, rootItemID, ...plainTimeline } = timeline;
const { Context, ...plainActivity } = activity.Activity;
const { transcodeSession, playQueueID, playQueueItemID, ...plainPlaying } = playing;

/** Besides the examples, the forms that the server itself writes. */
const variants: readonly Notification[] = [
  { type: "timeline", entry: { ...timeline, state: 9, metadataState: "deleted" } },
  { type: "timeline", entry: { ...plainTimeline, title: "The Long Tide S01 E03", state: 5, mediaState: "analyzing" } },
  { type: "timeline", entry: { ...plainTimeline, title: "The Long Tide S01 E03", state: 5 } },
  { type: "activity", entry: { ...activity, event: "started", Activity: { ...plainActivity, progress: -1 } } },
  { type: "activity", entry: { ...activity, event: "ended", Activity: { ...activity.Activity, progress: 100 } } },
  { type: "playing", entry: { ...plainPlaying, state: "paused" } },
];
const examples = Object.entries(notificationExamples).map(([type, entry]) => ({ type, entry }) as Notification);

/** Written by servers when subtitles are burnt in; the captured transcodes had none. Seen in `/transcode/sessions`. */
const extra = ["subtitleDecision"];

/** The payload of a WebSocket document, and what stands around it. */
function unpack(text: string): { entry: unknown; keys: string[] } {
  const container: Record<string, unknown> = JSON.parse(text).NotificationContainer;
  const [payload] = Object.values(container).filter(Array.isArray);
  return { entry: payload?.[0], keys: Object.keys(container) };
}

describe.each(names.filter((name) => name.startsWith("notification.")))("the captures of %s", (name) => {
  const written = [...examples, ...variants].filter(({ type }) => name === `notification.${type}`);
  const shape = read(name);

  test("have the shape of what we write to WebSockets", () => {
    expect(written).not.toEqual([]);
    for (const notification of written) {
      const { entry, keys } = unpack(encodeContainer(notification));
      expect(keys).toEqual(["type", "size", expect.any(String)]);
      expect(compareShape(entry, shape, { extra })).toEqual([]);
    }
  });

  test("have the shape of what we write with positions and integer ids, but for the position behind them", () => {
    const encoding: NotificationEncoding = { id: "k3v9-17", numericIds: true };
    for (const notification of written) {
      const { entry, keys } = unpack(encodeContainer(notification, encoding));
      expect(keys).toEqual(["type", "size", expect.any(String), "id"]);
      expect(compareShape(entry, shape, { extra })).toEqual([]);
    }
  });

  test("have the shape of what we write to streams", () => {
    for (const notification of written) {
      const [, data = ""] = /^data: (.*)$/m.exec(encodeSseNotification(notification)) ?? [];
      const [entry, ...others] = Object.values(JSON.parse(data));
      expect(others).toEqual([]);
      expect(compareShape(entry, shape, { extra })).toEqual([]);
    }
  });
});

describe("the comparison", () => {
  const captures = [
    { a: 1, b: "x", list: [{ k: true }] },
    { a: 2, c: null, list: [{ k: true, l: 1 }] },
  ];
  const shape = captures.map(shapeOf).reduce(mergeShapes);

  test.each(captures)("finds nothing wrong with a capture itself: %j", (capture) => {
    expect(compareShape(capture, shape)).toEqual([]);
  });

  test.each([
    [{ a: "1", list: [] }, "a is string, in captures number"],
    [{ list: [] }, "a is missing, every capture has it"],
    [{ a: 1, z: 1, list: [] }, "z is in no capture"],
    [{ list: [], a: 1 }, "a stands behind list, in captures before it"],
    [{ a: 1, list: {} }, "list is object, in captures array"],
    [{ a: 1, list: [{ k: 1 }] }, "list[].k is number, in captures boolean"],
    [{ a: 1, list: [{ l: 1 }] }, "list[].k is missing, every capture has it"],
    [{ a: 1, list: [{ k: true }, { l: 1 }] }, "list[].k is missing, every capture has it"],
    [[], "the document is array, in captures object"],
  ])("finds the problem of %j", (actual, problem) => {
    expect(compareShape(actual, shape)).toEqual([problem]);
  });

  test("can be told what may be missing and what may be more", () => {
    expect(compareShape({ z: 1 }, shape, { required: false, extra: ["z"] })).toEqual([]);
  });

  test("does not mind the order of keys on which captures disagree", () => {
    const disagreeing = [
      { a: 1, b: 1, c: 1 },
      { b: 1, a: 1, c: 1 },
    ]
      .map(shapeOf)
      .reduce(mergeShapes);
    expect(compareShape({ b: 1, a: 1, c: 1 }, disagreeing)).toEqual([]);
    expect(compareShape({ c: 1, a: 1, b: 1 }, disagreeing)).toEqual([]);
  });

  test("knows shapes without the values they were made from", () => {
    expect(JSON.stringify(shapeOf({ title: "secret", list: ["secret", 4711] }))).not.toMatch(/secret|4711/);
  });
});
