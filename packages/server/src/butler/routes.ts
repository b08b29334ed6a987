import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { parseParams, requireAdmin, sendContainer, sendEmpty } from "../http/index.ts";
import type { Butler } from "./butler.ts";

const byName = z.object({ name: z.string().min(1).max(100) });

/** `/butler`, for the owner: what is scheduled, and running it by hand. */
export const butlerRoutes: FastifyPluginCallback<{ readonly butler: Butler }> = (app, { butler }, done) => {
  app.get("/butler", (request, reply) => {
    requireAdmin(request);
    const tasks = butler.tasks.map(({ name, title, description, interval, enabled }) => ({
      name,
      title,
      description,
      enabled: enabled(),
      interval,
      scheduleRandomized: false,
    }));
    return sendContainer(request, reply, { ButlerTask: tasks }, "ButlerTasks");
  });

  app.post("/butler", (request, reply) => {
    requireAdmin(request);
    butler.runAll();
    return sendEmpty(reply);
  });

  app.delete("/butler", async (request, reply) => {
    requireAdmin(request);
    await butler.stopAll();
    return sendEmpty(reply);
  });

  app.post("/butler/:name", (request, reply) => {
    requireAdmin(request);
    const { name } = parseParams(byName, request);
    // As Plex answers: 202 when it runs already.
    return butler.run(name) ? sendEmpty(reply) : reply.code(202).header("content-length", "0").send();
  });

  app.delete("/butler/:name", async (request, reply) => {
    requireAdmin(request);
    await butler.stop(parseParams(byName, request).name);
    return sendEmpty(reply);
  });
  done();
};
