import type { FastifyPluginCallback } from "fastify";
import { requireAdmin, searchParams, sendContainer, sendEmpty } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";
import { isPreferenceId } from "./catalogue.ts";
import type { Preferences } from "./preferences.ts";

/** `/:/prefs`, for the owner. (The router takes two colons for one.) */
export const preferenceRoutes: FastifyPluginCallback<{ readonly preferences: Preferences }> = (
  app,
  { preferences },
  done,
) => {
  app.get("/::/prefs", (request, reply) => {
    requireAdmin(request);
    const settings = preferences.list();
    return sendContainer(request, reply, {
      size: settings.length,
      Setting: settings.map((setting) => ({ ...setting })),
    });
  });

  app.get("/::/prefs/get", (request, reply) => {
    requireAdmin(request);
    const id = searchParams(request.raw).get("id") ?? "";
    if (!isPreferenceId(id)) throw new ReelayError("REELAY_NOT_FOUND", `There is no preference ${id}.`);
    return sendContainer(request, reply, { size: 1, Setting: [{ ...preferences.setting(id) }] });
  });

  app.put("/::/prefs", async (request, reply) => {
    requireAdmin(request);
    const texts: Record<string, string> = Object.create(null);
    for (const [name, value] of searchParams(request.raw)) {
      // Clients add who they are to every request.
      if (!/^x-plex-/i.test(name)) texts[name] = value;
    }
    if (Object.keys(texts).length === 0) {
      throw new ReelayError("REELAY_INVALID_PARAMETER", "The query names no preference, as in ?FriendlyName=Box.");
    }
    await preferences.set(texts);
    return sendEmpty(reply);
  });
  done();
};
