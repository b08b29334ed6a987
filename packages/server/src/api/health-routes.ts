import type { FastifyPluginCallback } from "fastify";
import type { ApiRoute } from "../http/index.ts";
import { type HealthCheck, healthView } from "./health.ts";

const described: ApiRoute = {
  method: "GET",
  path: "/api/v1/health",
  summary: "How the server is; without the owner's token only its status. 503 with the same body when degraded",
  tag: "server",
  access: "account",
  answer: healthView.partial().required({ status: true }),
};

/** `/api/v1/health`: for probes without a token whether it is well, for the owner all that there is to know. */
export const healthRoutes: FastifyPluginCallback<{ readonly health: HealthCheck }> = (app, { health }, done) => {
  app.get(described.path, { config: { public: true, api: described } }, async (request, reply) => {
    const shown = request.viewer?.admin === true ? await health.look() : { status: health.status };
    return reply
      .code(shown.status === "ok" ? 200 : 503)
      .header("cache-control", "no-store")
      .send(shown);
  });
  done();
};
