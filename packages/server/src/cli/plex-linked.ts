import { harmless, ReelayError } from "../support/index.ts";
import { type ConnectArguments, ServerFinder } from "./api.ts";
import { readLinks, writeLinks } from "./plex-links.ts";
import { readServerFile } from "./server-file.ts";
import { inColumns } from "./table.ts";
import type { Terminal } from "./terminal.ts";

type FolderArguments = Pick<ConnectArguments, "data" | "defaultData">;

/** The servers that are linked, by the names that `--plex` takes. A token is never shown. */
export async function listPlex(connect: FolderArguments, terminal: Terminal): Promise<number> {
  const { dataDir } = new ServerFinder(connect, terminal.env);
  const servers = readLinks(dataDir)?.servers ?? [];
  if (servers.length === 0) terminal.complain("No server is linked yet: `reelay plex link` does it.");
  const rows = servers.map(({ name, url, machineIdentifier }) => [
    name,
    url,
    machineIdentifier === undefined ? "token typed in" : "linked by a code",
  ]);
  for (const line of inColumns(rows)) terminal.print(line);
  return 0;
}

/**
 * Forgets servers and their tokens: all that are named, or none.
 * @throws REELAY_NOT_FOUND if nothing is linked under one of the names
 */
export async function unlinkPlex(
  { names, ...connect }: FolderArguments & { readonly names: readonly string[] },
  terminal: Terminal,
): Promise<number> {
  const { dataDir } = new ServerFinder(connect, terminal.env);
  const links = readLinks(dataDir);
  const servers = links?.servers ?? [];
  const unknown = names.find((name) => servers.every((one) => one.name !== name));
  if (links === undefined || unknown !== undefined) {
    const linked = servers.length === 0 ? "none is" : `there are ${servers.map(({ name }) => name).join(", ")}`;
    throw new ReelayError("REELAY_NOT_FOUND", `No server is linked as ${harmless(unknown ?? "")}; ${linked}.`);
  }
  // The identifier stays: this program is the same device at plex.tv for good.
  writeLinks(dataDir, { ...links, servers: servers.filter(({ name }) => !names.includes(name)) });
  for (const name of new Set(names)) terminal.print(`${name} is unlinked.`);
  terminal.print("Plex goes on taking the token: among the authorized devices of your Plex account you can end that.");
  if (readServerFile(dataDir) !== undefined) {
    terminal.print("The running server goes on with it until its connection ends or it is restarted without it.");
  }
  return 0;
}
