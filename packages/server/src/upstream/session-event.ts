import type { SessionEvent } from "@reelay/protocol";
import { type Missed, type NewMediaEvent, sessionEventTypes, type ToldNotification } from "../events/index.ts";
import type { WatchedSession } from "./session-rows.ts";

export interface SessionTelling {
  readonly origin: string;
  /** The account here that is linked with one of the upstream. */
  readonly accountOf: (upstreamAccount: number) => number | undefined;
  /** The notification that told it. */
  readonly notification?: ToldNotification | undefined;
  readonly missed?: Missed | undefined;
}

/** What happened to a playback on an upstream, as own playback is told; for admins where nobody here is linked with its account. */
export function watchedEvent(
  { key, about }: WatchedSession,
  { type, why, session }: SessionEvent,
  { origin, accountOf, notification, missed }: SessionTelling,
): NewMediaEvent {
  const { sessionId, item, account, player, unknown, snapshot } = about;
  const accountId = unknown.includes("account") ? undefined : accountOf(account.id);
  return {
    type: sessionEventTypes[type],
    origin,
    audience: accountId === undefined ? { kind: "admins" } : { kind: "account", accountId },
    subject: subjectOf(key),
    ...(notification === undefined ? {} : { notification }),
    ...(snapshot === undefined || type === "progress" ? {} : { item: snapshot }),
    facts: {
      // Where the upstream names none, one of ours that it cannot have.
      sessionKey: /^\d{1,15}$/.test(session.sessionKey ?? "") ? Number(session.sessionKey) : -key,
      sessionId,
      state: session.state,
      viewOffset: session.viewOffset,
      startOffset: session.startOffset,
      ...(session.duration === undefined ? {} : { duration: session.duration }),
      why,
      offline: false,
      item,
      account,
      player,
      ...(unknown.length === 0 ? {} : { unknown }),
      ...(missed === undefined ? {} : { missed }),
    },
  };
}

/** @param key of ours: an upstream may use its keys again */
export function subjectOf(key: number): string {
  return `session:u${key}`;
}
