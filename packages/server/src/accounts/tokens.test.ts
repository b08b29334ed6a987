import { readFile } from "node:fs/promises";
import { beforeEach, expect, test } from "vitest";
import type { Viewer } from "../http/index.ts";
import { type AccountsRig, accountsRig } from "./testing.ts";

let rig: AccountsRig;
beforeEach(async () => {
  rig = await accountsRig();
  return () => rig.close();
});

/** What is on the disk, after all units of work before it. */
async function lastUsed(): Promise<readonly unknown[]> {
  await rig.database.transaction(() => undefined);
  return rig.database.read.all("SELECT last_used_at FROM tokens").map((row) => row.last_used_at);
}

test("a token is its account's, also after a restart, and is not on the disk", async () => {
  const { token, info } = await rig.accounts.tokens.create(1, "phone");
  expect(Buffer.from(token, "base64url")).toHaveLength(32);
  const owner = { accountId: 1, admin: true, sections: "all", tokenId: info.id, tokenName: "phone" };
  expect(rig.accounts.tokens.authenticate(token)).toEqual(owner);
  const { id } = await rig.accounts.add({ name: "Robin", sections: new Set([3]) });
  const robins = await rig.accounts.tokens.create(id, "phone");
  await rig.restart();
  expect((await readFile(rig.path)).includes(token)).toBe(false);
  expect(rig.accounts.tokens.authenticate(token)).toEqual(owner);
  expect(rig.accounts.tokens.authenticate(robins.token)).toEqual({
    accountId: id,
    admin: false,
    sections: new Set([3]),
    tokenId: robins.info.id,
    tokenName: "phone",
  });
  expect(rig.accounts.tokens.list(1)).toEqual([{ ...info, lastUsedAt: rig.clock.now() }]);
  expect(new Set(rig.accounts.tokens.list().map((each) => each.accountId))).toEqual(new Set([1, id]));
});

test.each(["", "x", "a".repeat(43), "' OR 1=1 --"])("the token %j is nobody's", async (token) => {
  await rig.accounts.tokens.create(1, "phone");
  expect(rig.accounts.tokens.authenticate(token)).toBeUndefined();
});

test("a revoked token is refused at once and after a restart; one of the same name stays", async () => {
  const first = await rig.accounts.tokens.create(1, "phone");
  const second = await rig.accounts.tokens.create(1, "phone");
  const viewer = rig.accounts.tokens.authenticate(first.token);
  const told: Viewer[] = [];
  rig.accounts.tokens.onRevoked((revoked) => told.push(revoked));
  await rig.accounts.tokens.revoke(first.info.id);
  expect(told).toEqual([viewer]);
  for (const _start of ["this one", "the next one"]) {
    expect(rig.accounts.tokens.authenticate(first.token)).toBeUndefined();
    expect(rig.accounts.tokens.authenticate(second.token)?.tokenName).toBe("phone");
    await expect(rig.accounts.tokens.revoke(first.info.id)).rejects.toMatchObject({ code: "REELAY_NOT_FOUND" });
    await rig.restart();
  }
});

test("one account's token is not another's to revoke", async () => {
  const { id } = await rig.accounts.add({ name: "Robin" });
  const { token, info } = await rig.accounts.tokens.create(1, "phone");
  await expect(rig.accounts.tokens.revoke(info.id, id)).rejects.toMatchObject({ code: "REELAY_NOT_FOUND" });
  expect(rig.accounts.tokens.authenticate(token)?.accountId).toBe(1);
  await rig.accounts.tokens.revoke(info.id, 1);
});

test("an accepted token works until the restart and is neither stored, listed nor revoked", async () => {
  const { tokens } = rig.accounts;
  tokens.accept("from the settings", 1, "settings");
  const viewer = tokens.authenticate("from the settings");
  expect(viewer?.admin).toBe(true);
  expect([tokens.list(), await lastUsed()]).toEqual([[], []]);
  await expect(tokens.revoke(viewer?.tokenId ?? "")).rejects.toMatchObject({ code: "REELAY_NOT_FOUND" });
  await rig.restart();
  expect(rig.accounts.tokens.authenticate("from the settings")).toBeUndefined();
});

test("its last use is written at most once a minute, also when the clock is set back", async () => {
  const { token } = await rig.accounts.tokens.create(1, "phone");
  expect(await lastUsed()).toEqual([null]);
  const first = rig.clock.now();
  rig.accounts.tokens.authenticate(token);
  rig.clock.advance(59_999);
  rig.accounts.tokens.authenticate(token);
  expect(await lastUsed()).toEqual([first]);
  rig.clock.advance(1);
  rig.accounts.tokens.authenticate(token);
  expect(await lastUsed()).toEqual([first + 60_000]);
  rig.clock.advance(-3_600_000);
  rig.accounts.tokens.authenticate(token);
  expect(await lastUsed()).toEqual([first + 60_000 - 3_600_000]);
});
