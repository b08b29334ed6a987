import { type Notification, type NotificationEntries, notificationExamples } from "@reelay/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { harmless } from "../support/index.ts";
import { describeNotification, eventLine } from "./index.ts";
import { shellWord } from "./terminal.ts";
import { TestTerminal } from "./testing.ts";

const entry: NotificationEntries["timeline"] = {
  identifier: "com.plexapp.plugins.library",
  sectionID: "1",
  itemID: "12",
  type: 1,
  title: "",
  state: 0,
  updatedAt: 1,
};

test.each<[Notification, string]>([
  [{ type: "timeline", entry: { ...entry, metadataState: "created" } }, "added film 12 (section 1)"],
  [
    {
      type: "timeline",
      entry: { ...entry, type: 4, title: "Low S01 E02", state: 1, metadataState: "processing", queueSize: 3 },
    },
    "processing episode 12: Low S01 E02 (section 1), step 1, 3 left",
  ],
  [
    { type: "timeline", entry: { ...entry, type: 10, title: "Kompaß", state: 5, mediaState: "analyzing" } },
    "analyzing track 12: Kompaß (section 1)",
  ],
  [{ type: "timeline", entry: { ...entry, title: "雨の灯台", state: 5 } }, "ready film 12: 雨の灯台 (section 1)"],
  [{ type: "timeline", entry: { ...entry, state: 9, metadataState: "deleted" } }, "deleted film 12 (section 1)"],
  [
    { type: "status", entry: { title: "Library scan complete", description: "", notificationName: "LIBRARY_UPDATE" } },
    "Library scan complete",
  ],
  [
    { type: "reelay.gap", entry: { reason: "epoch", from: "a-1", to: "b-2" } },
    "events are missing (epoch): asked for a-1, complete after b-2",
  ],
])("%#: is told as %s", (notification, text) => expect(describeNotification(notification)).toBe(text.toString()));

test("an activity says its phase, and how far it is while it runs", () => {
  const example = notificationExamples.activity;
  const told = (event: "started" | "updated" | "ended", progress: number) =>
    describeNotification({
      type: "activity",
      entry: {
        ...example,
        event,
        Activity: { ...example.Activity, title: "Scanning Films", subtitle: "x.mkv", progress },
      },
    });
  expect(told("started", 0)).toBe("started: Scanning Films · x.mkv");
  expect(told("updated", 40)).toBe("updated: Scanning Films 40 % · x.mkv");
  expect(told("updated", -1)).toBe("updated: Scanning Films · x.mkv");
});

test.each(Object.entries(notificationExamples))("an example of %s is one line that says something", (type, example) => {
  const text = describeNotification({ type, entry: example } as Notification);
  expect(text).toMatch(/^.{3,}$/);
  expect(text).not.toMatch(/undefined|NaN|\[object/);
});

test("an event is one line of time, type and words", () => {
  const line = eventLine(
    { type: "status", entry: { title: "T", description: "D", notificationName: "" } },
    new Date(2026, 1, 3, 4, 5, 6),
    new TestTerminal(),
  );
  expect(line).toBe("04:05:06  status     T — D");
});

test("no title, and no event of another server, gets a control character to the terminal", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "\x1b[2J\x1b[H",
      "\x1b]0;title\x07",
      "\x9b31m",
      "a\r\nb",
      "\u202etxt.exe",
      "\u2028",
      "\ud800",
      "\x7f\b",
    ),
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  const dangerous = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;
  fc.assert(
    fc.property(hostile, (title) => {
      const known = eventLine(
        { type: "timeline", entry: { ...entry, title, state: 5 } },
        new Date(),
        new TestTerminal(),
      );
      const unknown = eventLine(
        { type: title, payloadKey: title, entry: { [title]: title } },
        new Date(),
        new TestTerminal(),
      );
      expect(known).not.toMatch(dangerous);
      expect(unknown).not.toMatch(dangerous);
    }),
  );
  expect(harmless("Ünï ‘q’ 雨 👩‍🚀")).toBe("Ünï ‘q’ 雨 👩‍🚀");
});

test.each([
  ["plain/path-1.mkv", "plain/path-1.mkv"],
  ["The Cartographer's Daughter", `'The Cartographer'\\''s Daughter'`],
  ["$(rm -rf ~)", "'$(rm -rf ~)'"],
])("%s is pasted as %s", (text, word) => expect(shellWord(text)).toBe(word));
