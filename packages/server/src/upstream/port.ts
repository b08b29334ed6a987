import type { FastifyInstance } from "fastify";
import { createHttp, type Gate, listen, type TlsPair } from "../http/index.ts";
import { type Hub, streamRoutes, streamsAtFirstChunk, streamUpgrades } from "../streams/index.ts";
import { type Clock, type Logger, ReelayError } from "../support/index.ts";
import { PassThrough } from "./pass-through.ts";
import type { Upstream } from "./upstream.ts";

export interface PortOptions {
  readonly host: string;
  readonly hub: Hub;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tls: TlsPair | undefined;
}

/**
 * Presents one upstream as itself on a port of its own, for clients that know only host and port: who it is, its streams
 * as this server keeps them, with positions, and its REST read-only.
 * @throws REELAY_PORT_IN_USE, REELAY_CONFIG_INVALID
 */
export async function openPort(
  upstream: Upstream,
  port: number,
  { host, hub, gate, clock, log, tls }: PortOptions,
): Promise<{ readonly app: FastifyInstance; readonly port: number }> {
  const origin = () => {
    const { machineIdentifier, reason } = upstream.status;
    if (machineIdentifier !== undefined) return machineIdentifier;
    throw new ReelayError("REELAY_UPSTREAM_UNREACHABLE", reason, { headers: { "Retry-After": "5" } });
  };
  const app = createHttp({ gate, log, clock, tls });
  const passThrough = new PassThrough(upstream.client, () => upstream.status.machineIdentifier);
  await app.register(streamRoutes, { hub, origin });
  app.get("/identity", { config: { public: true } }, (request, reply) => passThrough.answer(request, reply));
  app.get("/", (request, reply) => passThrough.answer(request, reply));
  app.get("/*", (request, reply) => passThrough.answer(request, reply));
  app.server.on("upgrade", streamUpgrades({ hub, gate, clock, logger: log, origin }));
  app.atFirstChunk(streamsAtFirstChunk({ hub, clock, origin, onAnswered: app.tellAnswered }));
  const listening = await listen(app, { host, port, scheme: tls === undefined ? "http" : "https" });
  return { app, port: listening.port };
}
