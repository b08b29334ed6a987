import { basename } from "node:path";
import { harmless, ReelayError, randomHex } from "../support/index.ts";
import { tokenState, type UpstreamOption } from "../upstream/index.ts";
import { freeName, linksPath, readLinks, writeLinks } from "./plex-links.ts";
import type { Terminal } from "./terminal.ts";
import { tokenVariable } from "./upstream-option.ts";

/** So often a token may be wrong. */
const TRIES = 3;

/**
 * Asks the person at the terminal for the token of a server that has none, and stores it in the data folder for its user
 * alone. A server that asks for none needs none.
 * @throws REELAY_CONFIG_INVALID where there is nobody to ask
 */
export async function requireToken(option: UpstreamOption, dataDir: string, terminal: Terminal): Promise<void> {
  const { url, name } = option;
  if ((await option.token()) !== undefined || (await tokenState(url, undefined)) === "taken") return;
  const { askSecret } = terminal;
  if (askSecret === undefined) throw new ReelayError("REELAY_CONFIG_INVALID", missing(option));
  terminal.print(`There is no token for ${name === undefined ? url : `${name}, ${url}`}: paste one (it is not shown).`);
  for (let left = TRIES; left > 0; left--) {
    const token = (await askSecret("X-Plex-Token: "))?.trim();
    if (token === undefined || terminal.interrupted.aborted)
      throw new ReelayError("REELAY_CONFIG_INVALID", missing(option));
    if (!/^[\x21-\x7e]{1,500}$/.test(token)) {
      terminal.complain("That is no token: it is one word of letters, digits and signs.");
      continue;
    }
    const state = await tokenState(url, token);
    if (state === "refused") {
      terminal.complain("The server does not take it.");
      continue;
    }
    const place = store({ url, name, token }, dataDir);
    terminal.print(
      state === "taken"
        ? `The server takes it. It is kept in ${place}, for your user alone.`
        : `The server does not answer now, so it could not be tried. It is kept in ${place}, for your user alone.`,
    );
    return;
  }
  throw new ReelayError("REELAY_CONFIG_INVALID", missing(option));
}

function missing({ name, url }: UpstreamOption): string {
  const variables = [...(name === undefined ? [] : [tokenVariable(name)]), "REELAY_PLEX_TOKEN"].join(" or ");
  return `--plex: there is no token for ${harmless(url)}. Link the server with reelay plex link, or give its token as ${variables}.`;
}

/** @returns the file's name */
function store(
  server: { readonly url: string; readonly name: string | undefined; readonly token: string },
  dataDir: string,
) {
  const { url, token } = server;
  const before = readLinks(dataDir);
  const others = (before?.servers ?? []).filter((one) => one.url !== url);
  const name = freeName(server.name ?? new URL(url).hostname, others);
  writeLinks(dataDir, {
    clientIdentifier: before?.clientIdentifier ?? `reelay-${randomHex(16)}`,
    servers: [...others, { name, url, token }],
  });
  return basename(linksPath(dataDir));
}
