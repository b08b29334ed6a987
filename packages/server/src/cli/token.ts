import { join } from "node:path";
import { z } from "zod";
import { Accounts, OWNER_ID } from "../accounts/index.ts";
import { Outbox } from "../events/index.ts";
import { openIdentity } from "../identity/index.ts";
import { Database, shippedMigrations } from "../storage/index.ts";
import { createLogger, harmless, ReelayError, systemClock } from "../support/index.ts";
import { accountsOf, findAccount } from "./accounts-lookup.ts";
import { ask, type ConnectArguments, ServerFinder } from "./api.ts";
import { lockDataFolder } from "./data-lock.ts";
import { inColumns, minute } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface AccountArguments extends ConnectArguments {
  /** Name or id. */
  readonly account?: string | undefined;
}

export interface NewTokenArguments extends AccountArguments {
  readonly name: string;
}

const made = z.object({ token: z.string() });
const listed = z.object({
  tokens: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      accountId: z.number(),
      createdAt: z.number(),
      lastUsedAt: z.number().optional(),
    }),
  ),
});

/** Prints a new token, alone on standard output so that a script can take it. */
export async function newToken({ name, account, ...connect }: NewTokenArguments, terminal: Terminal): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const { token, whose } =
    (await byServer(finder, name, account, connect.url === undefined)) ??
    (await inDataFolder(finder.dataDir, name, account));
  terminal.complain(`A new token of ${harmless(whose)}, shown only this once:`);
  terminal.print(token);
  return 0;
}

export async function listTokens({ account, ...connect }: AccountArguments, terminal: Terminal): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const accounts = await accountsOf(finder);
  const one = account === undefined ? undefined : findAccount(accounts, account).id;
  const path = one === undefined ? "/api/v1/tokens" : `/api/v1/accounts/${one}/tokens`;
  const { tokens } = await ask(finder, { path }, listed);
  const rows = tokens.map(({ id, name, accountId, lastUsedAt }) => [
    id,
    accounts.find((each) => each.id === accountId)?.name ?? String(accountId),
    name,
    lastUsedAt === undefined ? "never used" : `last used ${minute(lastUsedAt)}`,
  ]);
  for (const line of inColumns(rows)) terminal.print(line);
  return 0;
}

export async function revokeToken(
  { id, ...connect }: ConnectArguments & { readonly id: string },
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  await ask(finder, { method: "DELETE", path: `/api/v1/tokens/${encodeURIComponent(id)}` }, z.undefined());
  terminal.print(`The token ${harmless(id)} is revoked.`);
  return 0;
}

interface Made {
  readonly token: string;
  readonly whose: string;
}

/** Undefined if nothing answers and `mayBeGone`: then server.json was left over by a process whose number is in use again. */
async function byServer(
  finder: ServerFinder,
  name: string,
  account: string | undefined,
  mayBeGone: boolean,
): Promise<Made | undefined> {
  if (finder.find() === undefined) return undefined;
  try {
    const found = account === undefined ? undefined : findAccount(await accountsOf(finder), account);
    const path = found === undefined ? "/api/v1/tokens" : `/api/v1/accounts/${found.id}/tokens`;
    const { token } = await ask(finder, { method: "POST", path, body: { name } }, made);
    return { token, whose: found?.name ?? "the owner" };
  } catch (error) {
    const gone = error instanceof ReelayError && error.code === "REELAY_SERVER_UNREACHABLE";
    if (gone && mayBeGone) return undefined;
    throw error;
  }
}

async function inDataFolder(dataDir: string, name: string, account: string | undefined): Promise<Made> {
  using _lock = await lockDataFolder(dataDir);
  const log = createLogger("warn");
  await using database = Database.open(join(dataDir, "reelay.db"), { migrations: shippedMigrations(), log });
  const { machineIdentifier: origin } = await openIdentity(database);
  const clock = systemClock;
  const outbox = new Outbox({ clock, origin, onCommitted: () => undefined });
  const accounts = await Accounts.open({ database, outbox, clock, log });
  const found = account === undefined ? undefined : findAccount(accounts.list(), account);
  const { token } = await accounts.tokens.create(found?.id ?? OWNER_ID, name);
  return { token, whose: found?.name ?? "the owner" };
}
