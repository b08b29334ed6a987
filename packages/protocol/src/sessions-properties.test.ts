import fc from "fast-check";
import { expect, test } from "vitest";
import { type PlaybackSession, PlaybackSessions, type SessionEvent, type SessionReport } from "./index.ts";

const START = 1_767_225_600_000;
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

type Timeless = Omit<SessionReport, "at">;
const anyState = fc.constantFrom<SessionReport["state"][]>(
  "playing",
  "playing",
  "paused",
  "buffering",
  "stopped",
  "error",
);

/** What players send on most days. */
const plainReport: fc.Arbitrary<Timeless> = fc.record({
  clientIdentifier: fc.constantFrom("tv", "phone"),
  ratingKey: fc.constantFrom("A", "A", "B"),
  state: anyState,
  viewOffset: fc.nat({ max: 100_000 }),
  duration: fc.constant(100_000),
});

/** Some nameless, keys that collide, late and offline ones, times and positions of all kinds. */
const wildReport: fc.Arbitrary<Timeless> = fc
  .record({
    clientIdentifier: maybe(fc.constantFrom("tv", "phone", "web")),
    sessionKey: maybe(fc.constantFrom("1", "2", "3", "4")),
    account: maybe(fc.constantFrom("1", "2")),
    ratingKey: maybe(fc.constantFrom("A", "B", "")),
    state: anyState,
    viewOffset: maybe(fc.oneof(fc.nat({ max: 120_000 }), fc.double())),
    duration: maybe(fc.oneof(fc.constant(100_000), fc.double())),
    happenedAt: maybe(fc.oneof(fc.integer({ min: START - 400_000, max: START + 400_000 }), fc.double())),
    offline: maybe(fc.boolean()),
    continuing: maybe(fc.boolean()),
  })
  .map((report) => Object.fromEntries(Object.entries(report).filter(([, value]) => value !== undefined)) as Timeless);

const anyReport = fc.oneof({ weight: 3, arbitrary: plainReport }, { weight: 2, arbitrary: wildReport });

type Step =
  | { readonly do: "report"; readonly report: Timeless }
  | { readonly do: "tick" }
  | { readonly do: "learn" | "end"; readonly id: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant("report" as const), report: anyReport }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("tick" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("learn" as const, "end" as const), id: fc.nat({ max: 20 }) }),
  },
);

/** Mostly seconds, sometimes a clock that jumps or shows nonsense. */
const anyPause = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 20_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -(10 ** 8), max: 10 ** 8 }) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);

const run = fc.array(fc.tuple(anyPause, anyStep), { maxLength: 60 });

function take(sessions: PlaybackSessions, step: Step, at: number) {
  switch (step.do) {
    case "report":
      return sessions.report({ ...step.report, at });
    case "learn":
      return sessions.learnDuration(step.id, 100_000, at);
    case "end":
      return sessions.end(step.id, at);
    default:
      return sessions.tick(at);
  }
}

function play(sessions: PlaybackSessions, steps: readonly (readonly [number, Step])[]): SessionEvent[] {
  let now = START;
  return steps.flatMap(([pause, step]) => {
    const at = now + pause;
    if (Number.isFinite(at)) now = at;
    return take(sessions, step, at).events;
  });
}

const playerOf = ({ clientIdentifier, account, offline }: PlaybackSession) =>
  clientIdentifier && JSON.stringify([clientIdentifier, account, offline]);

test("no player starts twice without a stop, no session scrobbles twice, and all end once ticks go on", () => {
  fc.assert(
    fc.property(run, (steps) => {
      const sessions = new PlaybackSessions({ maxPlayers: 5 });
      const events = play(sessions, steps);
      for (let at = START; at <= START + 180_000 + 30_000; at += 10_000) events.push(...sessions.tick(at).events);
      expect([...sessions]).toEqual([]);

      const seen = new Map<number, { started: boolean; scrobbled: boolean; ended: boolean }>();
      const playing = new Map<string, number>();
      for (const { type, session, at } of events) {
        expect(at).not.toBeNaN();
        const life = seen.get(session.id) ?? { started: false, scrobbled: false, ended: false };
        seen.set(session.id, life);
        expect(life.ended).toBe(false);
        if (type === "started") {
          expect(life.started).toBe(false);
          life.started = true;
          const player = playerOf(session);
          if (player) {
            expect(playing.get(player)).toBeUndefined();
            playing.set(player, session.id);
          }
        } else if (type !== "progress" && type !== "failed") expect(life.started).toBe(true);
        if (type === "scrobbled") {
          expect(life.scrobbled).toBe(false);
          life.scrobbled = true;
        }
        expect(session.scrobbled).toBe(life.scrobbled);
        life.ended = session.endedAt !== undefined;
        expect(life.ended).toBe(type === "stopped" || type === "failed" || (life.ended && !life.started));
        if (life.ended) for (const [player, id] of playing) if (id === session.id) playing.delete(player);
      }
      expect([...seen.values()].every(({ ended }) => ended)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("pauses and resumes alternate", () => {
  fc.assert(
    fc.property(run, (steps) => {
      const phases = new Map<number, string>();
      for (const { type, session } of play(new PlaybackSessions(), steps)) {
        if (type === "paused") expect(phases.get(session.id)).toBe("playing");
        if (type === "resumed") expect(phases.get(session.id)).toBe("paused");
        phases.set(session.id, session.phase);
      }
    }),
    { numRuns: 500 },
  );
});

test("an undone call leaves the sessions as they were, and what follows as it would have been", () => {
  const without = (events: readonly SessionEvent[]) =>
    events.map(({ type, why, session }) => [type, why, session.item]);
  fc.assert(
    fc.property(run, anyStep, run, (before, undone, after) => {
      const sessions = new PlaybackSessions();
      const other = new PlaybackSessions();
      play(sessions, before);
      play(other, before);
      const states = () => [...sessions].sort((a, b) => a.id - b.id);
      const kept = states();
      // Ids are not given back, so sessions are only ended by id before.
      take(sessions, undone, START).undo();
      other.tick(START).undo();
      expect(states()).toEqual(kept);
      const byReports = after.filter(([, step]) => step.do === "report" || step.do === "tick");
      expect(without(play(sessions, byReports))).toEqual(without(play(other, byReports)));
    }),
    { numRuns: 500 },
  );
});

test("remembers no more than it was told to", () => {
  const sessions = new PlaybackSessions({ maxPlayers: 10 });
  let told = 0;
  for (let at = 0; at < 1000; at++) {
    const report = { clientIdentifier: `player ${at}`, ratingKey: "A", at };
    told += sessions.report({ ...report, state: "playing" }).events.length;
    told += sessions.report({ ...report, state: "stopped" }).events.length;
    expect([...sessions]).toEqual([]);
  }
  expect(told).toBe(2000);
});
