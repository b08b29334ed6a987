import type { PlaybackSession, SessionEvent } from "@reelay/protocol";
import {
  type NamedItemFacts,
  type NewMediaEvent,
  type PersonFacts,
  type PlayerFacts,
  type SessionFacts,
  sessionEventTypes,
} from "../events/index.ts";
import { itemSnapshot } from "../library/index.ts";
import type { Transaction } from "../storage/index.ts";

/** What a session's reports tell of it besides what the state machine keeps. */
export interface About {
  readonly sessionId: string;
  readonly item: NamedItemFacts;
  readonly account: PersonFacts;
  readonly player: PlayerFacts;
  readonly playQueueID?: number;
  readonly playQueueItemID?: number;
  /** kbit/s, as the player said. */
  readonly bandwidth?: number;
  /** Where the player says that it is. */
  readonly location?: "lan" | "wan" | "cellular";
}

/** What the state machine tells of a session as an event of the log, for its account and the owner. */
export function sessionEvent(
  sessionKey: number,
  about: About,
  { type, why, session, at }: SessionEvent,
): NewMediaEvent {
  return {
    type: sessionEventTypes[type],
    audience: { kind: "account", accountId: about.account.id },
    subject: `session:${sessionKey}`,
    // Live events are told when they happen; those of a player that had no connection, afterwards.
    ...(session.offline ? { time: at } : {}),
    facts: sessionFacts(sessionKey, about, session, why),
  };
}

/**
 * As {@link sessionEvent}, with the item as its account sees it now. Not for progress, which no webhook tells.
 * To be called when what the event means for the account is kept.
 */
export function shownEvent(tx: Transaction, sessionKey: number, about: About, event: SessionEvent): NewMediaEvent {
  const told = sessionEvent(sessionKey, about, event);
  if (event.type === "progress") return told;
  const item = itemSnapshot(tx, {
    itemId: about.item.itemId,
    accountId: about.account.id,
    // What was played to where it counts as played has no place any more.
    ...(event.type === "scrobbled" ? {} : { viewOffset: event.session.viewOffset }),
  });
  return { ...told, ...(item === undefined ? {} : { item }) };
}

function sessionFacts(sessionKey: number, about: About, session: PlaybackSession, why: string): SessionFacts {
  const { sessionId, item, account, player, playQueueID, playQueueItemID } = about;
  return {
    sessionKey,
    sessionId,
    state: session.state,
    viewOffset: session.viewOffset,
    startOffset: session.startOffset,
    ...(session.duration === undefined ? {} : { duration: session.duration }),
    ...(playQueueID === undefined ? {} : { playQueueID }),
    ...(playQueueItemID === undefined ? {} : { playQueueItemID }),
    why,
    offline: session.offline,
    item,
    account,
    player,
  };
}
