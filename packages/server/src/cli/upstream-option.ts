import { ReelayError } from "../support/index.ts";
import type { UpstreamOption } from "../upstream/index.ts";
import { type LinkedServer, readLinks } from "./plex-links.ts";
import type { Terminal } from "./terminal.ts";

/** As `--plex` names it; without a URL one that was linked. */
export interface NamedServer extends Omit<UpstreamOption, "token" | "url"> {
  readonly url?: string;
}

/**
 * A server as `--plex` names it, with its token: from the environment, because other users of the machine can read the
 * command line, or as `reelay plex link` has stored it.
 * @throws REELAY_CONFIG_INVALID for a name that nothing is linked under
 */
export function upstreamOption({ url, ...server }: NamedServer, dataDir: string, env: Terminal["env"]): UpstreamOption {
  const linked = (): LinkedServer | undefined =>
    readLinks(dataDir)?.servers.find((one) => (url === undefined ? one.name === server.name : one.url === url));
  const address = url ?? linked()?.url;
  if (address === undefined) {
    throw new ReelayError(
      "REELAY_CONFIG_INVALID",
      `--plex: no server is linked as ${server.name}; reelay plex link does.`,
    );
  }
  const own = server.name === undefined ? undefined : env[tokenVariable(server.name)];
  // Read each time: a new link needs no restart.
  return { ...server, url: address, token: async () => own || linked()?.token || env.REELAY_PLEX_TOKEN || undefined };
}

/** `living room` is REELAY_PLEX_TOKEN_LIVING_ROOM. */
export function tokenVariable(name: string): string {
  return `REELAY_PLEX_TOKEN_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}
