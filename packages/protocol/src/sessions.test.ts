import { describe, expect, test } from "vitest";
import { PlaybackSessions, type SessionOptions, type SessionOutcome, type SessionReport } from "./index.ts";

const minute = 60_000;
const hour = 60 * minute;

/** A state machine with a clock of its own, and what it told so far in words. */
function machine(options?: SessionOptions) {
  const sessions = new PlaybackSessions(options);
  const told: string[] = [];
  let now = 1_767_225_600_000;
  const say = ({ events, ignored }: SessionOutcome) => {
    const words = events.map(({ type, why, session }) => `${session.item} ${type} (${why})`);
    told.push(...words, ...(ignored ? [`ignored (${ignored})`] : []));
    return events;
  };
  const base = { clientIdentifier: "tv", ratingKey: "A" } as const;
  return {
    sessions,
    told: () => told.splice(0),
    now: () => now,
    /** The clock shows this much later, and nobody noticed. */
    jump: (ms: number) => {
      now += ms;
    },
    wait: (ms: number) => {
      for (let left = ms; left > 0; left -= 10_000) {
        now += Math.min(left, 10_000);
        say(sessions.tick(now));
      }
    },
    report: (state: SessionReport["state"], viewOffset?: number, more: Partial<SessionReport> = {}) =>
      say(sessions.report({ ...base, state, at: now, ...(viewOffset === undefined ? {} : { viewOffset }), ...more })),
    say,
  };
}

