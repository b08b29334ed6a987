import { readFileSync } from "node:fs";
import {
  encodeContainer,
  isKnownNotification,
  type Notification,
  notificationCatalogue,
  parseContainer,
} from "@reelay/protocol";
import { describe, expect, test } from "vitest";
import { compareShape } from "../../../../test/shapes/shape.ts";
import { type MediaEvent, type MediaEventFacts, type MediaEventType, mediaEventTypes } from "./media-event.ts";
import type { SessionFacts } from "./playback-facts.ts";
import { familiesOf, ownNotification } from "./projections.ts";

const activity = {
  uuid: "8f3f4f2e-1c0e-4b5e-9a55-2f0a4d3c9e10",
  type: "library.update.section",
  cancellable: true,
  userID: 1,
  title: "Scanning Films",
  subtitle: "The Long Tide",
  progress: 40,
};
const context = { librarySectionID: "1" };
const item = { sectionId: 1, itemId: 42, metadataType: 4, updatedAt: 1_700_000_000 };
const child = { ...item, parentId: 41, rootId: 40 };
const title = "The Long Tide S01 E03";

const session: SessionFacts = {
  sessionKey: 29,
  sessionId: "k77lg8r8m2jdvjvu1g8t8rp0",
  state: "playing",
  viewOffset: 154_000,
  startOffset: 0,
  why: "began",
  offline: false,
  item: { ...child, title },
  account: { id: 2, title: "Robin" },
  player: {
    uuid: "ytgcp5ywyn8xzsyp6yybukey",
    title: "Living room",
    address: "192.168.0.10",
    local: true,
    publicAddress: "203.0.113.7",
    secure: false,
  },
};

/** Of each type, facts as sources give them. */
const facts: { readonly [T in MediaEventType]: readonly MediaEventFacts[T][] } = {
  "activity.started": [{ ...activity, progress: -1, subtitle: "" }],
  "activity.updated": [{ ...activity, context }],
  "activity.ended": [{ ...activity, progress: 100, context }, activity],
  "status.announced": [
    { title: "Library scan complete", description: "Scanning the Films section", notificationName: "LIBRARY_UPDATE" },
  ],
  "scan.progressed": [{ message: "Scanning The Long Tide" }],
  "item.created": [item, child],
  "item.processing": ([1, 2, 3, 4] as const).map((state) => ({ ...child, title, state, queueSize: 8 })),
  "item.analyzing": [
    { ...child, title, mediaState: "analyzing" },
    { ...item, title, mediaState: "thumbnailing" },
  ],
  "item.ready": [{ ...child, title }],
  "item.updated": [{ ...item, title }],
  "item.deleted": [item, child],
  "item.arrived": [{ ...item, title, count: 3, rolledUp: ["0190163d-8694-739b-aea5-966c26f8ad91"] }],
  "preference.changed": [
    {
      id: "FriendlyName",
      label: "Friendly name",
      summary: "How this server is called.",
      type: "text",
      default: "",
      value: "Reelay",
      hidden: false,
      advanced: false,
      group: "general",
    },
  ],
  "account.added": [{ accountId: 2, name: "Robin" }],
  "account.changed": [{ accountId: 2, name: "Robin", changed: ["name", "sections"] }],
  "account.removed": [{ accountId: 2, name: "Robin" }],
  "database.backed-up": [{ file: "/data/backups/reelay-20260101T020000Z.db", bytes: 4_096, durationMs: 12 }],
  "database.corrupted": [{ detail: "Tree 4 page 7: btreeInitPage() returns error code 11" }],
  "reachability.changed": [{ reachable: true, url: "http://203.0.113.7:32400" }],
  "device.appeared": [
    {
      clientIdentifier: "living-room",
      name: "Living room",
      platform: "Android",
      platformVersion: "14",
      product: "A Player",
      version: "1.0",
      device: "TV",
      model: "",
      vendor: "",
      accountId: 1,
      local: true,
      publicAddress: "203.0.113.9",
    },
  ],
  "session.started": [session, { ...session, playQueueItemID: 411_763, playQueueID: 21_343 }],
  "session.paused": [{ ...session, state: "paused", why: "reported" }],
  "session.resumed": [{ ...session, why: "reported" }],
  "session.stopped": [{ ...session, state: "stopped", why: "vanished" }],
  "session.failed": [{ ...session, state: "error", why: "reported" }],
  "session.scrobbled": [{ ...session, why: "position" }],
  "session.progressed": [{ ...session, state: "buffering", why: "buffering" }],
  "item.rated": [
    { rating: 8, item: { ...child, title }, account: session.account, player: session.player },
    { rating: null, item: { ...child, title }, account: session.account },
  ],
  "upstream.connected": [{ name: "nas", machineIdentifier: "abc", version: "1.40" }],
  "upstream.disconnected": [{ name: "nas", reason: "The connection was lost." }],
  "upstream.refused": [{ name: "nas", reason: "The token is not valid." }],
  "upstream.gap": [{ name: "nas", from: 1, to: 2, healed: 0, unasked: [] }],
  "upstream.notified": [{ type: "provider.content.change" }],
  "upstream.progressed": [{ type: "transcodeSession.update" }],
  "ondeck.entered": [{ item: { ...child, title }, account: session.account }],
};

