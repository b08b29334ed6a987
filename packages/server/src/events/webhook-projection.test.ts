import { type WebhookEventName, webhookEventNames, webhookEvents } from "@reelay/protocol";
import { describe, expect, test } from "vitest";
import type { MediaEvent } from "./media-event.ts";
import type { ItemSnapshot } from "./snapshots.ts";
import { causes, MEMBER, OWNER } from "./testing/webhook-causes.ts";
import { webhookPayload } from "./webhook-projection.ts";
import type { WebhookTold } from "./webhook-told.ts";

const server = { title: "Attic", uuid: "54664a3d8acc39983675640ec9ce00b70af9cc36" };
const own = { id: OWNER, title: "Kim", thumb: "https://example.org/kim.png" };
const snapshot: ItemSnapshot = {
  metadata: {
    ...{
      librarySectionType: "show",
      ratingKey: "42",
      key: "/library/metadata/42",
      type: "episode",
      title: "Low Water",
    },
    ...{
      librarySectionID: 7,
      summary: "",
      index: 3,
      parentIndex: 1,
      userRating: 9,
      viewCount: 2,
      lastViewedAt: 1_600_000_000,
    },
    ...{
      year: 2019,
      thumb: "/library/metadata/42/thumb/1700000000",
      duration: 1_320_000,
      Genre: [],
      Media: [{ id: 1 }],
    },
  },
  thumb: "3f2a",
};

function cause(name: WebhookEventName, by: "owner" | "member" = "owner"): MediaEvent {
  const [event] = causes[name][by] ?? [];
  if (event === undefined) throw new Error(`${name} has no cause by the ${by}`);
  return event;
}

function payload(
  name: WebhookEventName,
  event = cause(name),
  told: Partial<WebhookTold> = {},
  of: ItemSnapshot | null = snapshot,
) {
  const telling: WebhookTold = { name, user: true, owner: true, account: "cause", ...told };
  return webhookPayload(event, of ?? undefined, telling, { server, own });
}

const top = (name: WebhookEventName) => [
  ...(name === "media.rate" ? ["rating"] : []),
  ...["event", "user", "owner", "Account", "Server"],
  ...(webhookEvents[name].player ? ["Player"] : []),
  ...(webhookEvents[name].metadata ? ["Metadata"] : []),
];

describe.each(webhookEventNames)("the payload of %s", (name) => {
  const event = cause(name, name === "playback.started" ? "member" : "owner");

  test("has the parts that the event has, in Plex's order, and no others", () => {
    const { Account, Server, ...rest } = payload(name, event);
    expect(Object.keys(payload(name, event))).toEqual(top(name));
    expect(rest).toMatchObject({ event: name, user: true, owner: true });
    expect(Object.keys(Server)).toEqual(["title", "uuid"]);
    expect(Account.title).toBe(name === "playback.started" ? "Robin" : "Kim");
  });

  test("is the same text each time", () => {
    expect(JSON.stringify(payload(name, event))).toBe(JSON.stringify(payload(name, event)));
  });
});

test("a player is what Plex shows of it", () => {
  const player = { local: true, publicAddress: "203.0.113.9", title: "Living Room TV", uuid: "tv-1" };
  expect(JSON.stringify(payload("media.play").Player)).toBe(JSON.stringify(player));
});

test("a new device without a name is called what it is", () => {
  expect(payload("device.new").Player).toEqual({
    local: false,
    publicAddress: "198.51.100.4",
    title: "Pixel",
    uuid: "phone-9",
  });
});

