import type { Command } from "commander";
import { defaultDataOf } from "./connecting.ts";
import { plexLink } from "./plex-link.ts";
import type { Terminal } from "./terminal.ts";

/** `reelay plex …` */
export function addPlex(program: Command, terminal: Terminal, done: (exitCode: number) => void): void {
  const plex = program
    .command("plex")
    .summary("link Plex Media Servers")
    .description("Links Plex Media Servers, so that `reelay serve --plex NAME` may listen to them.");
  plex
    .command("link")
    .summary("link the servers of a Plex account by a code")
    .description(
      "Shows a code to enter at plex.tv, finds the account's servers from here, and stores their tokens in the data folder, for its user alone.",
    )
    .option("--server <name>", "only the server of this name")
    .option("--data <folder>", "data folder of the server")
    .action(async (options) => done(await plexLink({ ...options, defaultData: defaultDataOf(program) }, terminal)));
}
