import { beforeEach, describe, expect, test } from "vitest";
import { toNotification } from "../events/index.ts";
import { nameKey } from "./account.ts";
import { type AccountsRig, accountsRig } from "./testing.ts";

let rig: AccountsRig;
beforeEach(async () => {
  rig = await accountsRig();
  return () => rig.close();
});

const sections = (...ids: number[]) => new Set(ids);

test("the owner is made once and has all rights; an unknown account has none", async () => {
  await rig.restart();
  expect(rig.accounts.list()).toEqual([expect.objectContaining({ id: 1, name: "Owner", sections: "all" })]);
  expect(rig.accounts.rightsOf(1)).toEqual({ accountId: 1, admin: true, sections: "all" });
  expect(() => rig.accounts.rightsOf(2)).toThrow(expect.objectContaining({ code: "REELAY_NOT_FOUND" }));
});

test("an account may use the sections that it was given, also after a restart", async () => {
  const robin = await rig.accounts.add({ name: "Robin", sections: sections(2, 1) });
  const kim = await rig.accounts.add({ name: "Kim", sections: "all" });
  const lee = await rig.accounts.add({ name: "Lee" });
  for (const _start of ["this one", "the next one"]) {
    expect(rig.accounts.rightsOf(robin.id)).toEqual({ accountId: robin.id, admin: false, sections: sections(1, 2) });
    expect(rig.accounts.rightsOf(kim.id)).toEqual({ accountId: kim.id, admin: false, sections: "all" });
    expect(rig.accounts.rightsOf(lee.id).sections).toEqual(sections());
    await rig.restart();
  }
});

test("the id of a removed account is never given again: old events are addressed to it", async () => {
  const { id } = await rig.accounts.add({ name: "Robin" });
  await rig.accounts.remove(id);
  await rig.restart();
  expect((await rig.accounts.add({ name: "Robin" })).id).toBeGreaterThan(id);
});

test("being added, changed and removed is told to the owner; what changes nothing is not", async () => {
  const { id } = await rig.accounts.add({ name: "Robin" });
  await rig.accounts.change(id, { name: "Robyn", sections: sections(1) });
  await rig.accounts.change(id, { name: "Robyn", sections: sections(1), avatar: null });
  await rig.accounts.remove(id);
  const events = await rig.events();
  expect(events.map(({ type, facts }) => [type, facts])).toEqual([
    ["account.added", { accountId: id, name: "Robin" }],
    ["account.changed", { accountId: id, name: "Robyn", changed: ["name", "sections"] }],
    ["account.removed", { accountId: id, name: "Robyn" }],
  ]);
  expect(events.map((event) => event.audience)).toEqual(events.map(() => ({ kind: "admins" })));
  expect(events.map((event) => toNotification(event)?.entry)).toEqual([
    { event: "created", accountID: id, title: "Robin" },
    { event: "updated", accountID: id, title: "Robyn" },
    { event: "deleted", accountID: id, title: "Robyn" },
  ]);
});

describe("a name", () => {
  test.each(["robin", "ROBIN", "Ｒobin"])("Robin is not given again as %s", async (name) => {
    const { id } = await rig.accounts.add({ name: "Robin" });
    await expect(rig.accounts.add({ name })).rejects.toMatchObject({ code: "REELAY_INVALID_PARAMETER" });
    const kim = await rig.accounts.add({ name: "Kim" });
    await expect(rig.accounts.change(kim.id, { name, sections: "all" })).rejects.toMatchObject({
      detail: "name: there is an account Robin already.",
    });
    // All or nothing.
    expect(rig.accounts.get(kim.id)).toEqual(kim);
    expect((await rig.accounts.change(id, { name })).name).toBe(name);
  });

  test("of a removed account is free", async () => {
    const { id } = await rig.accounts.add({ name: "Robin" });
    await rig.accounts.remove(id);
    await rig.accounts.add({ name: "Robin" });
  });

  test("is compared by what is seen of it", () => {
    expect(nameKey("Jörg")).toBe(nameKey("JO\u0308RG"));
    expect(nameKey("Jörg")).not.toBe(nameKey("Jorg"));
  });
});

