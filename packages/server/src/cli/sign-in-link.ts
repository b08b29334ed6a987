import type { Command } from "commander";
import { z } from "zod";
import { harmless } from "../support/index.ts";
import { accountsOf, findAccount } from "./accounts-lookup.ts";
import { ask, type ConnectArguments, ServerFinder } from "./api.ts";
import { connecting, defaultDataOf } from "./connecting.ts";
import type { Terminal } from "./terminal.ts";

const made = z.object({ code: z.string(), link: z.string().optional() });

/** `reelay sign-in-link` */
export function addSignInLink(program: Command, terminal: Terminal, done: (exitCode: number) => void): void {
  connecting(program.command("sign-in-link"))
    .summary("make a link that signs a browser in")
    .description(
      "Makes a link that signs one browser in, once, within ten minutes. It is the owner's unless an account is named.",
    )
    .option("--account <account>", "name or id of the account that it is for (default: the owner)")
    .action(async (options) => done(await signInLink({ ...options, defaultData: defaultDataOf(program) }, terminal)));
}

/** Prints the link, or the code where the server has no page for it, alone on standard output. */
async function signInLink(
  { account, ...connect }: ConnectArguments & { readonly account?: string },
  terminal: Terminal,
): Promise<number> {
  const finder = new ServerFinder(connect, terminal.env);
  const found = account === undefined ? undefined : findAccount(await accountsOf(finder), account);
  const body = found === undefined ? {} : { accountId: found.id };
  const { code, link } = await ask(finder, { method: "POST", path: "/api/v1/sign-in-codes", body }, made);
  const what = link === undefined ? "A code for POST /api/v1/sign-in" : "A link";
  const whose = found === undefined ? "the owner" : found.name;
  terminal.complain(`${what} that signs in ${harmless(whose)}, once, within ten minutes:`);
  terminal.print(link ?? code);
  return 0;
}
