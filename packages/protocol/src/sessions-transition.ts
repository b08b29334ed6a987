import type { PlaybackSession, SessionEvent, SessionReport } from "./sessions-types.ts";

/** What is remembered of a session that has ended, so that late reports do not bring it back. */
export interface EndedSession {
  readonly sessionKey?: string;
  readonly item: string;
  readonly failed: boolean;
}

/** Limits that the rules need; see `SessionOptions`. */
export interface SessionRules {
  readonly vanishAfterMs: number;
  readonly scrobbleAt: number;
  readonly seekToleranceMs: number;
}

type StopReason = Extract<SessionEvent, { type: "stopped" }>["why"];

/** A session as its first report shows it, before that report's state is applied. */
export function openSession(report: SessionReport, item: string, when: number, id: number): PlaybackSession {
  const viewOffset = positionOf(report) ?? 0;
  return {
    id,
    item,
    state: report.state,
    phase: "opening",
    viewOffset,
    startOffset: viewOffset,
    openedAt: when,
    lastReportAt: when,
    scrobbled: false,
    offline: report.offline ?? false,
    ...told(report),
  };
}

/** What a report tells besides state and position; what it leaves out stays as it was. */
function told(report: SessionReport): Partial<PlaybackSession> {
  const { sessionKey, clientIdentifier, account, key, duration } = report;
  return {
    ...(sessionKey === undefined ? {} : { sessionKey }),
    ...(clientIdentifier === undefined ? {} : { clientIdentifier }),
    ...(account === undefined ? {} : { account }),
    ...(key === undefined ? {} : { key }),
    ...(duration !== undefined && duration > 0 && Number.isFinite(duration) ? { duration } : {}),
  };
}

/** The position that a report tells, if it tells one. */
export function positionOf(report: SessionReport): number | undefined {
  const { viewOffset } = report;
  return viewOffset !== undefined && Number.isFinite(viewOffset) && viewOffset >= 0 ? viewOffset : undefined;
}

/** What a report of this session's own player and item makes of it. The last event has the session as it is afterwards. */
export function transition(
  session: PlaybackSession,
  report: SessionReport,
  at: number,
  before: EndedSession | undefined,
  seekFrom: number | undefined,
  rules: SessionRules,
): SessionEvent[] {
  const viewOffset = positionOf(report) ?? session.viewOffset;
  const reported: PlaybackSession = {
    ...session,
    ...told(report),
    state: report.state,
    viewOffset,
    lastReportAt: at,
  };
  const seek = seekFrom === undefined ? {} : { seekFrom };
  const { phase } = session;
  switch (report.state) {
    case "playing": {
      const playing = { ...reported, phase: "playing" as const };
      if (phase === "opening") {
        const why = before === undefined ? "began" : before.item === session.item ? "again" : "next-item";
        return withScrobble({ type: "started", why, session: { ...playing, startedAt: at }, at }, rules);
      }
      if (phase === "paused") {
        return withScrobble({ type: "resumed", why: "reported", session: playing, at, ...seek }, rules);
      }
      return withScrobble(progress(playing, at, seekFrom), rules);
    }
    case "paused":
      if (phase !== "playing") return withScrobble(progress(reported, at, seekFrom), rules);
      return withScrobble(
        { type: "paused", why: "reported", session: { ...reported, phase: "paused" }, at, ...seek },
        rules,
      );
    case "buffering":
      return withScrobble(progress(reported, at, seekFrom), rules);
    case "stopped": {
      const scrobble = scrobbleOf(reported, at, "position", rules);
      const last = end(scrobble?.session ?? reported, at, report.continuing ? "continuing" : "reported");
      return scrobble ? [scrobble, { ...last, ...seek }] : [{ ...last, ...seek }];
    }
    case "error":
      return [{ type: "failed", why: "reported", session: { ...reported, endedAt: at }, at, ...seek }];
  }
}

function progress(session: PlaybackSession, at: number, seekFrom: number | undefined): SessionEvent {
  const event = { type: "progress", session, at } as const;
  if (session.startedAt === undefined) return { ...event, why: "not-started" };
  if (seekFrom !== undefined) return { ...event, why: "seek", seekFrom };
  return { ...event, why: session.state === "buffering" ? "buffering" : "repeat" };
}

function withScrobble(event: SessionEvent, rules: SessionRules): SessionEvent[] {
  const scrobble = scrobbleOf(event.session, event.at, "position", rules);
  return scrobble ? [event, scrobble] : [event];
}

/** The scrobble of a session that has played past the threshold and told none yet. */
export function scrobbleOf(
  session: PlaybackSession,
  at: number,
  why: "position" | "duration",
  rules: SessionRules,
): SessionEvent | undefined {
  if (session.scrobbled || session.startedAt === undefined || !isPastThreshold(session, rules)) return undefined;
  return { type: "scrobbled", why, session: { ...session, scrobbled: true }, at };
}

/** True if so much was played that the item counts as played. */
export function isPastThreshold(session: PlaybackSession, rules: SessionRules): boolean {
  return session.duration !== undefined && session.viewOffset >= session.duration * rules.scrobbleAt;
}

/** The last event of a session that no error ends. */
export function end(session: PlaybackSession, at: number, why: StopReason): SessionEvent {
  const ended: PlaybackSession = { ...session, state: "stopped", endedAt: at };
  if (session.startedAt === undefined) return { type: "progress", why: "not-started", session: ended, at };
  return { type: "stopped", why, session: ended, at };
}

/** What to remember of a session that has ended. */
export function remember(session: PlaybackSession): EndedSession {
  const { sessionKey, item, state } = session;
  return { item, failed: state === "error", ...(sessionKey === undefined ? {} : { sessionKey }) };
}