describe("a session", () => {
  test("starts when it plays, pauses, resumes and stops", () => {
    const m = machine();
    m.report("playing", 0);
    m.report("paused", 0);
    m.report("playing", 0);
    m.report("stopped", 0);
    expect(m.told()).toEqual([
      "A started (began)",
      "A paused (reported)",
      "A resumed (reported)",
      "A stopped (reported)",
    ]);
    expect([...m.sessions]).toEqual([]);
  });

  test("is not started by buffering, nor paused or resumed by it", () => {
    const m = machine();
    m.report("buffering", 0);
    expect([...m.sessions]).toMatchObject([{ phase: "opening" }]);
    m.report("playing", 0);
    m.report("buffering", 0);
    m.report("playing", 0);
    m.report("paused", 0);
    m.report("buffering", 0);
    m.report("paused", 0);
    m.report("playing", 0);
    expect(m.told()).toEqual([
      "A progress (not-started)",
      "A started (began)",
      "A progress (buffering)",
      "A progress (repeat)",
      "A paused (reported)",
      "A progress (buffering)",
      "A progress (repeat)",
      "A resumed (reported)",
    ]);
  });

  test("that never played ends without a stop", () => {
    const m = machine();
    const [opening] = m.report("buffering", 0);
    const [ended] = m.report("stopped", 0);
    expect(opening?.session.startedAt).toBeUndefined();
    expect(ended).toMatchObject({ type: "progress", why: "not-started", session: { state: "stopped" } });
    expect(ended?.session.endedAt).toBe(m.now());
    m.report("buffering", 0);
    m.wait(3 * minute);
    expect(m.told()).toEqual(Array(4).fill("A progress (not-started)"));
  });

  test("is not started again by a player that repeats playing on seek or resume", () => {
    const m = machine();
    m.report("playing", 0);
    m.wait(10_000);
    m.report("playing", 10_000);
    const [seek] = m.report("playing", 600_000);
    expect(seek).toMatchObject({ type: "progress", why: "seek", seekFrom: 10_000 });
    m.report("playing", 600_000);
    expect(m.told()).toEqual(["A started (began)", "A progress (repeat)", "A progress (seek)", "A progress (repeat)"]);
  });

  test("begins anew from a stored offset after a stop", () => {
    const m = machine();
    m.report("playing", 0);
    m.report("stopped", 600_000);
    const [again] = m.report("playing", 600_000);
    expect(again).toMatchObject({ type: "started", why: "again", session: { id: 2, startOffset: 600_000 } });
  });

  test("fails by an error, once, also when it never played", () => {
    const m = machine();
    m.report("playing", 0);
    m.report("error", 0);
    m.report("error", 0);
    m.report("error", 0, { ratingKey: "B" });
    m.report("stopped", 0, { ratingKey: "B" });
    expect(m.told()).toEqual([
      "A started (began)",
      "A failed (reported)",
      "ignored (not-playing)",
      "B failed (reported)",
      "ignored (not-playing)",
    ]);
  });

  test("keeps its last position when a report tells none", () => {
    const m = machine();
    m.report("playing", 5000);
    for (const bad of [undefined, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(m.report("playing", bad)[0]?.session.viewOffset).toBe(5000);
    }
    expect(m.report("stopped")[0]?.session.viewOffset).toBe(5000);
  });

  test("can be ended from outside", () => {
    const m = machine();
    const [started] = m.report("playing", 0);
    m.say(m.sessions.end(started?.session.id ?? 0, m.now()));
    m.say(m.sessions.end(started?.session.id ?? 0, m.now()));
    m.report("stopped", 0);
    expect(m.told()).toEqual(["A started (began)", "A stopped (ended)", "ignored (not-playing)"]);
  });
});

describe("a player", () => {
  test("that is silent for three minutes has stopped; one that reports has not", () => {
    const m = machine();
    m.report("playing", 0);
    m.wait(170_000);
    m.report("playing", 170_000);
    m.wait(170_000);
    expect(m.told()).toEqual(["A started (began)", "A progress (repeat)"]);
    m.wait(10_000);
    expect(m.told()).toEqual(["A stopped (vanished)"]);
    m.report("playing", 400_000);
    expect(m.told()).toEqual(["A started (began)"]);
  });

  test("is silent for as long as the option says", () => {
    const m = machine({ vanishAfterMs: 20_000 });
    m.report("paused", 0);
    m.report("playing", 0);
    m.wait(20_000);
    expect(m.told()).toEqual(["A progress (not-started)", "A started (began)", "A stopped (vanished)"]);
  });

  test("that plays another item has stopped the first", () => {
    const m = machine();
    m.report("playing", 0);
    m.report("playing", 0, { ratingKey: "B" });
    m.report("stopped", 0);
    expect(m.told()).toEqual([
      "A started (began)",
      "A stopped (another-item)",
      "B started (next-item)",
      "ignored (not-playing)",
    ]);
  });

  test("may say that another item follows", () => {
    const m = machine();
    m.report("playing", 0);
    m.report("stopped", 0, { continuing: true });
    m.report("buffering", 0, { ratingKey: "B" });
    m.report("playing", 0, { ratingKey: "B" });
    expect(m.told()).toEqual([
      "A started (began)",
      "A stopped (continuing)",
      "B progress (not-started)",
      "B started (next-item)",
    ]);
  });

  test("is one of two, with a session each, though they play one item", () => {
    const m = machine();
    m.report("playing", 0);
    m.report("playing", 0, { clientIdentifier: "phone" });
    m.report("stopped", 0);
    expect(m.told()).toEqual(["A started (began)", "A started (began)", "A stopped (reported)"]);
    expect([...m.sessions]).toMatchObject([{ clientIdentifier: "phone" }]);
  });

  test("of another account is another player", () => {
    const m = machine();
    m.report("playing", 0, { account: "1" });
    m.report("playing", 0, { account: "2", ratingKey: "B" });
    expect(m.told()).toEqual(["A started (began)", "B started (began)"]);
  });

  test("that has a session does not get the one that a nameless report would add its account to", () => {
    const m = machine();
    const phone = { clientIdentifier: "phone" };
    const at = m.now();
    m.report("buffering", 0, { ...phone, ratingKey: "B" });
    m.report("playing", 0, { ...phone, account: "2" });
    m.say(m.sessions.report({ account: "2", ratingKey: "B", state: "playing", at }));
    m.report("playing", 0, { ...phone, ratingKey: "B" });
    expect(m.told()).toEqual([
      "B progress (not-started)",
      "A started (began)",
      "ignored (unidentified)",
      "B started (began)",
    ]);
    expect([...m.sessions].map(({ item, account }) => [item, account])).toEqual([
      ["A", "2"],
      ["B", undefined],
    ]);
  });

  test("whose account a nameless report told is found with it and without it", () => {
    const m = machine();
    m.report("playing", 0);
    m.say(m.sessions.report({ account: "1", ratingKey: "A", state: "playing", at: m.now() }));
    m.report("paused", 0);
    expect([...m.sessions]).toMatchObject([{ id: 1, clientIdentifier: "tv", account: "1" }]);
    m.report("playing", 0, { account: "1" });
    m.report("playing", 0, { account: "1", ratingKey: "B" });
    expect(m.told()).toEqual([
      "A started (began)",
      "A progress (repeat)",
      "A paused (reported)",
      "A resumed (reported)",
      "A stopped (another-item)",
      "B started (next-item)",
    ]);
  });

  test("too many stops the one heard of longest ago", () => {
    const m = machine({ maxPlayers: 2 });
    for (const clientIdentifier of ["a", "b", "a", "c"]) m.report("playing", 0, { clientIdentifier });
    expect(m.told().slice(3)).toEqual(["A stopped (crowded-out)", "A started (began)"]);
    expect([...m.sessions].map((session) => session.clientIdentifier)).toEqual(["a", "c"]);
  });
});

describe("a session key", () => {
  test("of its own makes a session of the same item", () => {
    const m = machine();
    m.report("playing", 0, { sessionKey: "1" });
    m.report("playing", 0, { sessionKey: "2" });
    m.report("playing", 0, { sessionKey: "1" });
    m.report("stopped", 0, { sessionKey: "1" });
    m.report("stopped", 0, { sessionKey: "2" });
    expect(m.told()).toEqual([
      "A started (began)",
      "A stopped (another-session)",
      "A started (again)",
      "ignored (superseded)",
      "ignored (not-playing)",
      "A stopped (reported)",
    ]);
  });

  const { clientIdentifier: _, ...anonymous } = { clientIdentifier: "", at: 0, viewOffset: 0 };
  const nameless = (state: SessionReport["state"], more: Partial<SessionReport>, at: number): SessionReport => ({
    ...anonymous,
    state,
    ...more,
    at,
  });

  test("identifies the player of servers that do not", () => {
    const m = machine();
    m.say(m.sessions.report(nameless("playing", { sessionKey: "1", ratingKey: "A" }, m.now())));
    m.say(m.sessions.report(nameless("playing", { sessionKey: "2", ratingKey: "A" }, m.now())));
    m.report("paused", 0, { sessionKey: "1" });
    m.say(m.sessions.report(nameless("stopped", { sessionKey: "1" }, m.now())));
    expect(m.told()).toEqual(["A started (began)", "A started (began)", "A paused (reported)", "A stopped (reported)"]);
    expect([...m.sessions]).toMatchObject([{ sessionKey: "2" }]);
  });

  test("found without an identifier belongs to its player, whose next item it is", () => {
    const m = machine();
    m.report("playing", 0, { sessionKey: "1", account: "1" });
    m.say(m.sessions.report(nameless("playing", { sessionKey: "1", ratingKey: "B" }, m.now())));
    expect(m.told()).toEqual(["A started (began)", "A stopped (another-item)", "B started (next-item)"]);
    expect([...m.sessions]).toMatchObject([{ item: "B", clientIdentifier: "tv", account: "1" }]);
  });

  test("and identifier both missing, the item tells, if it is played once", () => {
    const m = machine();
    m.report("playing", 0, { sessionKey: "1" });
    m.report("playing", 0, { sessionKey: "2", clientIdentifier: "b" });
    m.say(m.sessions.report(nameless("stopped", { ratingKey: "A" }, m.now())));
    m.report("stopped", 0, { sessionKey: "2", clientIdentifier: "b" });
    m.say(m.sessions.report(nameless("stopped", { ratingKey: "A" }, m.now())));
    m.say(m.sessions.report(nameless("playing", { ratingKey: "A" }, m.now())));
    expect(m.told().slice(2)).toEqual([
      "ignored (unidentified)",
      "A stopped (reported)",
      "A stopped (reported)",
      "ignored (unidentified)",
    ]);
  });

  test("is not needed for the malformed stop that lacks it", () => {
    const m = machine();
    m.report("playing", 0, { sessionKey: "1" });
    m.report("stopped", 0);
    expect(m.told()).toEqual(["A started (began)", "A stopped (reported)"]);
  });
});

describe("a scrobble", () => {
  const duration = 100_000;

  test("is told once past the threshold, wherever the player goes", () => {
    const m = machine();
    m.report("playing", 0, { duration });
    m.report("playing", 89_999);
    m.report("playing", 90_000);
    m.report("playing", 0);
    m.report("playing", 95_000);
    m.report("stopped", 99_000);
    expect(m.told().filter((line) => line.includes("scrobbled"))).toEqual(["A scrobbled (position)"]);
  });

  test("is told with the stop that passes the threshold, before it", () => {
    const m = machine();
    m.report("playing", 0, { duration });
    m.report("stopped", 95_000);
    expect(m.told()).toEqual(["A started (began)", "A scrobbled (position)", "A stopped (reported)"]);
  });

  test("follows when the duration becomes known later", () => {
    const m = machine();
    const [started] = m.report("playing", 95_000);
    const id = started?.session.id ?? 0;
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      m.say(m.sessions.learnDuration(id, bad, m.now()));
    }
    m.say(m.sessions.learnDuration(id, duration, m.now()));
    m.say(m.sessions.learnDuration(id, duration, m.now()));
    m.report("stopped", 96_000);
    m.say(m.sessions.learnDuration(id, duration, m.now()));
    expect(m.told()).toEqual(["A started (began)", "A scrobbled (duration)", "A stopped (reported)"]);
  });

  test("is told at the threshold of the option", () => {
    const m = machine({ scrobbleAt: 0.5 });
    m.report("playing", 50_000, { duration });
    expect(m.told()).toEqual(["A started (began)", "A scrobbled (position)"]);
    expect(() => new PlaybackSessions({ scrobbleAt: 90 })).toThrow(RangeError);
  });

  test("is told neither of what never played nor of an error", () => {
    const m = machine();
    m.report("buffering", 99_000, { duration });
    m.report("stopped", 99_000);
    m.report("playing", 0, { duration });
    m.report("error", 99_000);
    expect(m.told().join()).not.toContain("scrobbled");
  });
});

