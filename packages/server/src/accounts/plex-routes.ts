import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { pageOf, parseParams, requireAdmin, sendContainer, tellPage } from "../http/index.ts";
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
    const page = pageOf(request);
    const found = devices.list(page.start, Math.min(page.size, MOST_DEVICES));
    return sendContainer(request, reply, {
      ...tellPage(reply, page, found.devices.length, found.totalSize),
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