function eventsOf(type: MediaEventType): MediaEvent[] {
  return facts[type].map(
    (told) =>
      ({
        id: "0190163d-8694-739b-aea5-966c26f8ad91",
        type,
        version: 1,
        time: 1_700_000_000_000,
        origin: "0".repeat(40),
        audience: { kind: "section", sectionId: 1 },
        subject: "item:42",
        facts: told,
      }) as MediaEvent,
  );
}

/** The payload as it stands on the wire. */
function payload(notification: Notification): Record<string, unknown> {
  const container: Record<string, unknown> = JSON.parse(encodeContainer(notification)).NotificationContainer;
  const [payload] = Object.values(container).filter(Array.isArray);
  return payload?.[0];
}

function told(type: MediaEventType): Record<string, unknown>[] {
  return eventsOf(type).flatMap((event) => {
    const notification = ownNotification(event);
    return notification === undefined ? [] : [payload(notification)];
  });
}

/** Known from clients that read it; in none of the captures. */
const extra = ["queueSize"];

/** Told by webhooks and the history only. */
const silent: readonly MediaEventType[] = [
  "item.arrived",
  "device.appeared",
  "database.backed-up",
  "database.corrupted",
  "session.scrobbled",
  "ondeck.entered",
  "upstream.connected",
  "upstream.disconnected",
  "upstream.refused",
  "upstream.gap",
  "upstream.notified",
  "upstream.progressed",
];
const types = (Object.keys(mediaEventTypes) as MediaEventType[]).filter((type) => !silent.includes(type));

test.each(silent)("%s becomes no notification", (type) => {
  expect(eventsOf(type).map(ownNotification)).toEqual(facts[type].map(() => undefined));
});

