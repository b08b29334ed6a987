import fc from "fast-check";
import { expect, test } from "vitest";
import type { MediaEvent, SessionFacts } from "../events/index.ts";
import { MINUTE, type PlaybackRig } from "./testing/rig.ts";
import { scannedRig } from "./testing/scanned.ts";

/** Something that can happen to a server, one after the other. */
type Step =
  | {
      readonly kind: "report";
      readonly player: string;
      readonly who: string;
      readonly title: string;
      readonly state: string;
      readonly minute: number;
      readonly session: string;
      readonly offline: boolean;
      readonly updated: number | undefined;
    }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "terminate" }
  | { readonly kind: "threshold"; readonly percent: number }
  | { readonly kind: "restart"; readonly clean: boolean };

const report = fc.record({
  kind: fc.constant("report" as const),
  player: fc.constantFrom("tv", "phone"),
  who: fc.constantFrom("owner", "robin"),
  title: fc.constantFrom("Alpha", "Beta"),
  state: fc.constantFrom("playing", "playing", "playing", "paused", "buffering", "stopped", "error"),
  minute: fc.constantFrom(0, 5, 50, 89, 90, 95, 100, 120),
  session: fc.constantFrom("", "", "one", "two"),
  offline: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
  updated: fc.option(fc.integer({ min: -300, max: 300 }), { nil: undefined }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: report },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(10, 300, 20_000, 200_000) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "terminate" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("threshold" as const), percent: fc.constantFrom(10, 90) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const), clean: fc.boolean() }) },
);

async function take(rig: PlaybackRig, step: Step): Promise<void> {
  switch (step.kind) {
    case "report": {
      const { title, state, minute, offline, updated, ...by } = step;
      const told = {
        ratingKey: rig.keyOf(title),
        state,
        time: minute * MINUTE,
        ...(offline ? { offline: 1 } : {}),
        ...(updated === undefined ? {} : { updated: Math.floor(rig.clock.now() / 1000) + updated }),
      };
      expect([200, 429]).toContain((await rig.report(told, by)).statusCode);
      break;
    }
    case "wait":
      rig.clock.advance(step.ms);
      break;
    case "terminate": {
      const [session] = rig.playback.sessions.list();
      if (session === undefined) break;
      const { sessionId } = session.about;
      expect((await rig.ask(`/status/sessions/terminate?sessionId=${sessionId}`)).statusCode).toBe(200);
      break;
    }
    case "threshold":
      await rig.preferences.set({ LibraryVideoPlayedThreshold: String(step.percent) });
      break;
    case "restart":
      await rig.restart({ clean: step.clean });
  }
}

/** Replays the log as a client would, and fails at the first thing that makes no sense. */
function check(events: readonly MediaEvent[]): void {
  const open = new Set<number>();
  const ended = new Set<number>();
  const scrobbled = new Set<number>();
  for (const { type, facts } of events) {
    if (!type.startsWith("session.")) continue;
    const { sessionKey, state } = facts as SessionFacts;
    const what = `${type} of session ${sessionKey}`;
    expect(ended.has(sessionKey), `${what} after its end`).toBe(false);
    switch (type) {
      case "session.started":
        expect(open.has(sessionKey), `${what}, which plays already`).toBe(false);
        open.add(sessionKey);
        break;
      case "session.scrobbled":
        expect(scrobbled.has(sessionKey), `${what}, again`).toBe(false);
        expect(open.has(sessionKey), `${what}, which has not begun`).toBe(true);
        scrobbled.add(sessionKey);
        break;
      case "session.paused":
      case "session.resumed":
        expect(open.has(sessionKey), `${what}, which has not begun`).toBe(true);
        break;
      case "session.stopped":
        expect(open.delete(sessionKey), `${what}, which has not begun`).toBe(true);
        ended.add(sessionKey);
        break;
      case "session.failed":
        open.delete(sessionKey);
        ended.add(sessionKey);
        break;
      default:
        if (state === "stopped") ended.add(sessionKey);
    }
  }
  expect([...open], "sessions that never end").toEqual([]);
}

const RUNS = Number(process.env.REELAY_SOAK_ROUNDS ?? 0) > 0 ? 200 : 30;

test("whatever players report, whenever the server restarts: every start has one end, and nothing counts twice", {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      await using rig = await scannedRig();
      for (const one of steps) await take(rig, one);
      // Everybody falls silent: what runs must end by itself.
      rig.clock.advance(200_000);
      const events = await rig.events();
      check(events);
      expect(rig.playback.sessions.list()).toEqual([]);
      // What counted as played is what was told, no more and no less.
      const views = rig.library.database.read.get("SELECT coalesce(sum(view_count), 0) AS n FROM views");
      expect(views?.n).toBe(events.filter(({ type }) => type === "session.scrobbled").length);
    }),
    { numRuns: RUNS },
  );
});
