import type { Command } from "commander";
import { connecting, defaultDataOf } from "./connecting.ts";
import type { Terminal } from "./terminal.ts";

/** `reelay play` */
export function addPlay(program: Command, terminal: Terminal, done: (exitCode: number) => void): void {
  connecting(program.command("play"))
    .summary("play something, without a picture")
    .description(
      "Plays an item as a Plex player would, on this server or on any that speaks Plex's protocol: it reports where it is, and nothing else.",
    )
    .argument("<item>", 'a title, "Show S01E02", or a ratingKey')
    .option("--player <name>", "what the player is called", "Reelay Player")
    .option("--account <account>", "play as this account of a Reelay, by name or id (default: whose the token is)")
    .option("--at <place>", "begin here: 89%, 1:23:45, 5m (default: where the account left off)")
    .option("--speed <times>", "so many times faster than life", "1")
    .option("--for <time>", "stop after so much of the item: 90s, 2m, 1h (default: at its end)")
    .option("--keys", "read the keys p, s and q from standard input also when it is no terminal")
    .action(async (item: string, options) => {
      const { play } = await import("./play.ts");
      done(await play({ ...options, item, defaultData: defaultDataOf(program) }, terminal));
    });
}