describe("a seek", () => {
  const seeks = (m: ReturnType<typeof machine>, state: SessionReport["state"], viewOffset: number) =>
    m.report(state, viewOffset)[0]?.seekFrom;

  test("is a position that deviates by more than five seconds from elapsed time", () => {
    const m = machine();
    m.report("playing", 0);
    m.wait(10_000);
    expect(seeks(m, "playing", 15_000)).toBeUndefined();
    m.wait(10_000);
    expect(seeks(m, "playing", 30_001)).toBe(25_000);
    m.wait(10_000);
    expect(seeks(m, "paused", 100_000)).toBe(40_001);
    m.wait(60_000);
    expect(seeks(m, "playing", 100_000)).toBeUndefined();
    expect(seeks(m, "playing", 90_000)).toBe(100_000);
  });

  test("is not what buffering holds up", () => {
    const m = machine();
    m.report("playing", 0);
    m.wait(30_000);
    expect(seeks(m, "buffering", 2000)).toBeUndefined();
    m.wait(30_000);
    expect(seeks(m, "playing", 3000)).toBeUndefined();
    m.wait(10_000);
    expect(seeks(m, "buffering", 100_000)).toBe(13_000);
  });
});

describe("a late report", () => {
  test("is ignored when one was applied that the player made after it", () => {
    const m = machine();
    const made = m.now();
    m.report("playing", 0, { happenedAt: made });
    m.report("paused", 2000, { happenedAt: made + 2000 });
    m.report("playing", 1000, { happenedAt: made + 1000 });
    m.report("stopped", 3000, { happenedAt: made + 3000 });
    m.report("playing", 2500, { happenedAt: made + 2500 });
    expect(m.told()).toEqual([
      "A started (began)",
      "A paused (reported)",
      "ignored (out-of-order)",
      "A stopped (reported)",
      "ignored (out-of-order)",
    ]);
  });

  test("of the item before does not end the one that plays", () => {
    const m = machine();
    m.report("playing", 0, { happenedAt: 1000 });
    m.report("playing", 0, { happenedAt: 3000, ratingKey: "B" });
    m.report("playing", 0, { happenedAt: 2000 });
    expect(m.told().at(-1)).toBe("ignored (out-of-order)");
  });

  test("is believed again when the player's clock was set back", () => {
    const m = machine();
    m.report("playing", 0, { happenedAt: 2 * hour });
    m.report("paused", 0, { happenedAt: hour });
    expect(m.told()).toEqual(["A started (began)", "A paused (reported)"]);
  });

  test("that the player made offline is of a session in the past, and leaves the one of now alone", () => {
    const m = machine();
    const past = m.now() - 6 * hour;
    const offline = { offline: true, duration: 100_000 };
    m.report("playing", 0, { ratingKey: "B" });
    const [started] = m.report("playing", 0, { ...offline, happenedAt: past });
    m.report("playing", 95_000, { ...offline, happenedAt: past + 95_000 });
    const [stopped] = m.report("stopped", 96_000, { ...offline, happenedAt: past + 96_000 });
    expect(started).toMatchObject({ at: past, session: { offline: true } });
    expect(stopped).toMatchObject({ at: past + 96_000, session: { startedAt: past } });
    expect(m.told()).toEqual([
      "B started (began)",
      "A started (began)",
      "A progress (repeat)",
      "A scrobbled (position)",
      "A stopped (reported)",
    ]);
    expect([...m.sessions]).toMatchObject([{ item: "B" }]);
  });
});

