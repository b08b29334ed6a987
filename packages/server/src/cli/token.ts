import { join } from "node:path";
import { z } from "zod";
import { Accounts } from "../accounts/index.ts";
import { Database, shippedMigrations } from "../storage/index.ts";
import { createLogger, ReelayError, systemClock } from "../support/index.ts";
import { type ConnectArguments, errorOf, type ServerAddress, ServerFinder, tokenHeader } from "./api.ts";
import { lockDataFolder } from "./data-lock.ts";
import type { Terminal } from "./terminal.ts";

export interface NewTokenArguments extends ConnectArguments {
  readonly name: string;
}

/** Prints a new token of the owner, alone on standard output so that a script can take it. */
export async function newToken({ name, ...connect }: NewTokenArguments, terminal: Terminal): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const address = finder.find();
  const token =
    (address === undefined ? undefined : await askServer(address, name, connect.url === undefined)) ??
    (await writeDirectly(finder.dataDir, name));
  terminal.complain("A new token of the owner, shown only this once:");
  terminal.print(token);
  return 0;
}

/** Undefined if nothing answers and `mayBeGone`: then server.json was left over by a process whose number is in use again. */
async function askServer(address: ServerAddress, name: string, mayBeGone: boolean): Promise<string | undefined> {
  let response: Response;
  try {
    response = await fetch(`${address.url}/api/v1/tokens`, {
      method: "POST",
      headers: { ...tokenHeader(address), "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ name }),
    });
  } catch (error) {
    if (mayBeGone) return undefined;
    throw new ReelayError("REELAY_SERVER_UNREACHABLE", `Nothing answers at ${address.url}.`, { cause: error });
  }
  if (!response.ok) throw await errorOf(response);
  return z.object({ token: z.string() }).parse(await response.json()).token;
}

async function writeDirectly(dataDir: string, name: string): Promise<string> {
  using _lock = await lockDataFolder(dataDir);
  const log = createLogger("warn");
  await using database = Database.open(join(dataDir, "reelay.db"), { migrations: shippedMigrations(), log });
  const accounts = await Accounts.open({ database, clock: systemClock, log });
  return (await accounts.createToken(name)).token;
}
