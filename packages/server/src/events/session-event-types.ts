import type { SessionEvent } from "@reelay/protocol";
import type { NewMediaEvent } from "./media-event.ts";

/** What the state machine of playback tells, as the log calls it. */
export const sessionEventTypes = {
  started: "session.started",
  paused: "session.paused",
  resumed: "session.resumed",
  stopped: "session.stopped",
  failed: "session.failed",
  scrobbled: "session.scrobbled",
  progress: "session.progressed",
} as const satisfies Record<SessionEvent["type"], NewMediaEvent["type"]>;
