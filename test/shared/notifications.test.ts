import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  encodeContainer,
  encodeSseNotification,
  isKnownNotification,
  notificationFromSse,
  parseContainer,
  SseParser,
} from "@reelay/protocol";
import { describe, expect, test } from "vitest";
import { makeShapes, readNotificationCaptures, shapeFile, shapeFileContent } from "../../scripts/make-shapes.ts";

const folder = process.env.REELAY_CAPTURES;
if (folder === undefined)
  throw new Error("Set REELAY_CAPTURES to the folder of captures (with notifications/ and rest/)");

const captures = readNotificationCaptures(folder);
const named = captures.map((capture, index) => ({ ...capture, name: `${capture.file} ${index}` }));

describe("a captured WebSocket document", () => {
  test.each(named.filter(({ transport }) => transport === "websocket"))(
    "$name is read, and written the same",
    ({ document }) => {
      const text = JSON.stringify(document);
      const result = parseContainer(text);
      if (!result.ok) throw new Error(result.error.message);
      const [notification, ...others] = result.value;
      if (notification === undefined) throw new Error("Nothing was read");
      expect(others).toEqual([]);
      expect(isKnownNotification(notification)).toBe(true);
      // Servers of 2017 and 2018 wrote ids as integers.
      expect(encodeContainer(notification, { numericIds: /"sectionID":\d/.test(text) })).toBe(text);
    },
  );
});

describe("a captured stream", () => {
  const files = readdirSync(join(folder, "notifications")).filter((file) => file.endsWith(".txt"));

  test.each(files.filter((file) => file !== "sse-ping.txt"))("%s is read, and written the same", (file) => {
    const bytes = readFileSync(join(folder, "notifications", file));
    const [event, ...others] = new SseParser().push(bytes);
    if (event?.kind !== "event") throw new Error("No event was read");
    expect(others).toEqual([]);
    const result = notificationFromSse(event);
    if (!result.ok || result.value === undefined) throw new Error("No notification was read");
    expect(isKnownNotification(result.value)).toBe(true);
    // Their 0.0 is our 0: the same JSON number.
    const captured = `event: ${event.event}\ndata: ${JSON.stringify(JSON.parse(event.data))}\n\n`;
    expect(encodeSseNotification(result.value)).toBe(captured);
  });

  test("has a heartbeat as we read it", () => {
    const items = new SseParser().push(readFileSync(join(folder, "notifications", "sse-ping.txt")));
    expect(items).toMatchObject([{ kind: "event", event: "ping", data: "{}" }]);
  });
});

test("a document from before December 2016 is read as one of today", () => {
  const text = readFileSync(join(folder, "notifications", "ws-legacy-2016-children.json"), "utf8");
  expect(parseContainer(text)).toMatchObject({
    ok: true,
    value: [{ type: "playing", entry: { state: "playing", sessionKey: "7" } }],
  });
});

test.each([...makeShapes(folder)])("the shape %s is the one that is checked in", (name, shape) => {
  expect(readFileSync(shapeFile(name), "utf8")).toBe(shapeFileContent(shape));
});
