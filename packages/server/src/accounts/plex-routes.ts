import type { FastifyPluginCallback, FastifyRequest } from "fastify";
import { z } from "zod";
import { parseParams, plexParameter, requireAdmin, sendContainer } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";
import type { Account } from "./account.ts";
import type { Accounts } from "./accounts.ts";
import type { Devices } from "./devices.ts";

export interface PlexAccountRoutesOptions {
  readonly accounts: Accounts;
  readonly devices: Devices;
}

/** Devices of one answer at most. */
const MOST_DEVICES = 1_000;

const byId = z.object({ id: z.coerce.number().int().min(0) });
const paging = z.object({
  start: z.coerce.number().int().min(0).default(0),
  size: z.coerce.number().int().min(0).default(MOST_DEVICES),
});

/** Every Plex server has an account 0 without a name: nobody. */
const nobody = { id: 0, name: "", avatar: undefined };

/** `/accounts` and `/devices` as Plex shapes them, for the owner. */
export const plexAccountRoutes: FastifyPluginCallback<PlexAccountRoutesOptions> = (
  app,
  { accounts, devices },
  done,
) => {
  app.get("/accounts", (request, reply) => {
    requireAdmin(request);
    const all = [nobody, ...accounts.list()].map(toAccount);
    return sendContainer(request, reply, {
      size: all.length,
      identifier: "com.plexapp.system.accounts",
      Account: all,
    });
  });

  app.get("/accounts/:id", (request, reply) => {
    requireAdmin(request);
    const { id } = parseParams(byId, request);
    const account = toAccount(id === 0 ? nobody : accounts.get(id));
    return sendContainer(request, reply, { size: 1, identifier: "com.plexapp.system.accounts", Account: [account] });
  });

  app.get("/devices", (request, reply) => {
    requireAdmin(request);
    const { start, size } = pageOf(request);
    const found = devices.list(start, Math.min(size, MOST_DEVICES));
    reply.header("x-plex-container-total-size", found.totalSize).header("x-plex-container-start", start);
    return sendContainer(request, reply, {
      size: found.devices.length,
      totalSize: found.totalSize,
      offset: start,
      identifier: "com.plexapp.system.devices",
      Device: found.devices.map(({ id, name, platform, clientIdentifier, createdAt }) => ({
        id,
        name,
        platform,
        clientIdentifier,
        createdAt: Math.floor(createdAt / 1_000),
      })),
    });
  });
  done();
};

/** Reelay knows no languages of an account: what a Plex server says of one that has chosen none. */
function toAccount({ id, name, avatar }: Pick<Account, "id" | "name" | "avatar">) {
  return {
    id,
    key: `/accounts/${id}`,
    name,
    defaultAudioLanguage: "en",
    autoSelectAudio: true,
    defaultSubtitleLanguage: "en",
    subtitleMode: 1,
    thumb: avatar ?? "",
  };
}

function pageOf(request: FastifyRequest): z.output<typeof paging> {
  const parsed = paging.safeParse({
    start: plexParameter(request.raw, "X-Plex-Container-Start"),
    size: plexParameter(request.raw, "X-Plex-Container-Size"),
  });
  if (parsed.success) return parsed.data;
  throw new ReelayError("REELAY_INVALID_PARAMETER", "X-Plex-Container-Start and -Size: whole numbers from 0.");
}