test("the owner stays: with all sections, under any name", async () => {
  await expect(rig.accounts.remove(1)).rejects.toMatchObject({ code: "REELAY_INVALID_PARAMETER" });
  await expect(rig.accounts.change(1, { sections: sections(1) })).rejects.toMatchObject({
    code: "REELAY_INVALID_PARAMETER",
  });
  expect((await rig.accounts.change(1, { name: "Anna" })).name).toBe("Anna");
  await rig.restart();
  expect(rig.accounts.get(1).name).toBe("Anna");
});

test("other rights hold at once for tokens in use, and those who hold streams open are told", async () => {
  const { id } = await rig.accounts.add({ name: "Robin", sections: sections(1) });
  const { token } = await rig.accounts.tokens.create(id, "phone");
  const before = rig.accounts.tokens.authenticate(token);
  const told: unknown[] = [];
  rig.accounts.onRights((accountId, rights) => told.push([accountId, rights]));
  await rig.accounts.change(id, { name: "Robyn" });
  expect(told).toEqual([]);
  await rig.accounts.change(id, { sections: sections(2) });
  expect(told).toEqual([[id, { accountId: id, admin: false, sections: sections(2) }]]);
  expect(rig.accounts.tokens.authenticate(token)?.sections).toEqual(sections(2));
  if (before === undefined) throw new Error("the token was not known");
  expect(rig.accounts.tokens.current(before)?.sections).toEqual(sections(2));
});

test("a removed account's tokens are refused at once, and each is told as revoked", async () => {
  const { id } = await rig.accounts.add({ name: "Robin", sections: "all" });
  const made = [await rig.accounts.tokens.create(id, "phone"), await rig.accounts.tokens.create(id, "phone")];
  const owners = await rig.accounts.tokens.create(1, "mine");
  const revoked: string[] = [];
  rig.accounts.tokens.onRevoked(({ tokenId }) => revoked.push(tokenId));
  await rig.accounts.remove(id);
  expect(revoked.sort()).toEqual(made.map(({ info }) => info.id).sort());
  for (const _start of ["this one", "the next one"]) {
    expect(made.map(({ token }) => rig.accounts.tokens.authenticate(token))).toEqual([undefined, undefined]);
    expect(rig.accounts.tokens.authenticate(owners.token)?.admin).toBe(true);
    await rig.restart();
  }
  await expect(rig.accounts.tokens.create(id, "again")).rejects.toMatchObject({ code: "REELAY_NOT_FOUND" });
  await expect(rig.accounts.change(id, { name: "x" })).rejects.toMatchObject({ code: "REELAY_NOT_FOUND" });
  await expect(rig.accounts.remove(id)).rejects.toMatchObject({ code: "REELAY_NOT_FOUND" });
});

test("changed and removed in one turn, an account is gone", async () => {
  const { id } = await rig.accounts.add({ name: "Robin", sections: sections(1) });
  const { token } = await rig.accounts.tokens.create(id, "phone");
  await Promise.all([rig.accounts.change(id, { sections: "all" }), rig.accounts.remove(id)]);
  expect(rig.accounts.tokens.authenticate(token)).toBeUndefined();
  expect(rig.accounts.list().map((account) => account.id)).toEqual([1]);
});

test("a database from before there were other accounts keeps its owner and tokens", async () => {
  const { token } = await rig.accounts.tokens.create(1, "phone");
  await rig.rewind(2);
  await rig.restart();
  expect(rig.accounts.list().map(({ id, name, sections }) => [id, name, sections])).toEqual([[1, "Owner", "all"]]);
  expect(rig.accounts.tokens.authenticate(token)?.admin).toBe(true);
});