describe.each(types)("%s", (type) => {
  test.each(eventsOf(type))("becomes one notification of the captures' shape: $facts", (event) => {
    const notification = ownNotification(event);
    if (notification === undefined) throw new Error("nothing was told");
    const { evidence, fields } = notificationCatalogue[notification.type];
    if (evidence === "ours") {
      // No server was seen to send it: the catalogue is what there is to hold it to.
      expect(Object.keys(payload(notification))).toEqual(fields.map(({ name }) => name));
    } else {
      const shape = new URL(`../../../../test/shapes/notification.${notification.type}.json`, import.meta.url);
      expect(compareShape(payload(notification), JSON.parse(readFileSync(shape, "utf8")), { extra })).toEqual([]);
    }
    const parsed = parseContainer(encodeContainer(notification));
    // One event is one message: its position is the message's id, and a stream can be cut only between messages.
    expect(parsed).toMatchObject({ ok: true, value: [{ type: notification.type }] });
    expect(parsed.ok && parsed.value.every(isKnownNotification)).toBe(true);
  });

  test("becomes the same after the log has kept it", () => {
    for (const event of eventsOf(type)) {
      const read: MediaEvent = JSON.parse(JSON.stringify(event));
      expect(ownNotification(read)).toEqual(ownNotification(event));
    }
  });

  test("is among the families of a filter that lets it through, and only then", () => {
    for (const event of eventsOf(type)) {
      const own = ownNotification(event)?.type;
      const { family } = mediaEventTypes[event.type];
      expect(familiesOf((passing) => passing === own)).toContain(family);
      const others = types.filter((other) => mediaEventTypes[other].family === family);
      const ownTypes = new Set<string | undefined>(
        others.flatMap((other) => eventsOf(other).map((each) => ownNotification(each)?.type)),
      );
      expect(familiesOf((passing) => !ownTypes.has(passing))).not.toContain(family);
    }
  });
});

test("a new item is told as 0, 1 to 4, 5 with a mediaState, and one bare 5; a deleted one as 9", () => {
  const states = (type: MediaEventType) =>
    told(type).map(({ state, metadataState, mediaState }) => [state, metadataState ?? mediaState ?? "bare"]);
  expect(states("item.created")[0]).toEqual([0, "created"]);
  expect(states("item.processing")).toEqual([
    [1, "processing"],
    [2, "processing"],
    [3, "processing"],
    [4, "loading"],
  ]);
  expect(states("item.analyzing")).toEqual([
    [5, "analyzing"],
    [5, "thumbnailing"],
  ]);
  expect(states("item.ready")).toEqual([[5, "bare"]]);
  expect(states("item.updated")).toEqual([[5, "bare"]]);
  expect(states("item.deleted")[0]).toEqual([9, "deleted"]);
});

test("an account's end is told with its name, its changes without what changed", () => {
  expect(
    ["account.added", "account.changed", "account.removed"].map((type) => told(type as MediaEventType)[0]),
  ).toEqual([
    { event: "created", accountID: 2, title: "Robin" },
    { event: "updated", accountID: 2, title: "Robin" },
    { event: "deleted", accountID: 2, title: "Robin" },
  ]);
});

test("a session is told with its keys as text, its place as a number, and no transcoding", () => {
  expect(told("session.started")[1]).toEqual({
    sessionKey: "29",
    clientIdentifier: "ytgcp5ywyn8xzsyp6yybukey",
    guid: "",
    ratingKey: "42",
    url: "",
    key: "/library/metadata/42",
    viewOffset: 154_000,
    playQueueItemID: 411_763,
    playQueueID: 21_343,
    state: "playing",
  });
  const states = ["paused", "resumed", "stopped", "failed", "progressed"].map(
    (end) => told(`session.${end}` as MediaEventType)[0]?.state,
  );
  expect(states).toEqual(["paused", "playing", "stopped", "error", "buffering"]);
});

test("a rating is told as a change of its item", () => {
  expect(told("item.rated")[0]).toMatchObject({ itemID: "42", title, state: 5 });
});

test("ids are texts, parents are told of children that come and go", () => {
  expect(told("item.created")[1]).toMatchObject({ sectionID: "1", itemID: "42", parentItemID: "41", rootItemID: "40" });
  expect(told("item.deleted")[1]).toMatchObject({ parentItemID: "41", rootItemID: "40" });
  expect(told("item.created")[0]).not.toHaveProperty("parentItemID");
});

test("an activity is told by its event, its context only when there is one", () => {
  expect(told("activity.started")[0]).toMatchObject({ event: "started", uuid: activity.uuid });
  expect(told("activity.started")[0]?.Activity).not.toHaveProperty("Context");
  expect(told("activity.updated")[0]).toMatchObject({ event: "updated", Activity: { Context: context } });
  expect(told("activity.ended")[0]).toMatchObject({ event: "ended", Activity: { progress: 100 } });
});
