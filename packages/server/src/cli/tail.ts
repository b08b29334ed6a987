import { describeNotification, encodeContainer, nearestOf, notificationTypes } from "@reelay/protocol";
import { harmless, ReelayError } from "../support/index.ts";
import { type ConnectArguments, ServerFinder } from "./api.ts";
import { eventLine } from "./describe.ts";
import { follow, type StreamItem } from "./event-stream.ts";
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
  if (filters !== undefined) warnOfUnknown(filters, terminal);
  // What is said about the connection is no JSON document.
  const say = (text: string) => (json ? terminal.complain(text) : terminal.print(terminal.paint("yellow", text)));
  const tell = (item: StreamItem) => {
    if (item.kind === "lost") say("The connection is lost; waiting for the server …");
    else if (item.kind === "back") say(`Connected again${after(item.position)}.`);
    else if (item.kind === "unresumed") say("This server does not resume: events may be missing.");
    else if (item.kind === "unreadable") say(`An event could not be read: ${harmless(item.why)}`);
    else {
      const { notification, id, time } = item;
      const text = () => encodeContainer(notification, id === undefined ? {} : { id });
      const now = new Date();
      const when = time === undefined ? now : new Date(time);
      terminal.print(json ? text() : eventLine(notification, when, terminal, now));
    }
  };
  const signal = AbortSignal.any([terminal.interrupted, terminal.unread]);
  // In words each event has the time at which it happened: many of them may be old.
  const source = json ? "plex" : "reelay";
  await follow({ address: () => finder.find(), source, filters, since, signal, tell });
  return 0;
}

/** By a type that does not exist nothing would come, and nobody would know why. Other servers may have more of them: it is no error. */
function warnOfUnknown(filters: string, terminal: Terminal): void {
  const names = notificationTypes.filter((name) => describeNotification(name)?.unfiltered !== true);
  const asked = filters.split(",").map((name) => name.trim().replace(/^-/, ""));
  for (const name of asked.filter((name) => name !== "" && name !== "none" && !names.some((known) => known === name))) {
    const meant = nearestOf(name, names);
    const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
    terminal.complain(`--filters: no type is called ${harmless(name)}${hint}; there are ${names.join(", ")}.`);
  }
}

function after(position: string | undefined): string {
  return position === undefined ? "" : `, going on after ${harmless(position)}`;
}
