import { type WebhookEventName, webhookEventNames } from "@reelay/protocol";
import { describe, expect, test } from "vitest";
import { type Audience, maySee, type Rights } from "./rights.ts";
import { causes, MEMBER, OWNER, SECTION } from "./testing/webhook-causes.ts";
import { type WebhookTold, webhookNamesOf, webhookTold } from "./webhook-told.ts";

/** Whose hooks there are. The member may use the section; so may one other, and one not. */
const accounts: Readonly<Record<string, Rights>> = {
  owner: { accountId: OWNER, admin: true, sections: "all" },
  member: { accountId: MEMBER, admin: false, sections: new Set([SECTION]) },
  other: { accountId: 3, admin: false, sections: new Set([SECTION]) },
  outsider: { accountId: 4, admin: false, sections: new Set([SECTION + 1]) },
};

function toldTo(rights: Rights, event: Parameters<typeof webhookTold>[0]): readonly WebhookTold[] {
  return webhookTold(event, {
    accountId: rights.accountId,
    isOwner: rights.admin,
    maySee: (audience: Audience) => maySee(rights, audience),
  });
}

/** Who is told by `user owner Account`; `T` and `F` for the flags. */
type Expected = Readonly<Partial<Record<keyof typeof accounts, string>>>;

const byOwner: Expected = { owner: "T T cause" };
const byMember: Expected = { owner: "F T cause", member: "T F cause" };
const toOwner: Expected = { owner: "T T own" };

const table: Readonly<Record<WebhookEventName, { readonly owner?: Expected; readonly member?: Expected }>> = {
  "media.play": { owner: byOwner, member: byMember },
  "media.pause": { owner: byOwner, member: byMember },
  "media.resume": { owner: byOwner, member: byMember },
  "media.stop": { owner: byOwner, member: byMember },
  "media.scrobble": { owner: byOwner, member: byMember },
  "media.rate": { owner: byOwner, member: byMember },
  "playback.started": { owner: {}, member: { owner: "F T cause" } },
  "library.new": { owner: { owner: "T T own", member: "T F own", other: "T F own" } },
  "library.on.deck": { owner: byOwner, member: { member: "T F cause" } },
  "admin.database.backup": { owner: toOwner },
  "admin.database.corrupted": { owner: toOwner },
  "device.new": { owner: toOwner, member: toOwner },
};

describe.each(webhookEventNames)("%s", (name) => {
  const events = (["owner", "member"] as const).flatMap((by) =>
    (causes[name][by] ?? []).map((event) => ({ by, event, expected: table[name][by] ?? {}, type: event.type })),
  );

  test("has a cause", () => {
    expect(events).not.toEqual([]);
    for (const { event } of events) expect(webhookNamesOf(event)).toContain(name);
  });

  test.each(events)("of the $by's $type is told to whom the table says, with its flags", ({ event, expected }) => {
    const told = Object.entries(accounts).flatMap(([who, rights]) => {
      const [one, ...more] = toldTo(rights, event).filter((telling) => telling.name === name);
      expect(more).toEqual([]);
      return one ? [[who, `${flag(one.user)} ${flag(one.owner)} ${one.account}`]] : [];
    });
    expect(Object.fromEntries(told)).toEqual(expected);
  });
});

test("an owner gets media.play and playback.started of a member's start", () => {
  const [start] = causes["media.play"].member ?? [];
  if (start === undefined || accounts.owner === undefined) throw new Error("no start");
  expect(toldTo(accounts.owner, start).map(({ name }) => name)).toEqual(["media.play", "playback.started"]);
});

test("what lost the section is not told to an account any more", () => {
  for (const event of causes["library.new"].owner ?? [])
    expect(toldTo({ accountId: MEMBER, admin: false, sections: new Set() }, event)).toEqual([]);
});

test("what an upstream's account did that has none here is told to the owner as of somebody else", () => {
  const [start] = causes["media.play"].owner ?? [];
  if (start === undefined || accounts.owner === undefined) throw new Error("no start");
  const foreign = { ...start, audience: { kind: "admins" } } as typeof start;
  expect(toldTo(accounts.owner, foreign).map(({ name, user }) => [name, user])).toEqual([
    ["media.play", false],
    ["playback.started", false],
  ]);
});

test("a rating that is taken away is no webhook", () => {
  const [rated] = causes["media.rate"].owner ?? [];
  if (rated?.type !== "item.rated") throw new Error("no rating");
  expect(webhookNamesOf({ ...rated, facts: { ...rated.facts, rating: null } })).toEqual([]);
});

function flag(value: boolean): string {
  return value ? "T" : "F";
}
