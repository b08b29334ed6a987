import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  explain,
  type Match,
  type MatchSubject,
  type MatchVerdict,
  matches,
  matchFields,
  matchSubjectOfWebhook,
} from "./index.ts";

const film: MatchSubject = {
  event: "media.play",
  player: { title: "Living Room TV", uuid: "tv-1" },
  account: { id: 1, title: "Robin" },
  local: true,
  type: "movie",
  section: { id: 2, title: "Films" },
  server: { uuid: "cafe", title: "Attic" },
  duration: 5_400_000,
};

describe("a filter", () => {
  test("without fields lets everything through", () => {
    expect(matches({}, { event: "x" })).toBe(true);
  });

  test.each<[Match, MatchVerdict]>([
    [{ event: "media.play" }, true],
    [{ event: "media.*" }, true],
    [{ event: "*" }, true],
    [{ event: ["media.stop", "media.pl*"] }, true],
    [{ event: "media" }, false],
    [{ event: "MEDIA.play" }, false],
    [{ player: "living room tv" }, true],
    [{ player: "tv-1" }, true],
    [{ player: "TV-1" }, false],
    [{ player: ["Phone", "LIVING ROOM TV"] }, true],
    [{ account: 1 }, true],
    [{ account: "1" }, true],
    [{ account: "robin" }, true],
    [{ account: [2, "sam"] }, false],
    [{ local: true }, true],
    [{ local: false }, false],
    [{ type: ["Movie", "episode"] }, true],
    [{ type: "track" }, false],
    [{ section: 2 }, true],
    [{ section: "films" }, true],
    [{ section: "Music" }, false],
    [{ server: "attic" }, true],
    [{ server: "CAFE" }, false],
    [{ minDuration: 5_400_000 }, true],
    [{ minDuration: 5_400_001 }, false],
    [{ player: "tv-1", type: "track" }, false],
    [{ not: { type: "track" } }, true],
    [{ not: { type: "movie" } }, false],
    [{ not: { type: "movie", player: "Phone" } }, true],
    [{ not: [{ player: "Phone" }, { type: "movie" }] }, false],
  ])("%j → %j", (match, verdict) => {
    expect(matches(match, film)).toBe(verdict);
    expect(explain(match, film).verdict).toBe(verdict);
  });

  test("takes composed and decomposed accents for the same", () => {
    expect(matches({ player: "Se\u0301jour" }, { event: "x", player: { title: "S\u00c9JOUR", uuid: "" } })).toBe(true);
  });

  test.each<[Match, Partial<MatchSubject>, MatchVerdict]>([
    [{ player: "Phone" }, {}, "unknown"],
    [{ player: "Phone" }, { player: null }, false],
    [{ player: "Living Room TV" }, { player: { uuid: "tv-1" } }, "unknown"],
    [{ player: "tv-1" }, { player: { uuid: "tv-1" } }, true],
    [{ account: 2 }, { account: { id: 1 } }, false],
    [{ account: "robin" }, { account: { id: 1 } }, "unknown"],
    [{ account: "robin" }, { account: { title: "Sam" } }, false],
    [{ account: "7" }, { account: { title: "Sam" } }, "unknown"],
    [{ local: false }, {}, "unknown"],
    [{ local: false }, { local: null }, false],
    [{ type: "movie" }, {}, "unknown"],
    [{ type: "movie" }, { type: null }, false],
    [{ minDuration: 1 }, {}, "unknown"],
    [{ minDuration: 0 }, { duration: null }, false],
    [{ not: { player: "Phone" } }, {}, "unknown"],
    [{ not: { player: "Phone" } }, { player: null }, true],
    [{ player: "Phone", event: "media.stop" }, {}, false],
    [{ player: "Phone", event: "media.play" }, {}, "unknown"],
    [{ not: { player: "Phone", event: "media.stop" } }, {}, true],
    [{ not: [{ event: "media.play" }, { player: "Phone" }] }, {}, false],
    [{ not: [{ player: "Phone" }, { event: "media.stop" }] }, {}, "unknown"],
  ])("%j on %j → %j", (match, parts, verdict) => {
    const subject = { event: "media.play", ...parts };
    expect(matches(match, subject)).toBe(verdict);
    expect(explain(match, subject).verdict).toBe(verdict);
  });
});

describe("an explanation", () => {
  test("names the field that decided, what was wanted and what was there", () => {
    const { decided, checks } = explain({ event: "media.*", player: ["Phone"], type: "movie" }, film);
    expect(decided).toEqual({ field: "player", wanted: ["Phone"], actual: film.player, verdict: false });
    expect(checks.map(({ field, verdict }) => [field, verdict])).toEqual([
      ["event", true],
      ["player", false],
      ["type", true],
    ]);
  });

  test("prefers what does not fit to what is not known, and names nothing where all fit", () => {
    expect(explain({ player: "Phone", type: "track" }, { event: "x", type: "movie" }).decided?.field).toBe("type");
    expect(explain({ player: "Phone" }, { event: "x" }).decided).toEqual({
      field: "player",
      wanted: "Phone",
      verdict: "unknown",
    });
    expect(explain({ type: "movie" }, film)).not.toHaveProperty("decided");
  });

  test("goes into what must not fit", () => {
    const { decided } = explain({ not: [{ type: "track" }, { type: "movie", local: true }] }, film);
    expect(decided).toEqual({
      field: "not[1]",
      wanted: { type: "movie", local: true },
      verdict: false,
      because: [
        { field: "not[1].local", wanted: true, actual: true, verdict: true },
        { field: "not[1].type", wanted: "movie", actual: "movie", verdict: true },
      ],
    });
  });
});

