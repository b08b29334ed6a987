import { type Command, Option } from "commander";
import { connecting, defaultDataOf } from "./connecting.ts";
import { testHook } from "./hook-test.ts";
import { addHook, editHook, listHooks, removeHook, rotateSecret, showHook, switchHook } from "./hooks.ts";
import type { Terminal } from "./terminal.ts";

const HOOK = "its id, or its description or address where only one has it";

/** `reelay hooks …` */
export function addHooks(program: Command, terminal: Terminal, done: (exitCode: number) => void): void {
  const defaultData = () => defaultDataOf(program);
  const hooks = program
    .command("hooks")
    .summary("manage webhooks")
    .description("Manages hooks: addresses that are sent a request when something happens.");

  connecting(hooks.command("list"))
    .summary("list hooks")
    .description("Lists hooks: the owner sees those of all accounts.")
    .action(async (options) => done(await listHooks({ ...options, defaultData: defaultData() }, terminal)));

  connecting(hooks.command("show"))
    .summary("show a hook")
    .description("Shows all settings of a hook. Its secrets and the values of its headers are not shown again.")
    .argument("<hook>", HOOK)
    .action(async (hook: string, options) =>
      done(await showHook({ ...options, hook, defaultData: defaultData() }, terminal)),
    );

  const add = connecting(hooks.command("add"))
    .summary("add a hook")
    .description("Adds a hook of one's own, and prints the secret that its requests are signed with.")
    .argument("<address>", "where requests go: http or https")
    .option("--disabled", "send nothing until it is enabled")
    .addOption(
      new Option(
        "--for <purpose>",
        "automation: 30 s old at most, the latest only, settle 1.5 s; records: of any age",
      ).choices(["automation", "records"]),
    );
  settings(add).action(async (to: string, options) =>
    done(await addHook({ ...options, to, defaultData: defaultData() }, terminal)),
  );

  const edit = connecting(hooks.command("edit"))
    .summary("change a hook")
    .description("Changes what is given. Of filter and headers, too, what is not named stays.")
    .argument("<hook>", HOOK)
    .option("--to <address>", "where requests go from now on");
  settings(edit).action(async (hook: string, options) =>
    done(await editHook({ ...options, hook, defaultData: defaultData() }, terminal)),
  );

  connecting(hooks.command("remove"))
    .summary("remove a hook")
    .description("Removes a hook; what waits for it is dropped.")
    .argument("<hook>", HOOK)
    .action(async (hook: string, options) =>
      done(await removeHook({ ...options, hook, defaultData: defaultData() }, terminal)),
    );

  for (const [name, enabled] of [
    ["enable", true],
    ["disable", false],
  ] as const) {
    connecting(hooks.command(name))
      .summary(`${name} a hook`)
      .description(enabled ? "Sends to the hook again, from now on." : "Sends nothing to the hook until it is enabled.")
      .argument("<hook>", HOOK)
      .action(async (hook: string, options) =>
        done(await switchHook({ ...options, hook, defaultData: defaultData() }, enabled, terminal)),
      );
  }

  connecting(hooks.command("rotate-secret"))
    .summary("make a new secret for a hook")
    .description("Makes a new secret and prints it. Requests are signed with the old one as well for a while.")
    .argument("<hook>", HOOK)
    .option("--keep-old <time>", "how long the old secret is valid besides it: 2h, or none", "1d")
    .action(async (hook: string, options) =>
      done(await rotateSecret({ ...options, hook, defaultData: defaultData() }, terminal)),
    );

  connecting(hooks.command("test"))
    .summary("send a test to a hook")
    .description("Sends an event that did not happen, of a real item, and says what the receiver answers.")
    .argument("<hook>", HOOK)
    .option("--event <name>", "which webhook event (default: media.play)")
    .option("--item <ratingKey>", "of which item (default: the newest film, episode or track)")
    .action(async (hook: string, options) =>
      done(await testHook({ ...options, hook, defaultData: defaultData() }, terminal)),
    );
}

function settings(command: Command): Command {
  return command
    .option("--event <names>", "webhook events, joined by commas: media.play,media.*; or all")
    .option("--player <name>", "only of this player, by name or identifier; may be given again", collect)
    .option("--account <name>", "only of this account, by name or id; may be given again", collect)
    .option("--local", "only players in the server's own network")
    .option("--remote", "only players elsewhere")
    .option("--type <types>", "only items of these kinds, joined by commas: movie,episode,track")
    .option("--section <name>", "only of this section, by name or id; may be given again", collect)
    .option("--server <name>", "only of this server, by name or identifier; may be given again", collect)
    .option("--min-duration <time>", "only items of at least this length, such as 20m: leaves out trailers")
    .option("--filter <json>", "the whole filter, also with not; the options above are put into it")
    .option("--format <format>", "plex (the request of a Plex server), json (its document alone), custom")
    .option("--thumb", "with pictures")
    .option("--no-thumb", "without pictures")
    .option("--method <method>", "of a custom request: GET, POST, PUT, PATCH or DELETE")
    .option("--body <text>", "of a custom request, with {{path}} in it; @file reads it from a file")
    .option("--header <line>", '"Name: value", sent besides; "Name:" takes it away; may be given again', collect)
    .option("--ca <file>", "PEM of the authority that the receiver's certificate is checked against, or none")
    .option("--max-age <time>", "how old an event may be when it is delivered: 30s, 3d, or none")
    .option("--max-age-live <time>", "the same, for play, pause, resume and stop only")
    .option("--max-age-record <time>", "the same, for all others")
    .option("--latest-only", "a newer event of the same player takes the place of one that waits")
    .option("--no-latest-only", "every event")
    .option("--settle <time>", "hold back a stop or pause for so long, and drop it if a play follows: 1500ms")
    .option("--description <text>", "for people");
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
