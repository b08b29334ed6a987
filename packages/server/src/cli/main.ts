import { Argument, Command, CommanderError, Option } from "commander";
import { reelayVersion } from "../http/index.ts";
import { type Setting, settings } from "../settings.ts";
import { ReelayError } from "../support/index.ts";
import { addAccounts } from "./accounts-commands.ts";
import { connecting } from "./connecting.ts";
import { addHooks } from "./hooks-commands.ts";
import { addPlay } from "./play-command.ts";
import { addPlex } from "./plex-commands.ts";
import { processTerminal } from "./process-terminal.ts";
import { addSignInLink } from "./sign-in-link.ts";
import type { Terminal } from "./terminal.ts";
import { addTokens } from "./token-commands.ts";

/** Exit codes: 0 done, 1 failed, 2 the command line was not understood. */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  let exitCode = 0;
  let errorOutput = "";
  const program = commands(
    terminal,
    (code) => {
      exitCode = code;
    },
    (text) => {
      errorOutput += text;
    },
  );
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError) || error.code !== "commander.help") return explain(error, terminal);
    // A command without its sub-command: commander takes its help for an error.
    terminal.print(errorOutput.trimEnd());
    return 0;
  }
}

function commands(terminal: Terminal, done: (exitCode: number) => void, writeErr: (text: string) => void): Command {
  const program = new Command("reelay")
    .description("The event system of a media server: what happens to a library, live, for every client made for Plex.")
    .version(reelayVersion)
    .enablePositionalOptions()
    .exitOverride()
    // Sub-commands take this over. Errors come back as exceptions, too, and are explained in one place.
    .configureOutput({ writeOut: (text) => terminal.print(text.trimEnd()), writeErr })
    .addOption(new Option("--default-data <folder>").hideHelp());
  const defaultData = (): string | undefined => program.opts<{ defaultData?: string }>().defaultData;

  const serving = program
    .command("serve")
    .summary("run the server")
    .description("Runs the server until Ctrl-C and tells each event on a line.")
    .addArgument(new Argument("[folder...]", settings.sections.meaning))
    .option(
      "--config <file>",
      "YAML file with settings; flags and environment (REELAY_…) go before it. REELAY_CONFIG names it too.",
    )
    .addOption(new Option("--samples <folder>").hideHelp())
    .addOption(new Option("--build-dashboard").hideHelp())
    .addOption(new Option("--bench-source").hideHelp());
  for (const { flag, meaning, defaultText, repeatable } of Object.values<Setting<unknown>>(settings)) {
    if (!flag?.startsWith("--")) continue;
    const option = new Option(flag, `${meaning} (default: ${defaultText})`);
    if (repeatable) option.argParser((value, before: string[] = []) => [...before, value]);
    serving.addOption(option);
  }
  serving.action(
    async (
      folders: string[],
      options: Record<string, unknown> & {
        config?: string;
        samples?: string;
        buildDashboard?: boolean;
        benchSource?: boolean;
      },
    ) => {
      const { serve } = await import("./serve.ts");
      const { config, samples, buildDashboard, benchSource, ...flags } = options;
      const sections = folders.length === 0 ? undefined : folders;
      done(
        await serve(
          {
            flags: { ...flags, sections },
            configFile: config,
            defaultData: defaultData(),
            samples,
            buildDashboard,
            benchSource,
          },
          terminal,
        ),
      );
    },
  );

  connecting(program.command("tail"))
    .summary("print the events of a running server")
    .description("Prints the events of a running server until Ctrl-C, and comes back when the server does.")
    .option("--filters <types>", "only these types (timeline,status), or all but these (-activity)")
    .option("--json", "one JSON document per line, as on the WebSocket with ids")
    .option("--since <position>", "begin after this position, or at the earliest event that is kept (earliest)")
    .action(async (options) => {
      const { tail } = await import("./tail.ts");
      done(await tail({ ...options, defaultData: defaultData() }, terminal));
    });

  program
    .command("restore")
    .summary("put a backup in the place of the database")
    .description("Restores the newest backup, or the one that is named, while no server runs. What was there is kept.")
    .argument("[backup]", "a backup's file (default: the newest)")
    .option("--list", "list the backups that there are")
    .option("--data <folder>", "data folder of the server")
    .action(async (backup: string | undefined, options) => {
      const { restore } = await import("./restore.ts");
      done(await restore({ ...options, backup, defaultData: defaultData() }, terminal));
    });

  addPlay(program, terminal, done);
  addPlex(program, terminal, done);
  addTokens(program, terminal, done);
  addSignInLink(program, terminal, done);
  addAccounts(program, terminal, done);
  addHooks(program, terminal, done);
  return program;
}

function explain(thrown: unknown, terminal: Terminal): number {
  // What could not be closed after a failure hides what failed.
  let error = thrown;
  while (error instanceof SuppressedError) error = error.suppressed;
  if (error instanceof CommanderError) {
    // Help and version were asked for.
    if (error.exitCode === 0) return 0;
    const what = error.message
      .replace(/^error: /, "")
      .replace(/\.$/, "")
      .replaceAll("\n", " ");
    terminal.complain(`reelay: ${what}. \`reelay --help\` and \`reelay <command> --help\` list what there is.`);
    return 2;
  }
  if (error instanceof ReelayError) {
    terminal.complain(`reelay: ${error.message} (${error.code})\n  ${error.remedy}`);
    return 1;
  }
  const message = error instanceof Error ? error.message : String(error);
  const shown = terminal.env.REELAY_LOG_LEVEL === "debug" && error instanceof Error ? error.stack : message;
  terminal.complain(
    `reelay: something failed inside: ${shown} (REELAY_INTERNAL)\n  REELAY_LOG_LEVEL=debug shows where; please report it.`,
  );
  return 1;
}