test("the rating of media.rate is a number, also zero, and there is no player where none asked", () => {
  const [asked, unnamed] = causes["media.rate"].owner ?? [];
  expect(JSON.stringify(payload("media.rate", asked))).toMatch(/^\{"rating":8,"event":"media.rate",/);
  expect(payload("media.rate", unnamed)).toMatchObject({ rating: 0 });
  expect(payload("media.rate", unnamed)).not.toHaveProperty("Player");
});

describe("Account", () => {
  const told: WebhookTold = { name: "media.play", user: false, owner: true, account: "cause" };
  const event = cause("media.play", "member");
  const accountOf = (one: MediaEvent) => webhookPayload(one, snapshot, told, { server, own }).Account;

  test("is who caused it, as they were called then", () => {
    expect(accountOf(event)).toEqual({ id: MEMBER, title: "Robin" });
  });

  test("has the avatar, between id and name, if that is known", () => {
    if (event.type !== "session.started") throw new Error("no start");
    const thumb = "https://example.org/robin.png";
    const pictured = { ...event, facts: { ...event.facts, account: { ...event.facts.account, thumb } } };
    expect(JSON.stringify(accountOf(pictured))).toBe(JSON.stringify({ id: MEMBER, thumb, title: "Robin" }));
    expect(payload("media.play").Account).toEqual(own);
  });

  test("has no avatar that lies on this server, where receivers cannot fetch it", () => {
    if (event.type !== "session.started") throw new Error("no start");
    const account = { ...event.facts.account, thumb: "/accounts/2/avatar?c=1" };
    expect(accountOf({ ...event, facts: { ...event.facts, account } })).toEqual({ id: MEMBER, title: "Robin" });
  });

  test("is the hook's own for what nobody caused", () => {
    const told = { account: "own", user: true, owner: false } as const;
    expect(payload("library.new", undefined, told).Account).toEqual(own);
  });
});

describe("Metadata", () => {
  const keys = (name: WebhookEventName, event?: MediaEvent) => Object.keys(payload(name, event).Metadata ?? {});

  test("has no Media and no empty lists", () => {
    expect(keys("media.pause")).not.toContain("Media");
    expect(keys("media.pause")).not.toContain("Genre");
  });

  test("has the position of the event at its place", () => {
    expect(payload("media.pause").Metadata).toMatchObject({ viewOffset: 154_000 });
    expect(payload("media.scrobble").Metadata, "as in captures").not.toHaveProperty("viewOffset");
    expect(keys("media.pause").slice(8, 12)).toEqual(["parentIndex", "userRating", "viewOffset", "viewCount"]);
  });

  test("has no position at the beginning, whatever is stored", () => {
    const stored = { ...snapshot, metadata: { ...snapshot.metadata, viewOffset: 99 } };
    expect(payload("media.play", undefined, {}, stored).Metadata).not.toHaveProperty("viewOffset");
  });

  test("keeps what is stored where no playback is told", () => {
    const stored = { ...snapshot, metadata: { ...snapshot.metadata, viewOffset: 99 } };
    expect(payload("library.on.deck", undefined, {}, stored).Metadata).toHaveProperty("viewOffset", 99);
  });

  test("of playback.started shows the owner nothing of what a member has seen", () => {
    expect(keys("playback.started", cause("playback.started", "member"))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(view|last|userRating)/)]),
    );
  });

  test("and Player are left out where an upstream could not be asked", () => {
    const event = cause("media.play");
    if (event.type !== "session.started") throw new Error("no start");
    const unknown = { ...event, facts: { ...event.facts, unknown: ["item", "player"] as const } };
    expect(Object.keys(payload("media.play", unknown))).toEqual(["event", "user", "owner", "Account", "Server"]);
  });

  test("without a snapshot is what the event knows", () => {
    for (const name of ["media.play", "library.new", "library.on.deck"] as const)
      expect(payload(name, undefined, {}, null).Metadata).toEqual({
        ...{ librarySectionType: "show", ratingKey: "42", key: "/library/metadata/42", parentRatingKey: "41" },
        ...{ grandparentRatingKey: "40", type: "episode", title: "Low Water", librarySectionID: 7 },
        ...{ librarySectionKey: "/library/sections/7", updatedAt: 1_700_000_000 },
      });
  });
});
