import {
  type EndedSession,
  end,
  openSession,
  positionOf,
  remember,
  type SessionRules,
  transition,
} from "./sessions-transition.ts";
import type { IgnoredReport, PlaybackSession, SessionEvent, SessionReport } from "./sessions-types.ts";

/** What is known of one player: its session, if it has one, and the last that ended. */
export interface Player {
  readonly session?: PlaybackSession;
  readonly before?: EndedSession;
  /** Reading of the state machine's own clock at the last report that was applied. */
  readonly heard: number;
  /** Newest `happenedAt`. */
  readonly happenedAt?: number;
}

/** A player after a report, and what there is to tell. */
export interface AppliedReport {
  readonly player: Player;
  readonly events: readonly SessionEvent[];
}

/** The item that a report is about. */
export function itemOf(report: SessionReport): string | undefined {
  return report.ratingKey || report.key || undefined;
}

/**
 * Applies a report to its player, or says why it is ignored. All rules of playback are here.
 * @param clock Reading of the state machine's own clock.
 * @param newId Number of the session, should one begin.
 */
export function applyReport(
  player: Player | undefined,
  report: SessionReport,
  clock: number,
  newId: () => number,
  rules: SessionRules,
): AppliedReport | IgnoredReport {
  const item = itemOf(report);
  if (player && isOutOfOrder(player, report, item, rules)) return "out-of-order";
  const live = player?.session;
  const continued = live && belongsTo(live, report, item) ? live : undefined;
  if (!continued) {
    const reason = whyNoStart(player, report, item);
    if (reason) return reason;
  }

  const when = timeOf(report);
  const why = item === live?.item ? "another-session" : "another-item";
  const displaced = live && !continued ? end(live, when, why) : undefined;
  const before = displaced ? remember(displaced.session) : player?.before;
  const session = continued ?? openSession(report, item ?? "", when, newId());
  const elapsed = player ? elapsedSince(player, report, clock) : 0;
  const seekFrom = continued && whereItWouldBe(continued, report, elapsed, rules);
  const events = transition(session, report, when, before, seekFrom, rules);
  const after = events.at(-1)?.session ?? session;
  // Even if it is older, since then the player's clock was set back.
  const happenedAt = Number.isFinite(report.happenedAt) ? report.happenedAt : player?.happenedAt;
  return {
    player: {
      heard: clock,
      ...(happenedAt === undefined ? {} : { happenedAt }),
      ...(after.endedAt === undefined
        ? { session: after, ...(before ? { before } : {}) }
        : { before: remember(after) }),
    },
    events: displaced ? [displaced, ...events] : events,
  };
}

/** Offline playback was when its player says, unless that would be in the future. */
function timeOf({ at, happenedAt, offline }: SessionReport): number {
  return offline && happenedAt !== undefined && happenedAt < at ? happenedAt : at;
}

/** Late by the player's own clock. Further behind than a session lives is no late report but a clock that was set, or playback long ago. */
function isOutOfOrder(player: Player, report: SessionReport, item: string | undefined, rules: SessionRules): boolean {
  if (player.happenedAt === undefined || report.happenedAt === undefined) return false;
  const behind = player.happenedAt - report.happenedAt;
  if (report.offline) return behind > 0 && item === (player.session ?? player.before)?.item;
  return behind > 0 && behind <= rules.vanishAfterMs;
}

function belongsTo(session: PlaybackSession, report: SessionReport, item: string | undefined): boolean {
  if (report.sessionKey !== undefined && session.sessionKey !== undefined && report.sessionKey !== session.sessionKey) {
    return false;
  }
  return item === undefined || item === session.item;
}

function whyNoStart(
  player: Player | undefined,
  report: SessionReport,
  item: string | undefined,
): IgnoredReport | undefined {
  const { session, before } = player ?? {};
  if (report.state === "stopped") return "not-playing";
  // Perhaps of the session before; what plays goes on. And players repeat an error as they repeat everything.
  if (report.state === "error" && (session || (before?.failed && before.item === item))) return "not-playing";
  if (item === undefined) return "unidentified";
  const isOfBefore = report.sessionKey !== undefined && report.sessionKey === before?.sessionKey;
  if (session && isOfBefore && report.sessionKey !== session.sessionKey) return "superseded";
  return undefined;
}

/** Time between the last report and this one: by the player's clock if it tells, since reports may come late and in one batch. */
function elapsedSince(player: Player, report: SessionReport, clock: number): number {
  const byPlayer = (report.happenedAt ?? Number.NaN) - (player.happenedAt ?? Number.NaN);
  return byPlayer >= 0 ? byPlayer : clock - player.heard;
}

/** Where the position would be, if it is not there: the player was moved. Nobody knows when exactly buffering began, so it gets its range. */
function whereItWouldBe(
  session: PlaybackSession,
  report: SessionReport,
  elapsed: number,
  rules: SessionRules,
): number | undefined {
  const position = positionOf(report);
  if (position === undefined) return undefined;
  const stood = session.viewOffset;
  const played = stood + elapsed;
  const moved = session.state === "playing";
  const buffered = session.phase === "playing" && (session.state === "buffering" || report.state === "buffering");
  const earliest = moved && !buffered ? played : stood;
  const latest = moved || buffered ? played : stood;
  if (position < earliest - rules.seekToleranceMs) return earliest;
  return position > latest + rules.seekToleranceMs ? latest : undefined;
}
