import type { FastifyPluginCallback } from "fastify";
import { z } from "zod";
import { type ActivityFacts, type Audience, maySee } from "../events/index.ts";
import { parseParams, sendContainer, sendEmpty, type Viewer, viewerOf } from "../http/index.ts";
import type { Activities } from "./activities.ts";

const byUuid = z.object({ uuid: z.uuid() });

/** `/activities`: what runs, and its end. */
export const activityRoutes: FastifyPluginCallback<{ readonly activities: Activities }> = (
  app,
  { activities },
  done,
) => {
  app.get("/activities", (request, reply) => {
    const running = activities.list(sees(viewerOf(request))).map(toActivity);
    return sendContainer(request, reply, { size: running.length, Activity: running });
  });
  app.delete("/activities/:uuid", (request, reply) => {
    activities.cancel(parseParams(byUuid, request).uuid, sees(viewerOf(request)));
    return sendEmpty(reply);
  });
  done();
};

/** The owner sees all activities, everybody else their own. */
function sees(viewer: Viewer): (audience: Audience) => boolean {
  return (audience) => viewer.admin || (audience.kind === "account" && maySee(viewer, audience));
}

function toActivity({ context, ...facts }: ActivityFacts) {
  return { ...facts, ...(context === undefined ? {} : { Context: { ...context } }) };
}