describe("of a webhook's payload a filter", () => {
  test("sees all that it asks for", () => {
    expect(
      matchSubjectOfWebhook({
        event: "media.play",
        user: true,
        owner: true,
        Account: { id: 1, thumb: "", title: "Robin" },
        Server: { title: "Attic", uuid: "cafe" },
        Player: { local: true, publicAddress: "203.0.113.9", title: "Living Room TV", uuid: "tv-1" },
        Metadata: {
          librarySectionType: "movie",
          type: "movie",
          librarySectionID: 2,
          librarySectionTitle: "Films",
          duration: 5_400_000,
        },
      }),
    ).toEqual(film);
  });

  test("sees that parts do not exist", () => {
    const subject = matchSubjectOfWebhook({ event: "admin.database.backup", Server: { uuid: "cafe" } });
    expect(subject).toEqual({
      event: "admin.database.backup",
      player: null,
      account: null,
      local: null,
      type: null,
      section: null,
      server: { uuid: "cafe" },
      duration: null,
    });
    expect(matches({ not: { player: "Phone" } }, subject)).toBe(true);
  });

  test("sees something whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        expect(typeof matchSubjectOfWebhook(payload).event).toBe("string");
      }),
    );
    const odd = { event: 1, Player: [], Metadata: { type: 5, duration: "9", librarySectionID: "2" }, Account: "x" };
    expect(matchSubjectOfWebhook(odd)).toMatchObject({ event: "", player: null, type: null, section: { id: "2" } });
  });
});

const word = fc.constantFrom("a", "B", "b", "1", "2");
const id = fc.constantFrom(1, 2, "1", "a");
const oneOrMore = <T>(value: fc.Arbitrary<T>) => fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }));
const fieldValues = {
  event: oneOrMore(fc.constantFrom("media.play", "media.*", "library.new", "*")),
  player: oneOrMore(word),
  account: oneOrMore(id),
  local: fc.boolean(),
  type: oneOrMore(fc.constantFrom("movie", "track")),
  section: oneOrMore(id),
  server: oneOrMore(word),
  minDuration: fc.constantFrom(0, 1, 2),
};
const { match: anyMatch } = fc.letrec<{ match: Match }>((tie) => ({
  match: fc.record(
    { ...fieldValues, not: fc.oneof({ maxDepth: 2 }, fc.constant({ type: "track" }), oneOrMore(tie("match"))) },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Match>,
}));
const known = {
  player: fc.option(fc.record({ title: word, uuid: word })),
  account: fc.option(fc.record({ title: word, id })),
  local: fc.option(fc.boolean()),
  type: fc.option(fc.constantFrom("movie", "track")),
  section: fc.option(fc.record({ title: word, id })),
  server: fc.option(fc.record({ title: word, uuid: word })),
  duration: fc.option(fc.constantFrom(0, 1, 2)),
};
const event = fc.constantFrom("media.play", "library.new");
const knownSubject = fc.record({ event, ...known }) as fc.Arbitrary<MatchSubject>;
const anySubject = fc.record(
  {
    event,
    ...known,
    player: fc.option(fc.record({ title: word, uuid: word }, { requiredKeys: [] })),
    account: fc.option(fc.record({ title: word, id }, { requiredKeys: [] })),
  },
  { requiredKeys: ["event"] },
) as fc.Arbitrary<MatchSubject>;
const rank = (verdict: MatchVerdict) => (verdict === false ? 0 : verdict === "unknown" ? 1 : 2);

describe("for any filter", () => {
  test("a subject of which all is known is never unknown", () => {
    fc.assert(fc.property(anyMatch, knownSubject, (match, subject) => matches(match, subject) !== "unknown"));
  });

  test("not twice is the filter itself", () => {
    fc.assert(
      fc.property(anyMatch, anySubject, (match, subject) => {
        expect(matches({ not: { not: match } }, subject)).toBe(matches(match, subject));
      }),
    );
  });

  test("a list is the best of its values, and for not the worst", () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1 }),
        fc.array(anyMatch, { minLength: 1 }),
        anySubject,
        (words, nots, s) => {
          const each = words.map((player) => rank(matches({ player }, s)));
          expect(rank(matches({ player: words }, s))).toBe(Math.max(...each));
          const eachNot = nots.map((not) => rank(matches({ not }, s)));
          expect(rank(matches({ not: nots }, s))).toBe(Math.min(...eachNot));
        },
      ),
    );
  });

  test("another field never lets more through", () => {
    fc.assert(
      fc.property(anyMatch, anyMatch, anySubject, fc.constantFrom(...matchFields), (match, other, subject, field) => {
        const { [field]: _, ...rest } = match;
        const more = { ...rest, ...(other[field] === undefined ? {} : { [field]: other[field] }) };
        expect(rank(matches(more, subject))).toBeLessThanOrEqual(rank(matches(rest, subject)));
      }),
      { numRuns: 500 },
    );
  });

  test("what is learned later never contradicts what was decided before", () => {
    fc.assert(
      fc.property(anyMatch, knownSubject, fc.subarray([...Object.keys(known)]), (match, subject, forgotten) => {
        const partly = Object.fromEntries(Object.entries(subject).filter(([key]) => !forgotten.includes(key)));
        const before = matches(match, partly as unknown as MatchSubject);
        if (before !== "unknown") expect(matches(match, subject)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  test("the explanation comes to the same verdict", () => {
    fc.assert(
      fc.property(anyMatch, anySubject, (match, subject) => {
        const { verdict, decided, checks } = explain(match, subject);
        expect(verdict).toBe(matches(match, subject));
        expect(decided === undefined).toBe(verdict === true);
        expect(decided?.verdict ?? true).toBe(verdict);
        expect(verdict === true).toBe(checks.every((check) => check.verdict === true));
      }),
    );
  });
});
