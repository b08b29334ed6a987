import type { Command } from "commander";
import { connecting, defaultDataOf } from "./connecting.ts";
import { count, HOOK, settings } from "./hook-flags.ts";
import { addHookRecord } from "./hook-record-commands.ts";
import type { Terminal } from "./terminal.ts";

/** Loaded by what uses it: no other command waits for it. */
const load = () => import("./hooks.ts");

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
    .action(async (options) =>
      done(await (await load()).listHooks({ ...options, defaultData: defaultData() }, terminal)),
    );

  connecting(hooks.command("show"))
    .summary("show a hook")
    .description("Shows all settings of a hook. Its secrets and the values of its headers are not shown again.")
    .argument("<hook>", HOOK)
    .action(async (hook: string, options) =>
      done(await (await load()).showHook({ ...options, hook, defaultData: defaultData() }, terminal)),
    );

  const add = connecting(hooks.command("add"))
    .summary("add a hook")
    .description("Adds a hook of one's own, and prints the secret that its requests are signed with.")
    .argument("<address>", "where requests go: http or https")
    .option("--disabled", "send nothing until it is enabled");
  settings(add).action(async (to: string, options) =>
    done(await (await load()).addHook({ ...options, to, defaultData: defaultData() }, terminal)),
  );

  const edit = connecting(hooks.command("edit"))
    .summary("change a hook")
    .description("Changes what is given. Of filter and headers, too, what is not named stays.")
    .argument("<hook>", HOOK)
    .option("--to <address>", "where requests go from now on");
  settings(edit).action(async (hook: string, options) =>
    done(await (await load()).editHook({ ...options, hook, defaultData: defaultData() }, terminal)),
  );

  connecting(hooks.command("remove"))
    .summary("remove a hook")
    .description("Removes a hook; what waits for it is dropped.")
    .argument("<hook>", HOOK)
    .action(async (hook: string, options) =>
      done(await (await load()).removeHook({ ...options, hook, defaultData: defaultData() }, terminal)),
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
        done(await (await load()).switchHook({ ...options, hook, defaultData: defaultData() }, enabled, terminal)),
      );
  }

  connecting(hooks.command("rotate-secret"))
    .summary("make a new secret for a hook")
    .description("Makes a new secret and prints it. Requests are signed with the old one as well for a while.")
    .argument("<hook>", HOOK)
    .option("--keep-old <time>", "how long the old secret is valid besides it: 2h, or none", "1d")
    .action(async (hook: string, options) =>
      done(await (await load()).rotateSecret({ ...options, hook, defaultData: defaultData() }, terminal)),
    );

  connecting(hooks.command("test"))
    .summary("send a test to a hook")
    .description("Sends an event that did not happen, of a real item, and says what the receiver answers.")
    .argument("<hook>", HOOK)
    .option("--event <name>", "which webhook event (default: media.play)")
    .option("--item <ratingKey>", "of which item (default: the newest film, episode or track)", count())
    .action(async (hook: string, options) => {
      const { testHook } = await import("./hook-test.ts");
      done(await testHook({ ...options, hook, defaultData: defaultData() }, terminal));
    });

  addHookRecord(hooks, terminal, done, defaultData);
}
