import type { Command } from "commander";
import { connecting } from "./connecting.ts";
import { count, HOOK, settings } from "./hook-flags.ts";
import type { Terminal } from "./terminal.ts";

/** Of a page, as the API has it. */
const MOST = 500;
const DELIVERY = "its id: msg_…";
const SINCE = "2h (before now), 2026-11-21 or 2026-11-21T20:15";

/** The commands of `reelay hooks` about what was sent, what was not, and what would be. */
export function addHookRecord(
  hooks: Command,
  terminal: Terminal,
  done: (exitCode: number) => void,
  defaultData: () => string | undefined,
): void {
  const deliveries = connecting(hooks.command("deliveries"))
    .summary("list what was sent, or waits")
    .description("Lists deliveries, newest first: when it happened, what became of it, the event, its item and hook.")
    .option("--of <event>", "of one media event, by its id")
    .option("--limit <count>", "how many, 500 at most", count(MOST), 50)
    .option("--before <delivery>", "what is older than this one")
    .option("--json", "one JSON document per line");
  range(deliveries).action(async (options) => {
    const { listDeliveries } = await import("./deliveries.ts");
    done(await listDeliveries({ ...options, defaultData: defaultData() }, terminal));
  });

  connecting(hooks.command("delivery"))
    .summary("show a delivery")
    .description("Shows a delivery with its payload and each attempt: status, milliseconds, error and answer.")
    .argument("<delivery>", DELIVERY)
    .option("--json", "one JSON document")
    .action(async (delivery: string, options) => {
      const { showDelivery } = await import("./deliveries.ts");
      done(await showDelivery({ ...options, delivery, defaultData: defaultData() }, terminal));
    });

  const again = connecting(hooks.command("resend"))
    .summary("send one again, or a range")
    .description(
      "Sends a delivery again, under its old id; or a range, oldest first, of hooks that are enabled: it is counted, and sent if you say so. Without --state a range is what expired, was superseded or dropped.",
    )
    .argument("[delivery]", DELIVERY)
    .option("--yes", "send a range without asking");
  range(again).action(async (delivery: string | undefined, options) => {
    const { resend } = await import("./resend.ts");
    done(await resend({ ...options, delivery, defaultData: defaultData() }, terminal));
  });

  const preview = connecting(hooks.command("preview"))
    .summary("try settings on what has happened")
    .description(
      "Shows what a hook would have made of the last events, and the newest request that it would have sent. Nothing is sent or changed. Settings that are given are tried instead of its own.",
    )
    .argument("<hook>", `${HOOK}; or an address that none has, to try a hook before it is added`)
    .option("--last <count>", "how many events, 500 at most", count(MOST), 20)
    .option("--json", "one JSON document");
  settings(preview).action(async (hook: string, options) => {
    const { previewHook } = await import("./hook-preview.ts");
    done(await previewHook({ ...options, hook, defaultData: defaultData() }, terminal));
  });

  connecting(hooks.command("why"))
    .summary("say what became of an event, and why")
    .description("Says of an event what each hook was sent, and why others were sent nothing.")
    .argument("<event>", "its id, or text in it such as a title: the newest ten that have it")
    .option("--hook <hook>", `only of this hook: ${HOOK}`)
    .option("--json", "one JSON document per line")
    .action(async (event: string, options) => {
      const { whyNot } = await import("./hook-why.ts");
      done(await whyNot({ ...options, event, defaultData: defaultData() }, terminal));
    });
}

function range(command: Command): Command {
  return command
    .option("--hook <hook>", `of this hook: ${HOOK}`)
    .option("--state <states>", "waiting, delivered, expired, superseded, settled or dropped; joined by commas")
    .option("--event <names>", "webhook events, joined by commas: media.play,media.*")
    .option("--search <text>", "text in the payload: a title, a player")
    .option("--since <time>", `made since then: ${SINCE}`)
    .option("--until <time>", "made before then");
}
