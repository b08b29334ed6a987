import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type NotificationEvent, PlexAPI, type Subscription } from "@reelay/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNotificationCaptures } from "../../scripts/make-shapes.ts";
import { PlexStandIn } from "../sdk/stand-in/plex-server.ts";

const folder = process.env.REELAY_CAPTURES;
if (folder === undefined)
  throw new Error("Set REELAY_CAPTURES to the folder of captures (with notifications/ and rest/)");

const read = (file: string) => readFileSync(join(folder, "notifications", file), "utf8");
const captures = readNotificationCaptures(folder).map((capture, index) => {
  const { type, document, entry } = capture;
  const [payloadKey] = Object.entries(Object(JSON.parse(JSON.stringify(document)).NotificationContainer ?? document))
    .filter(([, value]) => typeof value === "object")
    .map(([key]) => key);
  // Servers of 2017 and 2018 wrote ids as integers; they arrive as text.
  const expected = JSON.stringify(entry).replace(/"(sectionID|itemID|parentItemID|rootItemID)":(-?\d+)/g, '"$1":"$2"');
  const frame = { type, payloadKey: payloadKey ?? "", entry: JSON.parse(JSON.stringify(entry)) };
  return { name: `${capture.file} ${index}`, frame, expected };
});

describe.each(["websocket", "eventsource"] as const)("by %s, subscribe yields typed and unharmed:", (transport) => {
  let server: PlexStandIn;
  let subscription: Subscription;
  let events: AsyncIterator<NotificationEvent>;
  const errors: Error[] = [];
  const sendRaw = (text: string) => {
    for (const { raw } of server.streams) raw(text);
  };
  beforeAll(async () => {
    server = await PlexStandIn.start();
    subscription = new PlexAPI({ serverURL: server.url, token: server.token }).events.subscribe({ transport });
    events = subscription[Symbol.asyncIterator]();
    subscription.on("error", (error) => errors.push(error));
    await subscription.ready();
  });
  afterAll(async () => {
    await subscription.close();
    await server.stop();
    expect(errors).toEqual([]);
  });

  test.each(captures)("$name", async ({ frame, expected }) => {
    server.sendFrame(frame);
    const { value: event } = await events.next();
    expect(event.type).toBe(frame.type);
    expect(JSON.stringify(event.entry)).toBe(expected);
  });

  // What the transport alone can carry: raw event streams, and the form of documents before December 2016.
  test("raw captures of its own form", async () => {
    await raw[transport](sendRaw, events);
  });
});

type Raw = (sendRaw: (text: string) => void, events: AsyncIterator<NotificationEvent>) => Promise<void>;

const raw: Readonly<Record<"websocket" | "eventsource", Raw>> = {
  eventsource: async (sendRaw, events) => {
    const files = readdirSync(join(folder, "notifications")).filter((file) => file.endsWith(".txt"));
    const told = files
      .filter((file) => file !== "sse-ping.txt")
      .map((file) => JSON.parse(read(file.replace(/txt$/, "json"))));
    sendRaw(files.map(read).join(""));
    for (const { event: type, data } of told) {
      const { value } = await events.next();
      expect(value).toEqual({ type, entry: Object.values(data)[0] });
    }
  },
  websocket: async (sendRaw, events) => {
    const text = read("ws-legacy-2016-children.json");
    const { type, _children } = JSON.parse(text);
    const { _elementType, ...entry } = _children[0];
    sendRaw(text);
    expect(await events.next()).toEqual({ done: false, value: { type, entry } });
  },
};
