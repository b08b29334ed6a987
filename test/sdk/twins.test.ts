import { type NotificationEvent, PlexAPI, type Subscription } from "@reelay/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareShape } from "../shapes/shape.ts";
import { PlexStandIn } from "./stand-in/plex-server.ts";
import { twins } from "./stand-in/twins.ts";

test.each(twins.filter(({ shape }) => shape !== undefined))("$name has the shape of a capture", ({ frame, shape }) => {
  expect(compareShape(frame.entry, shape ?? { types: [] })).toEqual([]);
});

describe.each(["websocket", "eventsource"] as const)("by %s, subscribe yields it typed and unharmed:", (transport) => {
  let server: PlexStandIn;
  let subscription: Subscription;
  let events: AsyncIterator<NotificationEvent>;
  const errors: Error[] = [];
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

  test.each(twins.filter(({ frame }) => transport === "websocket" || !frame.legacy))(
    "$name",
    async ({ frame, expected }) => {
      server.sendFrame(frame);
      const { value: event } = await events.next();
      expect(event).toEqual({ type: frame.type, entry: expected });
      // Also in the order of their keys.
      expect(JSON.stringify(event.entry)).toBe(JSON.stringify(expected));
    },
  );
});
