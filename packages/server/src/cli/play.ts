import { randomUUID } from "node:crypto";
import { z } from "zod";
import { reelayVersion } from "../http/index.ts";
import { type Clock, harmless, ReelayError, systemClock } from "../support/index.ts";
import { accountsOf, findAccount } from "./accounts-lookup.ts";
import { ask, type ConnectArguments, type ServerAddress, ServerFinder } from "./api.ts";
import { clockTime, readDuration, readPlace, readSpeed } from "./play-arguments.ts";
import { findItem, type PlayItem } from "./play-item.ts";
import { readKeys } from "./play-keys.ts";
import { PlayServer } from "./play-server.ts";
import { type Ending, type PlayerEvent, SimulatedPlayer } from "./simulated-player.ts";
import type { Terminal } from "./terminal.ts";

export interface PlayArguments extends ConnectArguments {
  /** A title, `Show S01E02` or a ratingKey. */
  readonly item: string;
  readonly player: string;
  readonly account?: string | undefined;
  readonly at?: string | undefined;
  readonly speed: string;
  readonly for?: string | undefined;
  /** Reads keys from standard input that is no terminal, too. */
  readonly keys?: boolean | undefined;
}

const platforms: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: "macOS",
  linux: "Linux",
  win32: "Windows",
};

/** Plays an item until its end, Ctrl-C or a key: a player as Plex knows them, only without a picture. */
export async function play(arguments_: PlayArguments, terminal: Terminal, clock: Clock = systemClock): Promise<number> {
  const speed = readSpeed("--speed", arguments_.speed);
  const playFor = arguments_.for === undefined ? undefined : readDuration("--for", arguments_.for);
  const place = arguments_.at === undefined ? undefined : readPlace("--at", arguments_.at);
  const finder = new ServerFinder(arguments_, terminal.env);
  await using access = await accessFor(finder, arguments_.account);
  const server = new PlayServer(access.address, access.find, headersOf(arguments_.player));
  const item = await findItem(server, arguments_.item);
  const from = place === undefined ? item.viewOffset : "ms" in place ? place.ms : place.part * lengthOf(item);
  if (item.duration !== undefined && from > item.duration) {
    throw new ReelayError(
      "REELAY_CONFIG_INVALID",
      `--at: ${harmless(item.title)} ends at ${clockTime(item.duration)}.`,
    );
  }

  const player = new SimulatedPlayer({
    server,
    item,
    clock,
    from,
    speed,
    playFor,
    onChange: narrator(item, arguments_.player, terminal),
  });
  const interrupt = () => player.stop();
  terminal.interrupted.addEventListener("abort", interrupt, { once: true });
  await player.play();
  const giveBack = readKeys(
    process.stdin,
    (key) => (key === "pause" ? player.togglePause() : player.stop()),
    interrupt,
    arguments_.keys,
  );
  if (giveBack !== undefined) terminal.print(terminal.paint("dim", "p pauses and goes on, s or q stops"));
  if (terminal.interrupted.aborted) interrupt();
  // The clock's timers let a process end that has nothing else to do.
  const alive = setInterval(() => undefined, 60_000);
  try {
    const ending = await player.ended;
    terminal.print(`Stopped at ${clockTime(player.position)}${endings[ending]}.`);
  } finally {
    clearInterval(alive);
    giveBack?.();
    terminal.interrupted.removeEventListener("abort", interrupt);
  }
  return 0;
}

const endings: Readonly<Record<Ending, string>> = {
  end: ", the end",
  stopped: "",
  time: ", as long as was asked for",
  terminated: " by the server's administrator",
};

/** Says what the player does, a line each; of its moving on, only each tenth. */
function narrator(item: PlayItem, playerName: string, terminal: Terminal): (event: PlayerEvent) => void {
  const of = item.duration === undefined ? "" : ` of ${clockTime(item.duration)}`;
  let tenth: number | undefined;
  let troubled = false;
  return (event) => {
    const at = `${clockTime(event.at)}${of}`;
    const before = tenth;
    tenth = item.duration === undefined ? undefined : Math.floor((10 * event.at) / item.duration);
    if (event.kind !== "trouble") troubled = false;
    switch (event.kind) {
      case "playing":
        terminal.print(`${terminal.paint("green", "▶")} ${harmless(item.title)} on ${harmless(playerName)}, at ${at}`);
        break;
      case "paused":
        terminal.print(`${terminal.paint("yellow", "⏸")} paused at ${at}`);
        break;
      case "moved":
        if (before !== undefined && tenth !== before) terminal.print(terminal.paint("dim", `  at ${at}`));
        break;
      case "counted":
        terminal.print(`${terminal.paint("green", "✓")} counts as played since ${at}`);
        break;
      case "terminated":
        terminal.print(harmless(event.message));
        break;
      case "trouble":
        if (!troubled) terminal.complain(`${harmless(event.message)} Playing on.`);
        troubled = true;
    }
  };
}

function lengthOf({ duration, title }: PlayItem): number {
  if (duration !== undefined) return duration;
  throw new ReelayError("REELAY_CONFIG_INVALID", `--at: nobody knows how long ${harmless(title)} is; give a time.`);
}

/** How a player names itself. The same name is the same player, also tomorrow. */
function headersOf(name: string): Readonly<Record<string, string>> {
  return {
    "x-plex-client-identifier": `reelay-play-${Buffer.from(name).toString("hex").slice(0, 64)}`,
    "x-plex-session-identifier": randomUUID(),
    "X-Plex-Device-Name": name.trim() || "Player",
    "x-plex-product": "Reelay Player",
    "x-plex-version": reelayVersion,
    "x-plex-platform": platforms[process.platform] ?? process.platform,
    "x-plex-device": platforms[process.platform] ?? process.platform,
  };
}

interface Access extends AsyncDisposable {
  readonly address: ServerAddress;
  /** Where the server is by now. */
  readonly find: () => ServerAddress | undefined;
}

const madeToken = z.object({ token: z.string(), id: z.string() });

/** Lets one in: as who has the token, or as a named account of a Reelay, by a token that is revoked afterwards. */
async function accessFor(finder: ServerFinder, account: string | undefined): Promise<Access> {
  const address = finder.find();
  if (address === undefined) {
    throw new ReelayError("REELAY_SERVER_UNREACHABLE", `No Reelay runs on ${finder.dataDir}.`);
  }
  if (account === undefined)
    return { address, find: () => finder.find(), [Symbol.asyncDispose]: async () => undefined };
  const { id } = findAccount(await accountsOf(finder), account);
  const path = `/api/v1/accounts/${id}/tokens`;
  const made = await ask(finder, { method: "POST", path, body: { name: "reelay play" } }, madeToken);
  return {
    address: { ...address, token: made.token },
    find() {
      const now = finder.find();
      return now && { ...now, token: made.token };
    },
    async [Symbol.asyncDispose]() {
      await ask(finder, { method: "DELETE", path: `/api/v1/tokens/${made.id}` }, z.undefined()).catch(() => undefined);
    },
  };
}
