import type { UpstreamOption } from "../upstream/index.ts";
import type { Terminal } from "./terminal.ts";

/** A server as `--plex` names it, with its token from the environment: other users of the machine can read the command line. */
export function upstreamOption(server: Omit<UpstreamOption, "token">, env: Terminal["env"]): UpstreamOption {
  const own = server.name === undefined ? undefined : env[tokenVariable(server.name)];
  const token = own || env.REELAY_PLEX_TOKEN || undefined;
  return { ...server, token: async () => token };
}

/** `living room` is REELAY_PLEX_TOKEN_LIVING_ROOM. */
function tokenVariable(name: string): string {
  return `REELAY_PLEX_TOKEN_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}
