import type { Command } from "commander";
import { connecting, defaultDataOf } from "./connecting.ts";
import type { Terminal } from "./terminal.ts";

/** Loaded by what uses it: no other command waits for it. */
const load = () => import("./token.ts");

/** `reelay token …` */
export function addTokens(program: Command, terminal: Terminal, done: (exitCode: number) => void): void {
  const defaultData = () => defaultDataOf(program);
  const tokens = program
    .command("token")
    .summary("manage access tokens")
    .description("Manages access tokens, the owner's and those of other accounts.");

  connecting(tokens.command("new"))
    .summary("make a token")
    .description(
      "Makes a token and prints it: by the running server, or in the data folder when none runs. It is the owner's unless an account is named.",
    )
    .argument("[name]", "what it is for", "made by reelay token new")
    .option("--account <account>", "name or id of the account that it is for (default: the owner)")
    .action(async (name: string, options) =>
      done(await (await load()).newToken({ ...options, name, defaultData: defaultData() }, terminal)),
    );

  connecting(tokens.command("list"))
    .summary("list tokens by their names")
    .description("Lists tokens with their accounts and last uses. A token itself is shown only when it is made.")
    .option("--account <account>", "only those of this account, by name or id")
    .action(async (options) =>
      done(await (await load()).listTokens({ ...options, defaultData: defaultData() }, terminal)),
    );

  connecting(tokens.command("revoke"))
    .summary("revoke a token")
    .description("Revokes a token: it is refused from now on, and the streams that were opened with it end.")
    .argument("<id>", "as reelay token list shows it")
    .action(async (id: string, options) =>
      done(await (await load()).revokeToken({ ...options, id, defaultData: defaultData() }, terminal)),
    );
}
