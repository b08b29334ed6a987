import { describe, expect, test } from "vitest";
import { type Audience, audienceText, maySee, parseAudience, type Rights, rightsKey } from "./rights.ts";

const accounts: Readonly<Record<string, Rights>> = {
  owner: { accountId: 1, admin: true, sections: "all" },
  guest: { accountId: 2, admin: false, sections: new Set([1]) },
  friend: { accountId: 3, admin: false, sections: "all" },
  nobody: { accountId: 4, admin: false, sections: new Set() },
  // Of upstreams only: one section of `nas`, all of `attic`.
  visitor: {
    ...{ accountId: 5, admin: false, sections: new Set<number>() },
    upstreams: new Map<string, "all" | ReadonlySet<number>>([
      ["nas", new Set([2])],
      ["attic", "all"],
    ]),
  },
};

const audiences: readonly [Audience, readonly string[]][] = [
  [{ kind: "section", sectionId: 1 }, ["owner", "guest", "friend"]],
  [{ kind: "section", sectionId: 2 }, ["owner", "friend"]],
  // Sections of an upstream have numbers of their own: «all» of this server are none of them.
  [{ kind: "section", sectionId: 1, origin: "nas" }, ["owner"]],
  [{ kind: "section", sectionId: 2, origin: "nas" }, ["owner", "visitor"]],
  [{ kind: "section", sectionId: 1, origin: "attic" }, ["owner", "visitor"]],
  [{ kind: "section", sectionId: 1, origin: "cellar" }, ["owner"]],
  [{ kind: "account", accountId: 1 }, ["owner"]],
  [{ kind: "account", accountId: 2 }, ["owner", "guest"]],
  [{ kind: "account", accountId: 4 }, ["owner", "nobody"]],
  [{ kind: "admins" }, ["owner"]],
];

describe.each(audiences)("an event for %j", (audience, seenBy) => {
  test.each(Object.entries(accounts))("as %s", (name, rights) => {
    expect(maySee(rights, audience)).toBe(seenBy.includes(name));
  });

  test("is written and read back", () => expect(parseAudience(audienceText(audience))).toEqual(audience));
});

test.each([
  "",
  "admin",
  "section:",
  "section:x",
  "section:1:2",
  "section:-1",
  "section:0x1",
  "account: 1",
  "admins ",
  "section:1@",
  "section:1@a b",
  "account:1@nas",
])("refuses %j as an audience", (text) => expect(() => parseAudience(text)).toThrow(RangeError));

test("accounts share a key only if they see the same", () => {
  expect(rightsKey({ accountId: 2, admin: false, sections: new Set([2, 1]) })).toBe(
    rightsKey({ accountId: 2, admin: false, sections: new Set([1, 2]) }),
  );
  const keys = Object.values(accounts).map(rightsKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(rightsKey({ accountId: 9, admin: true, sections: new Set() })).toBe("admin");
});
