import type { PlaybackSession, SessionReport } from "./sessions-types.ts";

/** What tells players apart. */
export interface Identity {
  readonly clientIdentifier?: string | undefined;
  readonly sessionKey?: string | undefined;
  readonly account?: string | undefined;
  readonly offline?: boolean | undefined;
}

/** Key of a player; nothing if it is told by neither identifier nor `sessionKey`. */
export function playerKey({ clientIdentifier, sessionKey, account, offline }: Identity): string | undefined {
  const who = clientIdentifier ?? sessionKey;
  if (who === undefined) return undefined;
  const by = clientIdentifier === undefined ? "session" : "client";
  return JSON.stringify([by, who, account ?? null, offline ?? false]);
}

/** True if both have the same `playerKey`. */
export function isSame(a: Identity, b: Identity): boolean {
  return (
    a.clientIdentifier === b.clientIdentifier &&
    (a.clientIdentifier !== undefined || a.sessionKey === b.sessionKey) &&
    a.account === b.account &&
    (a.offline ?? false) === (b.offline ?? false)
  );
}

/** What is known of a session's player with what a report of it adds. */
export function together(session: PlaybackSession, report: SessionReport): Identity {
  return {
    clientIdentifier: report.clientIdentifier ?? session.clientIdentifier,
    sessionKey: report.sessionKey ?? session.sessionKey,
    account: report.account ?? session.account,
    offline: session.offline,
  };
}

/** A report without an identifier, with what is known of the player whose session it was found by: it may begin that player's next one. */
export function named(report: SessionReport, session: PlaybackSession | undefined): SessionReport {
  if (!session || report.clientIdentifier !== undefined) return report;
  const { clientIdentifier, account } = together(session, report);
  return {
    ...report,
    ...(clientIdentifier === undefined ? {} : { clientIdentifier }),
    ...(account === undefined ? {} : { account }),
  };
}

/** A session keeps the key that it began with, unless that was without the identifier which is known now. */
export function keyAfter(found: string, was: PlaybackSession | undefined, now: PlaybackSession | undefined): string {
  const isKept = !now || (now.id === was?.id && now.clientIdentifier === was.clientIdentifier);
  return isKept ? found : (playerKey(now) ?? found);
}

/** True if both tell a `sessionKey`, and it is the same. */
export function hasSameKey(session: PlaybackSession, report: SessionReport): boolean {
  return report.sessionKey !== undefined && report.sessionKey === session.sessionKey;
}

/** True if nothing that both tell is different. */
export function isCompatible(session: PlaybackSession, report: SessionReport): boolean {
  const agree = (a: string | undefined, b: string | undefined) => a === undefined || b === undefined || a === b;
  return (
    session.offline === (report.offline ?? false) &&
    agree(session.clientIdentifier, report.clientIdentifier) &&
    agree(session.account, report.account)
  );
}
