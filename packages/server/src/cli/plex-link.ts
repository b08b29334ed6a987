import { setTimeout as delay } from "node:timers/promises";
import { harmless, ReelayError, randomHex } from "../support/index.ts";
import { type AccountServer, PlexTv, reachableAddress, UpstreamError } from "../upstream/index.ts";
import { type ConnectArguments, ServerFinder } from "./api.ts";
import { makeDataFolder } from "./data-folder.ts";
import { freeName, type LinkedServer, readLinks, writeLinks } from "./plex-links.ts";
import { shellWord, type Terminal } from "./terminal.ts";

const PLEX_TV = "https://plex.tv";
/** Between questions whether the code was entered. */
const POLL_MS = 2_000;

export interface PlexLinkArguments extends Pick<ConnectArguments, "data" | "defaultData"> {
  /** Only the server of this name. */
  readonly server?: string | undefined;
  readonly pollMs?: number;
}

/** Links servers of a Plex account: shows a code, waits until it was entered, and stores the servers' tokens. */
export async function plexLink(
  { server, pollMs = POLL_MS, ...connect }: PlexLinkArguments,
  terminal: Terminal,
): Promise<number> {
  const { dataDir } = new ServerFinder(connect, terminal.env);
  // Before anybody enters a code that could not be kept.
  makeDataFolder(dataDir);
  const before = readLinks(dataDir);
  const clientIdentifier = before?.clientIdentifier ?? `reelay-${randomHex(16)}`;
  const plexTv = new PlexTv((terminal.env.REELAY_PLEX_TV || PLEX_TV).replace(/\/$/, ""), clientIdentifier);
  const token = await enteredCode(plexTv, pollMs, terminal);
  if (token === undefined) return 1;
  const servers = (await asked(plexTv.servers(token))).filter(({ name }) => server === undefined || name === server);
  if (servers.length === 0) {
    throw new ReelayError(
      "REELAY_PLEX_LINK_FAILED",
      "The account may use no such server; is it claimed and signed in?",
    );
  }
  const linked: LinkedServer[] = [];
  for (const one of servers) {
    const found = await link(one, [...linked, ...(before?.servers ?? [])], clientIdentifier, terminal);
    if (found !== undefined) linked.push(found);
  }
  if (linked.length === 0) return 1;
  const isNew = ({ machineIdentifier }: LinkedServer) =>
    linked.every((one) => one.machineIdentifier !== machineIdentifier);
  writeLinks(dataDir, { clientIdentifier, servers: [...(before?.servers ?? []).filter(isNew), ...linked] });
  terminal.print("Listen to it:");
  terminal.print(`  reelay serve ${linked.map(({ name }) => `--plex ${shellWord(name)}`).join(" ")}`);
  return 0;
}

/** @returns undefined if nobody entered it */
async function enteredCode(plexTv: PlexTv, pollMs: number, terminal: Terminal): Promise<string | undefined> {
  const pin = await asked(plexTv.newPin());
  terminal.print(`Open ${plexTv.page} and enter the code  ${terminal.paint("bold", pin.code)}`);
  const { interrupted } = terminal;
  while (!interrupted.aborted) {
    try {
      const token = await plexTv.tokenOf(pin);
      if (token !== undefined) return token;
    } catch (error) {
      if (error instanceof UpstreamError && error.trouble === "not-found") {
        throw new ReelayError("REELAY_PLEX_LINK_FAILED", "The code has expired; nothing was linked.");
      }
      // What does not answer now may answer the next time: the code is good for some minutes.
      if (!(error instanceof UpstreamError) || error.trouble === "refused") throw asReelay(error);
    }
    await delay(pollMs, undefined, { signal: interrupted }).catch(() => undefined);
  }
  return undefined;
}

async function link(
  server: AccountServer,
  others: readonly LinkedServer[],
  clientIdentifier: string,
  terminal: Terminal,
): Promise<LinkedServer | undefined> {
  const { machineIdentifier, token, owned } = server;
  const shown = `${harmless(server.name)}${owned ? "" : " (shared with you)"}`;
  try {
    const address = await reachableAddress(server, clientIdentifier);
    if (address === undefined) {
      terminal.complain(`${shown}: none of its addresses answers from here.`);
      return undefined;
    }
    const name = nameOf(server, others);
    terminal.print(`${shown}: ${address.url}, linked as ${name}`);
    if (address.url.startsWith("http:")) terminal.print("  Not encrypted: its https name is not found from here.");
    return { name, url: address.url, machineIdentifier, token };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    terminal.complain(`${shown}: it does not take the token that plex.tv gives for it.`);
    return undefined;
  }
}

/** The same as before, and no two the same. */
function nameOf({ name, machineIdentifier }: AccountServer, others: readonly LinkedServer[]): string {
  return others.find((one) => one.machineIdentifier === machineIdentifier)?.name ?? freeName(name, others);
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw asReelay(error);
  }
}

function asReelay(error: unknown): unknown {
  if (!(error instanceof UpstreamError)) return error;
  return new ReelayError("REELAY_PLEX_LINK_FAILED", `plex.tv: ${error.message}`, { cause: error });
}
