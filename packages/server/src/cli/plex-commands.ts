import type { Command } from "commander";
import { defaultDataOf } from "./connecting.ts";
import type { Terminal } from "./terminal.ts";

/** `reelay plex …` and `reelay doctor` */
export function addPlex(program: Command, terminal: Terminal, done: (exitCode: number) => void): void {
  const plex = program
    .command("plex")
    .summary("link Plex Media Servers")
    .description("Links Plex Media Servers, so that `reelay serve --plex NAME` may listen to them.");
  program
    .command("doctor")
    .summary("say what is wrong between here and a server")
    .description(
      "Looks at a server as `serve --plex` would use it: address, certificate, clock, token, events; with what to do.",
    )
    .option("--plex <server>", "[NAME=]URL, or the NAME under which it is linked (default: those of REELAY_PLEX)")
    .option("--data <folder>", "data folder of the server")
    .action(async (options) => {
      const { doctor } = await import("./doctor.ts");
      done(await doctor({ ...options, defaultData: defaultDataOf(program) }, terminal));
    });
  plex
    .command("link")
    .summary("link the servers of a Plex account by a code")
    .description(
      "Shows a code to enter at plex.tv, finds the account's servers from here, and stores their tokens in the data folder, for its user alone.",
    )
    .option("--server <name>", "only the server of this name")
    .option("--data <folder>", "data folder of the server")
    .action(async (options) => {
      const { plexLink } = await import("./plex-link.ts");
      done(await plexLink({ ...options, defaultData: defaultDataOf(program) }, terminal));
    });
  plex
    .command("list")
    .summary("list the servers that are linked")
    .description("Lists the linked servers: the names that `--plex` takes, and their addresses. Tokens are not shown.")
    .option("--data <folder>", "data folder of the server")
    .action(async (options) => {
      const { listPlex } = await import("./plex-linked.ts");
      done(await listPlex({ ...options, defaultData: defaultDataOf(program) }, terminal));
    });
  plex
    .command("unlink")
    .summary("forget linked servers")
    .description("Removes linked servers and their tokens from the data folder.")
    .argument("<name...>", "as reelay plex list shows it")
    .option("--data <folder>", "data folder of the server")
    .action(async (names: string[], options) => {
      const { unlinkPlex } = await import("./plex-linked.ts");
      done(await unlinkPlex({ ...options, names, defaultData: defaultDataOf(program) }, terminal));
    });
}
