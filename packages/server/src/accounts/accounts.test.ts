import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGate, createHttp, type Viewer } from "../http/index.ts";
import { Database, shippedMigrations } from "../storage/index.ts";
import { createLogger, ManualClock } from "../support/index.ts";
import { Accounts, accountRoutes } from "./index.ts";

const log = createLogger("silent");
let folder: string;
let clock: ManualClock;
let database: Database;
let accounts: Accounts;

async function open(): Promise<void> {
  database = Database.open(join(folder, "reelay.db"), { migrations: shippedMigrations(), log });
  accounts = await Accounts.open({ database, clock, log });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelay-accounts-"));
  clock = new ManualClock();
  await open();
});
afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

/** What is on the disk, after all units of work before it. */
async function lastUsed(): Promise<readonly unknown[]> {
  await database.transaction(() => undefined);
  return database.read.all("SELECT last_used_at FROM tokens").map((row) => row.last_used_at);
}

test("a token is the owner's, also after a restart, and is not on the disk", async () => {
  const { token, info } = await accounts.createToken("phone");
  expect(Buffer.from(token, "base64url")).toHaveLength(32);
  const owner = { accountId: 1, admin: true, sections: "all", tokenId: info.id, tokenName: "phone" };
  expect(accounts.authenticate(token)).toEqual(owner);
  await database.close();
  expect((await readFile(join(folder, "reelay.db"))).includes(token)).toBe(false);
  await open();
  expect(accounts.authenticate(token)).toEqual(owner);
  expect(accounts.list()).toEqual([{ ...info, lastUsedAt: clock.now() }]);
});

test.each(["", "x", "a".repeat(43), "' OR 1=1 --"])("the token %j is nobody's", async (token) => {
  await accounts.createToken("phone");
  expect(accounts.authenticate(token)).toBeUndefined();
});

test("a revoked token is refused at once and after a restart; the others stay, listeners learn whose it was", async () => {
  const first = await accounts.createToken("first");
  const second = await accounts.createToken("second");
  const viewer = accounts.authenticate(first.token);
  const told: Viewer[] = [];
  accounts.onRevoked((revoked) => told.push(revoked));
  await accounts.revoke(first.info.id);
  expect(told[0]).toBe(viewer);
  for (const _start of ["this one", "the next one"]) {
    expect(accounts.authenticate(first.token)).toBeUndefined();
    expect(accounts.authenticate(second.token)?.tokenName).toBe("second");
    await expect(accounts.revoke(first.info.id)).rejects.toMatchObject({ code: "REELAY_NOT_FOUND" });
    await database.close();
    await open();
  }
});

test("an accepted token works until the restart and is neither stored nor listed", async () => {
  accounts.accept("from the settings", "settings");
  expect(accounts.authenticate("from the settings")?.admin).toBe(true);
  expect([accounts.list(), await lastUsed()]).toEqual([[], []]);
  await database.close();
  await open();
  expect(accounts.authenticate("from the settings")).toBeUndefined();
});

test("its last use is written at most once a minute", async () => {
  const { token } = await accounts.createToken("phone");
  expect(await lastUsed()).toEqual([null]);
  const first = clock.now();
  accounts.authenticate(token);
  clock.advance(59_999);
  accounts.authenticate(token);
  expect(await lastUsed()).toEqual([first]);
  clock.advance(1);
  accounts.authenticate(token);
  expect(await lastUsed()).toEqual([first + 60_000]);
});

test("the owner is made once and has all rights; an unknown account has none", async () => {
  await Accounts.open({ database, clock, log });
  expect(database.read.all("SELECT id FROM accounts")).toEqual([{ id: 1 }]);
  expect(accounts.rightsOf(1)).toEqual({ accountId: 1, admin: true, sections: "all" });
  expect(() => accounts.rightsOf(2)).toThrow(expect.objectContaining({ code: "REELAY_NOT_FOUND" }));
});

test("the owner makes, lists and revokes tokens by the API; bad input and others are refused", async () => {
  accounts.accept("local", "local");
  const guest: Viewer = { accountId: 2, admin: false, sections: new Set(), tokenId: "2", tokenName: "guest" };
  const gate = createGate({ authenticate: (token) => (token === "guest" ? guest : accounts.authenticate(token)) });
  await using app = createHttp({ gate, log });
  app.register(accountRoutes, { accounts });
  const ask = (method: "GET" | "POST" | "DELETE", url: string, payload?: object, token = "local") =>
    app.inject({ method, url, headers: { "x-plex-token": token }, ...(payload === undefined ? {} : { payload }) });

  const made = await ask("POST", "/api/v1/tokens", { name: " phone " });
  expect([made.statusCode, made.headers["cache-control"]]).toEqual([201, "no-store"]);
  const { token, id } = made.json();
  const list = await ask("GET", "/api/v1/tokens", undefined, token);
  expect(list.json()).toEqual({ tokens: [expect.objectContaining({ id, name: "phone", accountId: 1 })] });
  expect(list.body).not.toContain(token);

  for (const body of [{}, { name: "" }, { name: "x".repeat(101) }, { name: "x", admin: true }, []]) {
    expect((await ask("POST", "/api/v1/tokens", body)).headers["x-reelay-error"]).toBe("REELAY_INVALID_PARAMETER");
  }
  for (const [method, url] of [
    ["GET", "/api/v1/tokens"],
    ["POST", "/api/v1/tokens"],
    ["DELETE", `/api/v1/tokens/${id}`],
  ] as const) {
    expect((await ask(method, url, undefined, "guest")).statusCode).toBe(403);
  }
  expect((await ask("DELETE", "/api/v1/tokens/nonsense")).statusCode).toBe(400);
  expect((await ask("DELETE", `/api/v1/tokens/${id}`)).statusCode).toBe(204);
  expect((await ask("DELETE", `/api/v1/tokens/${id}`)).statusCode).toBe(404);
  expect((await ask("GET", "/api/v1/tokens", undefined, token)).statusCode).toBe(401);
});
