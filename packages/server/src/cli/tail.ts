import { encodeContainer, notificationFromSse } from "@reelay/protocol";
import { harmless, ReelayError } from "../support/index.ts";
import { type ConnectArguments, ServerFinder } from "./api.ts";
import { eventLine } from "./describe.ts";
import { follow } from "./event-stream.ts";
import type { Terminal } from "./terminal.ts";

export interface TailArguments extends ConnectArguments {
  readonly filters?: string | undefined;
  readonly since?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Prints the events of a running server until Ctrl-C: in words, or as one JSON document per line. */
export async function tail(
  { filters, since, json = false, ...connect }: TailArguments,
  terminal: Terminal,
): Promise<number> {
  if (since !== undefined && !/^[\x21-\x7e]{1,200}$/.test(since)) {
    throw new ReelayError(
      "REELAY_CONFIG_INVALID",
      `--since: ${JSON.stringify(since)} is neither a position nor earliest.`,
    );
  }
  const finder = new ServerFinder(connect, terminal.env);
  if (finder.find() === undefined) {
    throw new ReelayError("REELAY_SERVER_UNREACHABLE", `No Reelay runs on ${finder.dataDir}.`);
  }
  // What is said about the connection is no JSON document.
  const say = (text: string) => (json ? terminal.complain(text) : terminal.print(terminal.paint("yellow", text)));
  const signal = AbortSignal.any([terminal.interrupted, terminal.unread]);
  for await (const item of follow({ address: () => finder.find(), filters, since, signal })) {
    if (item.kind === "lost") say("The connection is lost; waiting for the server …");
    else if (item.kind === "back") say(`Connected again, going on after ${harmless(item.position)}.`);
    else {
      const parsed = notificationFromSse(item.event);
      if (!parsed.ok) say(`An event could not be read: ${harmless(parsed.error.message)}`);
      else if (parsed.value !== undefined) {
        const { value } = parsed;
        const id = value.id === undefined ? {} : { id: value.id };
        terminal.print(json ? encodeContainer(value, id) : eventLine(value, new Date(), terminal));
      }
    }
  }
  return 0;
}