describe("a clock", () => {
  test("that jumps ahead, or a machine that slept, is no silence of players", () => {
    const m = machine();
    m.report("playing", 0);
    m.jump(5 * hour);
    m.wait(10_000);
    expect(m.told()).toEqual(["A started (began)"]);
    m.wait(3 * minute);
    expect(m.told()).toEqual(["A stopped (vanished)"]);
  });

  test("that is set back keeps no session alive", () => {
    const m = machine();
    m.report("playing", 0);
    m.jump(-5 * hour);
    m.wait(3 * minute + 10_000);
    expect(m.told()).toEqual(["A started (began)", "A stopped (vanished)"]);
  });

  test("that shows nothing is passed over", () => {
    const m = machine();
    m.report("playing", 0);
    const [event] = m.report("paused", 0, { at: Number.NaN });
    expect(event?.at).toBe(m.now());
  });
});

describe("a session that was there before", () => {
  test("is taken over without an event, and goes on", () => {
    const m = machine();
    const known = m.sessions.adopt({
      clientIdentifier: "tv",
      ratingKey: "A",
      state: "paused",
      viewOffset: 5,
      at: m.now(),
    });
    expect(known).toMatchObject({ phase: "paused", startedAt: m.now() });
    m.report("playing", 5);
    m.report("stopped", 5);
    expect(m.told()).toEqual(["A resumed (reported)", "A stopped (reported)"]);
  });

  test("scrobbles only if it had not", () => {
    const m = machine();
    const past = { ratingKey: "A", state: "playing", viewOffset: 95, duration: 100, at: m.now() } as const;
    m.sessions.adopt({ ...past, clientIdentifier: "a" });
    m.sessions.adopt({ ...past, clientIdentifier: "b" }, { scrobbled: false, startedAt: 7, startOffset: 1 });
    m.report("playing", 96, { clientIdentifier: "a" });
    const [event] = m.report("playing", 96, { clientIdentifier: "b" });
    expect(event?.session).toMatchObject({ startedAt: 7, startOffset: 1 });
    expect(m.told()).toEqual(["A progress (repeat)", "A progress (repeat)", "A scrobbled (position)"]);
  });

  test("is the player's own where it has one, and none if it has ended", () => {
    const m = machine();
    const [started] = m.report("playing", 0);
    const report = { clientIdentifier: "tv", ratingKey: "B", at: m.now() };
    expect(m.sessions.adopt({ ...report, state: "playing" })).toBe(started?.session);
    expect(m.sessions.adopt({ ...report, clientIdentifier: "x", state: "stopped" })).toBeUndefined();
  });
});

