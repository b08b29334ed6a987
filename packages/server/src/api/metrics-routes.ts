import type { FastifyPluginCallback } from "fastify";
import { requireAdmin } from "../http/index.ts";
import type { Metrics } from "./metrics.ts";

/** `/metrics` for Prometheus, for the owner. */
export const metricsRoutes: FastifyPluginCallback<{ readonly metrics: () => Promise<Metrics> }> = (
  app,
  { metrics },
  done,
) => {
  app.get("/metrics", async (request, reply) => {
    requireAdmin(request);
    const asked = await metrics();
    return reply
      .type(asked.contentType)
      .header("cache-control", "no-store")
      .send(await asked.text());
  });
  done();
};
