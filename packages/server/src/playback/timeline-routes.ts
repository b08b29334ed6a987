import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { sendContainer, viewerOf } from "../http/index.ts";
import { type LibraryQueries, viewOf } from "../library/index.ts";
import type { Database } from "../storage/index.ts";
import { ReelayError } from "../support/index.ts";
import { type Locate, playerOf } from "./player.ts";
import type { ReportBrake } from "./report-brake.ts";
import type { ReportLimits } from "./report-limits.ts";
import type { Sessions } from "./sessions.ts";
import { playerKey } from "./terminations.ts";
import { readTimeline } from "./timeline-report.ts";

export interface TimelineRoutesOptions {
  readonly database: Database;
  readonly queries: LibraryQueries;
  readonly sessions: Sessions;
  readonly limits: ReportLimits;
  readonly brake: ReportBrake;
  readonly locate: Locate;
}

/** As Plex answers a player whose session an administrator has ended. */
const TERMINATED = "2006";

/** `/:/timeline`: what players report. (The router takes two colons for one.) */
export const timelineRoutes: FastifyPluginCallback<TimelineRoutesOptions> = (app, options, done) => {
  const { database, queries, sessions, limits, brake, locate } = options;

  const report = async (request: FastifyRequest, reply: FastifyReply) => {
    const viewer = viewerOf(request);
    const player = playerOf(request, locate);
    const told = readTimeline(request, viewer.accountId, player);
    try {
      limits.count(playerKey(viewer.accountId, player.uuid), `${told.itemId} ${told.state} ${told.sessionId ?? ""}`);
    } catch (error) {
      await brake.refused(request.raw.socket);
      throw error;
    }
    brake.taken(request.raw.socket);
    const row = queries.item(told.itemId, viewer);
    if (row === undefined || !isPlayable(row.type)) {
      throw new ReelayError("REELAY_NOT_FOUND", `There is no item ${told.itemId} that can be played.`);
    }
    const termination = await sessions.report(told, row);
    const { viewOffset, viewCount } = viewOf(database.read, viewer.accountId, told.itemId);
    return sendContainer(request, reply, {
      playbackState: viewOffset !== undefined ? "progress" : viewCount > 0 ? "played" : "unplayed",
      size: 0,
      skipCount: 0,
      viewCount,
      viewOffset: viewOffset ?? 0,
      ...(termination === undefined
        ? {}
        : {
            terminationCode: TERMINATED,
            terminationText: `Admin terminated playback with reason: ${termination.reason}`,
          }),
    });
  };
  app.get("/::/timeline", { config: { changes: true } }, report);
  app.post("/::/timeline", report);
  done();
};

function isPlayable(type: unknown): boolean {
  return type === "movie" || type === "episode" || type === "track";
}