describe("what could not be stored", () => {
  test("is undone, the newest first", () => {
    const m = machine();
    const outcomes = [
      m.sessions.report({ clientIdentifier: "tv", ratingKey: "A", state: "playing", at: m.now() }),
      m.sessions.report({ clientIdentifier: "tv", ratingKey: "B", state: "playing", at: m.now() }),
    ];
    outcomes.push(m.sessions.end(2, m.now()));
    for (const outcome of outcomes.reverse()) outcome.undo();
    expect([...m.sessions]).toEqual([]);
    m.report("playing", 0);
    expect(m.told()).toEqual(["A started (began)"]);
  });

  test("leaves the players in the order in which they were heard of", () => {
    const m = machine({ maxPlayers: 2 });
    for (const clientIdentifier of ["a", "b"]) m.report("playing", 0, { clientIdentifier });
    const again = { clientIdentifier: "a", ratingKey: "A", state: "playing", at: m.now() } as const;
    m.sessions.report(again).undo();
    m.report("playing", 0, { clientIdentifier: "c" });
    expect([...m.sessions].map((session) => session.clientIdentifier)).toEqual(["b", "c"]);
  });

  test("by a tick is told by the next one", () => {
    const m = machine();
    m.report("playing", 0);
    m.wait(170_000);
    m.sessions.tick(m.now() + 10_000).undo();
    m.wait(20_000);
    expect(m.told()).toEqual(["A started (began)", "A stopped (vanished)"]);
  });
});
