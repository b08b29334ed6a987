import type { SessionFacts } from "../../packages/server/src/events/playback-facts.ts";
import { forAdmins, MEMBER, ofAccounts, type Row, SHARED } from "./onlookers.ts";

const item = (n: number) => ({
  ...{ sectionId: SHARED, itemId: n, metadataType: 1, updatedAt: 1_700_000_000 },
  title: `Film ${n}`,
});
const account = { id: MEMBER, title: "Member" };

const session =
  (state: SessionFacts["state"]) =>
  (n: number): SessionFacts => ({
    ...{ sessionKey: n, sessionId: `session-${n}`, state, viewOffset: 1_000, startOffset: 0, why: "reported" },
    ...{ offline: false, item: item(n), account },
    player: {
      ...{ uuid: "tv-1", title: "TV", address: "192.168.1.7", local: true, publicAddress: "203.0.113.9" },
      secure: false,
    },
  });

/** To admins alone: playback on an upstream by somebody who has no account here. */
const ofAnybody = [...ofAccounts, ...forAdmins];

/** Playback is told to whose it is, and to the owner. */
export const playback = {
  "session.started": { addressed: ofAnybody, facts: session("playing") },
  "session.paused": { addressed: ofAnybody, facts: session("paused") },
  "session.resumed": { addressed: ofAnybody, facts: session("playing") },
  "session.stopped": { addressed: ofAnybody, facts: session("stopped") },
  "session.failed": { addressed: ofAnybody, facts: session("error") },
  "session.progressed": { addressed: ofAnybody, facts: session("playing") },
  "session.scrobbled": { addressed: ofAnybody, facts: session("playing"), silent: true },
  "item.rated": { addressed: ofAnybody, facts: (n) => ({ rating: 8, item: item(n), account }) },
  "ondeck.entered": { addressed: ofAnybody, facts: (n) => ({ item: item(n), account }), silent: true },
} as const satisfies { readonly [T in PlaybackType]: Row<T> };

type PlaybackType =
  | `session.${"started" | "paused" | "resumed" | "stopped" | "failed" | "progressed" | "scrobbled"}`
  | "item.rated"
  | "ondeck.entered";
