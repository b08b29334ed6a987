import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { apiRoute } from "../http/index.ts";
import type { Devices } from "./devices.ts";

const text = z.string();
const device = z.object({
  id: z.int(),
  clientIdentifier: text.describe("X-Plex-Client-Identifier; Player.uuid in webhooks."),
  name: text,
  platform: text,
  platformVersion: text,
  product: text,
  version: text,
  device: text,
  model: text,
  vendor: text,
  accountId: z.int().nullable().describe("With whose token it was first seen; null when that account is gone."),
  createdAt: z.int().describe("Epoch milliseconds."),
  lastSeenAt: z.int().describe("Epoch milliseconds, to the minute."),
});

/** `GET /api/v1/devices`: all that Reelay knows of them. */
export const deviceRoutes: FastifyPluginCallback<{ readonly devices: Devices }> = (app, { devices }, done) => {
  apiRoute(
    app,
    {
      method: "GET",
      path: "/api/v1/devices",
      summary: "List devices in the order in which they appeared",
      tag: "devices",
      query: z.object({
        start: z.coerce.number().int().min(0).default(0),
        size: z.coerce.number().int().min(1).max(1_000).default(1_000),
      }),
      answer: z.object({ totalSize: z.int(), devices: z.array(device) }),
    },
    ({ query: { start, size } }) => {
      const found = devices.list(start, size);
      return { totalSize: found.totalSize, devices: [...found.devices] };
    },
  );
  done();
};
