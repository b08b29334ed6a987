import type { FastifyPluginCallback } from "fastify";
import { sendContainer } from "../http/index.ts";
import { COMPATIBLE_VERSION, type Identity } from "./identity.ts";

export interface IdentityRoutesOptions {
  readonly identity: Identity;
  readonly friendlyName: () => string;
  /** Epoch seconds of the last change that clients should look for. */
  readonly updatedAt: () => number;
}

/** What clients ask first: who is there, and what it can do. */
export const identityRoutes: FastifyPluginCallback<IdentityRoutesOptions> = (
  app,
  { identity, friendlyName, updatedAt },
  done,
) => {
  app.get("/identity", { config: { public: true } }, (request, reply) =>
    sendContainer(request, reply, {
      size: 0,
      claimed: true,
      machineIdentifier: identity.machineIdentifier,
      version: COMPATIBLE_VERSION,
    }),
  );
  app.get("/", (request, reply) => {
    const directories = ["activities", "library"].map((key) => ({ count: 1, key, title: key }));
    return sendContainer(request, reply, {
      size: directories.length,
      allowMediaDeletion: false,
      allowSync: false,
      eventStream: true,
      friendlyName: friendlyName(),
      machineIdentifier: identity.machineIdentifier,
      multiuser: true,
      myPlex: false,
      // A string, also in JSON: @ctrl/plex splits it. `pass` and `webhooks` are what receivers look for.
      ownerFeatures: "pass,webhooks",
      platform: platformName(),
      pushNotifications: false,
      transcoderActiveVideoSessions: 0,
      updatedAt: updatedAt(),
      version: COMPATIBLE_VERSION,
      Directory: directories,
    });
  });
  done();
};

/** In Plex's spelling. */
function platformName(): string {
  if (process.platform === "win32") return "Windows";
  return process.platform === "darwin" ? "MacOSX" : "Linux";
}
