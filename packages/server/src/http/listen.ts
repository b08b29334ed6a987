import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { ReelayError, systemCode } from "../support/index.ts";
import { type Neighbour, whoIsThere } from "./who-is-there.ts";

/** Plex's port, and the last one that is tried instead of it. */
const FIRST_PORT = 32400;
const LAST_PORT = 32500;

export interface ListenOptions {
  readonly host: string;
  /** Exactly this one; 0 = any. Undefined: 32400, or the next free one up to 32500. */
  readonly port?: number | undefined;
  /** What the app speaks. Default: http. */
  readonly scheme?: "http" | "https";
  readonly firstPort?: number;
  readonly lastPort?: number;
  readonly whoIsThere?: (port: number) => Promise<Neighbour>;
}

export interface Listening {
  readonly port: number;
  /** How this machine reaches it: `http://127.0.0.1:32400`. */
  readonly url: string;
  /** What a person should know: which port was passed over and why. */
  readonly notes: readonly string[];
}

/** @throws REELAY_PORT_IN_USE, or REELAY_CONFIG_INVALID for an address that this machine does not have or may not use. */
export async function listen(app: FastifyInstance, options: ListenOptions): Promise<Listening> {
  const { port, firstPort = FIRST_PORT, lastPort = LAST_PORT } = options;
  // `localhost` is two addresses on many machines, and a second server would need a second shell.
  const host = options.host === "localhost" ? "127.0.0.1" : options.host;
  if (port !== undefined) {
    if (!(await tryPort(app, host, port))) throw new ReelayError("REELAY_PORT_IN_USE", `Port ${port} is taken.`);
    return { ...reached(app, host, options), notes: [] };
  }
  for (let next = firstPort; next <= lastPort; next++) {
    if (!(await tryPort(app, host, next))) continue;
    const there = reached(app, host, options);
    if (next === firstPort) return { ...there, notes: [] };
    const neighbour = await (options.whoIsThere ?? whoIsThere)(firstPort);
    return { ...there, notes: [`Port ${firstPort} is taken by ${nameOf[neighbour]}; this one uses ${next}.`] };
  }
  throw new ReelayError("REELAY_PORT_IN_USE", `All ports from ${firstPort} to ${lastPort} are taken.`);
}

const nameOf: Readonly<Record<Neighbour, string>> = {
  reelay: "another Reelay",
  plex: "a Plex Media Server, which is left alone",
  other: "another program",
};

async function tryPort(app: FastifyInstance, host: string, port: number): Promise<boolean> {
  try {
    await app.listen({ host, port });
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === "EADDRINUSE") return false;
    if (code === "EACCES") throw new ReelayError("REELAY_CONFIG_INVALID", `Port ${port} may not be used by this user.`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "EINVAL") {
      throw new ReelayError("REELAY_CONFIG_INVALID", `Host ${host} is not an address of this machine.`, {
        cause: error,
      });
    }
    throw error;
  }
}

function reached(
  app: FastifyInstance,
  host: string,
  { scheme = "http" }: ListenOptions,
): { readonly port: number; readonly url: string } {
  const { port } = app.server.address() as AddressInfo;
  const local = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return { port, url: `${scheme}://${local.includes(":") ? `[${local}]` : local}:${port}` };
}
