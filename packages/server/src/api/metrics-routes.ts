import type { FastifyPluginCallback } from "fastify";
import { requireAdmin } from "../http/index.ts";
import type { Metrics } from "./metrics.ts";

/** `/metrics` for Prometheus, for the owner. */
export const metricsRoutes: FastifyPluginCallback<{ readonly metrics: Metrics }> = (app, { metrics }, done) => {
  app.get("/metrics", async (request, reply) => {
    requireAdmin(request);
    return reply
      .type(metrics.contentType)
      .header("cache-control", "no-store")
      .send(await metrics.text());
  });
  done();
};
