import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { apiRoute } from "../http/index.ts";
import type { Upstreams } from "./upstreams.ts";

const upstreamView = z.object({
  name: z.string().describe("As `--plex` names it, else as it names itself."),
  url: z.string(),
  state: z
    .enum(["connecting", "connected", "refused"])
    .describe("`refused`: it is there and does not take the token. `reason` says what to do."),
  since: z.int().describe("Of the state, epoch milliseconds."),
  reason: z.string().optional().describe("Why it is not connected."),
  machineIdentifier: z.string().optional().describe("The `origin` of its events; missing until it was reached once."),
  version: z.string().optional(),
});

export const upstreamRoutes: FastifyPluginCallback<{ readonly upstreams: Upstreams }> = (app, { upstreams }, done) => {
  apiRoute(
    app,
    {
      method: "GET",
      path: "/api/v1/upstreams",
      summary: "The servers whose events are told here, and whether they are connected",
      tag: "upstreams",
      answer: z.object({ upstreams: z.array(upstreamView) }),
    },
    () => ({ upstreams: upstreams.list() }),
  );
  done();
};
