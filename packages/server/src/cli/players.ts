import { z } from "zod";
import { ask, type ConnectArguments, ServerFinder } from "./api.ts";
import { inColumns, minute } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const AT_ONCE = 1_000;

const page = z.object({
  totalSize: z.number(),
  devices: z.array(
    z.object({
      name: z.string(),
      product: z.string(),
      platform: z.string(),
      clientIdentifier: z.string(),
      lastSeenAt: z.number(),
    }),
  ),
});

type Player = z.output<typeof page>["devices"][number];

/** Prints a line for each player, by name. */
export async function listPlayers(connect: ConnectArguments, terminal: Terminal): Promise<number> {
  const players = await playersOf(new ServerFinder(connect, terminal.env));
  if (players.length === 0) {
    terminal.complain("No player has been seen yet: one appears with its first request that has a valid token.");
    return 0;
  }
  const rows = players
    .sort((a, b) => a.name.localeCompare(b.name) || a.clientIdentifier.localeCompare(b.clientIdentifier))
    .map(({ name, product, platform, lastSeenAt, clientIdentifier }) => [
      name,
      [product, platform].filter((text) => text !== "" && text !== name).join(", "),
      `last seen ${minute(lastSeenAt)}`,
      clientIdentifier,
    ]);
  for (const line of inColumns(rows)) terminal.print(line);
  return 0;
}

async function playersOf(finder: ServerFinder): Promise<Player[]> {
  const players: Player[] = [];
  for (;;) {
    const path = `/api/v1/devices?start=${players.length}&size=${AT_ONCE}`;
    const { totalSize, devices } = await ask(finder, { path }, page);
    players.push(...devices);
    if (devices.length === 0 || players.length >= totalSize) return players;
  }
}
