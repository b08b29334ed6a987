import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { eventPage, sessionsQuery } from "../api/queries.ts";
import type { ItemType, MediaEvent, Session } from "../api/types.ts";
import { useBatches } from "../live/live-context.tsx";
import { useMe } from "../shell/me.ts";

/** A playback as cards show it. */
export interface Playback {
  readonly key: string;
  /** What ends it; undefined for who may not. */
  readonly sessionId: string | undefined;
  readonly itemId: string;
  readonly type: ItemType;
  readonly title: string;
  /** The show and episode, the artist and album. */
  readonly context: string | undefined;
  readonly thumb: string | undefined;
  readonly state: string;
  readonly account: string;
  readonly player: string;
  readonly duration: number | undefined;
  /** ms, when `heardAt` was. */
  readonly offset: number;
  /** Of this page's clock. */
  readonly heardAt: number;
}

interface Heard {
  readonly state: string;
  readonly offset: number;
  readonly heardAt: number;
}

/** What plays now, by the API and, between two answers, by the stream. */
export function useSessions() {
  const { owner } = useMe();
  const [heard, setHeard] = useState<ReadonlyMap<string, Heard>>(new Map());
  const query = useQuery({
    queryKey: ["sessions", owner],
    queryFn: async (context) => {
      const loaded = owner
        ? ((await sessionsQuery.queryFn?.(context as never)) ?? []).map(fromSession)
        : fromEvents((await eventPage({ type: "session.*" }, undefined, 100, context.signal)).events);
      return loaded;
    },
  });
  useBatches((events) => {
    const told = events.filter(({ type }) => type.startsWith("session."));
    if (told.length === 0) return;
    setHeard((before) => {
      const after = new Map(before);
      for (const { facts } of told) after.set(String(facts.sessionKey), heardNow(facts));
      // Those that ended long ago are of no use.
      return new Map([...after].slice(-200));
    });
  });
  const sessions = query.data
    ?.map((session) => newer(session, heard.get(session.key)))
    .filter(({ state }) => state !== "stopped" && state !== "error");
  return { ...query, data: sessions };
}

function newer(session: Playback, told: Heard | undefined): Playback {
  return told === undefined || told.heardAt < session.heardAt ? session : { ...session, ...told };
}

function heardNow(facts: MediaEvent["facts"]): Heard {
  return { state: String(facts.state), offset: Number(facts.viewOffset), heardAt: Date.now() };
}

function fromSession(session: Session): Playback {
  return {
    key: session.sessionKey,
    sessionId: session.Session.id,
    itemId: session.ratingKey,
    type: session.type,
    title: session.title,
    context: contextOf(session),
    thumb:
      session.type === "episode" ? (session.grandparentThumb ?? session.parentThumb ?? session.thumb) : session.thumb,
    state: session.Player.state,
    account: session.User.title,
    player: session.Player.title,
    duration: session.duration,
    offset: session.viewOffset ?? 0,
    heardAt: Date.now(),
  };
}

function contextOf({ type, grandparentTitle, parentTitle, parentIndex, index, year }: Session): string | undefined {
  if (type === "episode") return [grandparentTitle, `S${parentIndex} · E${index}`].filter(Boolean).join(" · ");
  if (type === "track") return [grandparentTitle, parentTitle].filter(Boolean).join(" · ");
  return year === undefined ? undefined : String(year);
}

interface SessionFacts {
  readonly sessionKey: number;
  readonly state: string;
  readonly viewOffset: number;
  readonly duration?: number;
  readonly item: { readonly itemId: number; readonly title: string; readonly metadataType: number };
  readonly account: { readonly title: string };
  readonly player: { readonly title: string };
}

/** A player that says nothing for so long has vanished. */
const VANISHED_MS = 3 * 60_000;

/** What accounts may see of themselves: the newest word on each of their sessions. */
function fromEvents(newestFirst: readonly MediaEvent[]): Playback[] {
  const seen = new Map<number, Playback>();
  for (const { facts, time } of newestFirst) {
    const { sessionKey, state, viewOffset, duration, item, account, player } = facts as unknown as SessionFacts;
    if (seen.has(sessionKey) || Date.now() - (time ?? 0) > VANISHED_MS) continue;
    seen.set(sessionKey, {
      key: String(sessionKey),
      sessionId: undefined,
      itemId: String(item.itemId),
      type: item.metadataType === 10 ? "track" : item.metadataType === 4 ? "episode" : "movie",
      title: item.title,
      context: undefined,
      thumb: undefined,
      state,
      account: account.title,
      player: player.title,
      duration,
      offset: viewOffset,
      heardAt: time ?? Date.now(),
    });
  }
  return [...seen.values()];
}
