import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { harmless, ReelayError } from "../support/index.ts";
import { accountBody, accountsOf, findAccount, sectionsNamed, sectionsOf } from "./accounts-lookup.ts";
import { ask, type ConnectArguments, ServerFinder } from "./api.ts";
import { inColumns } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** More than any avatar: what is larger is not read at all. */
const LARGEST_FILE = 1_048_576;

export interface AccountSettings extends ConnectArguments {
  readonly name?: string | undefined;
  /** `all`, or names or ids. */
  readonly sections?: string | undefined;
  /** A URL, a file, or `none`. */
  readonly avatar?: string | undefined;
}

type AccountBody = z.output<typeof accountBody>;

export async function listAccounts(connect: ConnectArguments, terminal: Terminal): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const accounts = await accountsOf(finder);
  const names = await sectionNames(finder);
  const rows = accounts.map((account) => [String(account.id), account.name, describe(account, names)]);
  for (const line of inColumns(rows)) terminal.print(line);
  return 0;
}

export async function addAccount(
  { name, sections = "", avatar, ...connect }: AccountSettings & { readonly name: string },
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const body = { name, sections: await sectionsNamed(finder, sections), ...(await picture(avatar)) };
  const account = await ask(finder, { method: "POST", path: "/api/v1/accounts", body }, accountBody);
  await tell(finder, account, terminal);
  terminal.complain(`\`reelay token new --account ${account.id}\` makes a token for it.`);
  return 0;
}

export async function setAccount(
  { account, name, sections, avatar, ...connect }: AccountSettings & { readonly account: string },
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const { id } = findAccount(await accountsOf(finder), account);
  const body = {
    ...(name === undefined ? {} : { name }),
    ...(sections === undefined ? {} : { sections: await sectionsNamed(finder, sections) }),
    ...(await picture(avatar)),
  };
  const changed = await ask(finder, { method: "PATCH", path: `/api/v1/accounts/${id}`, body }, accountBody);
  await tell(finder, changed, terminal);
  return 0;
}

export async function removeAccount(
  { account, ...connect }: ConnectArguments & { readonly account: string },
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const { id, name } = findAccount(await accountsOf(finder), account);
  await ask(finder, { method: "DELETE", path: `/api/v1/accounts/${id}` }, z.undefined());
  terminal.print(`Account ${id}, ${harmless(name)}, is removed, with its tokens.`);
  return 0;
}

async function tell(finder: ServerFinder, account: AccountBody, terminal: Terminal): Promise<void> {
  const may = describe(account, await sectionNames(finder));
  terminal.print(`Account ${account.id}, ${harmless(account.name)}: ${harmless(may)}.`);
}

async function sectionNames(finder: ServerFinder): Promise<ReadonlyMap<number, string>> {
  return new Map((await sectionsOf(finder)).map(({ id, name }) => [id, name]));
}

function describe({ sections }: AccountBody, names: ReadonlyMap<number, string>): string {
  if (sections === "all") return "all sections";
  return sections.length === 0 ? "no section" : sections.map((id) => names.get(id) ?? `section ${id}`).join(", ");
}

/** An avatar as the server takes it: a URL, or what is in a file. */
async function picture(avatar: string | undefined): Promise<{ readonly avatar?: string | null }> {
  if (avatar === undefined) return {};
  if (avatar === "none") return { avatar: null };
  if (/^https?:/i.test(avatar)) return { avatar };
  try {
    const { size } = await stat(avatar);
    if (size > LARGEST_FILE) throw new Error("it is larger than 1 MiB");
    // Which kind of picture it is, the server sees by its bytes.
    return { avatar: `data:application/octet-stream;base64,${(await readFile(avatar)).toString("base64")}` };
  } catch (error) {
    throw new ReelayError("REELAY_INVALID_PARAMETER", `--avatar: ${(error as Error).message}.`, { cause: error });
  }
}
