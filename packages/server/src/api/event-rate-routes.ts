import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { apiRoute } from "../http/index.ts";
import type { Database } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";
import { eventRates } from "./event-rates.ts";

const query = z.object({
  hours: z.coerce.number().int().min(1).max(168).default(6).describe("How far back."),
  buckets: z.coerce.number().int().min(1).max(500).default(72).describe("Into how many equal parts that is cut."),
});

const rates = z.object({
  from: z.int().describe("Where the first bucket begins, epoch milliseconds."),
  bucketMs: z.int(),
  families: z
    .record(z.string(), z.array(z.int()))
    .describe(
      "Per family of events how many there were in each bucket, oldest first; families without any are left out.",
    ),
});

/** `/api/v1/events/rates`: how much happened, for a plot. */
export const eventRateRoutes: FastifyPluginCallback<{ readonly database: Database; readonly clock: Clock }> = (
  app,
  { database, clock },
  done,
) => {
  apiRoute(
    app,
    {
      method: "GET",
      path: "/api/v1/events/rates",
      summary: "How many facts there were in each part of the last hours. Progress is not counted, it is not kept",
      tag: "events",
      access: "account",
      query,
      answer: rates,
      errors: ["REELAY_QUERY_TOO_LONG"],
    },
    async ({ viewer, query: { hours, buckets }, reply }) => {
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const bucketMs = Math.ceil((hours * 3_600_000) / buckets);
      // Bounds that stay where they are from one request to the next, so that a plot does not flicker.
      const until = (Math.floor(clock.now() / bucketMs) + 1) * bucketMs;
      return eventRates(database, { from: until - bucketMs * buckets, bucketMs, buckets }, viewer, gone.signal);
    },
  );
  done();
};
