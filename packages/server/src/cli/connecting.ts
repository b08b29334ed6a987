import type { Command } from "commander";

/** The options by which a command finds the server that it talks to. */
export function connecting(command: Command): Command {
  return command
    .option("--url <address>", "the server (default: the one that runs on the data folder)")
    .option("--token <token>", "token of the owner (default: the running server's local one)")
    .option("--data <folder>", "data folder of the running server");
}

/** The data folder that npm scripts name, whatever the command below it. */
export function defaultDataOf(program: Command): string | undefined {
  return program.opts<{ defaultData?: string }>().defaultData;
}
