import type { Command } from "commander";
import { connecting, defaultDataOf } from "./connecting.ts";
import type { Terminal } from "./terminal.ts";

/** Loaded by what uses it: no other command waits for it. */
const load = () => import("./accounts.ts");

const ACCOUNT = "its name or id";
const SECTIONS = "what it may use: names or ids joined by commas, or all";
const AVATAR = "its picture: an address or a file of at most 256 KiB";

/** `reelay accounts …` and `reelay players` */
export function addAccounts(program: Command, terminal: Terminal, done: (exitCode: number) => void): void {
  const defaultData = () => defaultDataOf(program);
  const accounts = program
    .command("accounts")
    .summary("manage who may use the server")
    .description("Manages accounts: the owner, who sees everything, and others, who see what is shared with them.");

  connecting(accounts.command("list"))
    .summary("list accounts")
    .description("Lists accounts with the sections that they may use.")
    .action(async (options) =>
      done(await (await load()).listAccounts({ ...options, defaultData: defaultData() }, terminal)),
    );

  connecting(accounts.command("add"))
    .summary("add an account")
    .description("Adds an account. Without --sections it may use none.")
    .argument("<name>", "what it is called")
    .option("--sections <sections>", SECTIONS)
    .option("--avatar <picture>", AVATAR)
    .action(async (name: string, options) =>
      done(await (await load()).addAccount({ ...options, name, defaultData: defaultData() }, terminal)),
    );

  connecting(accounts.command("set"))
    .summary("change an account")
    .description("Changes what is given. Other rights hold at once, for open streams too.")
    .argument("<account>", ACCOUNT)
    .option("--name <name>", "what it is called from now on")
    .option("--sections <sections>", SECTIONS)
    .option("--avatar <picture>", `${AVATAR}, or none`)
    .action(async (account: string, options) =>
      done(await (await load()).setAccount({ ...options, account, defaultData: defaultData() }, terminal)),
    );

  connecting(accounts.command("remove"))
    .summary("remove an account")
    .description("Removes an account with its tokens; the streams that were opened with them end.")
    .argument("<account>", ACCOUNT)
    .action(async (account: string, options) =>
      done(await (await load()).removeAccount({ ...options, account, defaultData: defaultData() }, terminal)),
    );

  connecting(program.command("players"))
    .summary("list the players that were seen")
    .description("Lists by name the players and apps that named themselves in a request with a valid token.")
    .action(async (options) => {
      const { listPlayers } = await import("./players.ts");
      done(await listPlayers({ ...options, defaultData: defaultData() }, terminal));
    });
}
