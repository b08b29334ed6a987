import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MatchOptions, matchFields, matchLimits, parseMatch } from "./index.ts";
import { editDistance, nearestOf } from "./match-nearest.ts";

const errorOf = (input: unknown, options?: MatchOptions) => {
  const result = parseMatch(input, options);
  return result.ok ? undefined : result.error;
};

describe("a filter from outside", () => {
  test.each([
    {},
    { event: "media.play" },
    { event: ["media.*", "*", "media.p*", "session.started"] },
    { player: "Living Room TV", account: [1, "Robin", "2"], local: true, type: ["Movie", "episode"] },
    { section: [1, "Films"], server: "attic", minDuration: 0 },
    { not: { type: "track", not: { local: true } } },
    { not: [{ player: "x" }, { type: "clip" }] },
  ])("is taken as it is: %j", (input) => {
    expect(parseMatch(input)).toEqual({ ok: true, value: input });
  });

  test("may have fields that are undefined, which are absent", () => {
    expect(parseMatch({ player: undefined, type: "movie" })).toEqual({ ok: true, value: { type: "movie" } });
  });

  test.each([
    ["plyer", "player"],
    ["Player", "player"],
    ["acount", "account"],
    ["libarysection", "section"],
    ["xyzzy", undefined],
    ["sever", "server"],
    ["min_duration", "minDuration"],
    ["nto", "not"],
  ])("with the unknown field %s is told of %s", (name, nearest) => {
    expect(errorOf({ [name]: "x" })).toMatchObject({ code: "unknown-field", field: name });
    expect(errorOf({ [name]: "x" })?.nearest).toBe(nearest);
  });

  test("is told in one sentence what is wrong", () => {
    expect(errorOf({ not: [{ local: true }, { local: "yes" }] })).toEqual({
      code: "wrong-type",
      field: "not[1].local",
      expected: "true or false",
      given: '"yes"',
      message: 'The filter\'s not[1].local must be true or false, and is "yes"',
    });
    expect(errorOf({ type: "film" })?.message).toBe(
      'The filter\'s type must be a kind of item, such as movie or episode, or a list of them, and is "film"',
    );
    expect(errorOf({ type: ["movie", "eposide"] })).toMatchObject({ field: "type[1]", nearest: "episode" });
    expect(errorOf({ plyer: "x" })?.message).toContain("did you mean player?");
    expect(errorOf([])?.message).toBe("A filter must be an object with fields to fit, and is an empty list");
  });

  test.each<[unknown, string, string]>([
    [null, "wrong-type", ""],
    ["media.play", "wrong-type", ""],
    [{ event: 5 }, "wrong-type", "event"],
    [{ event: "media.*.x" }, "bad-value", "event"],
    [{ event: "a b" }, "bad-value", "event"],
    [{ event: [] }, "empty", "event"],
    [{ event: [["x"]] }, "wrong-type", "event[0]"],
    [{ player: 5 }, "wrong-type", "player"],
    [{ player: null }, "wrong-type", "player"],
    [{ player: " " }, "empty", "player"],
    [{ account: 1.5 }, "bad-value", "account"],
    [{ account: true }, "wrong-type", "account"],
    [{ local: 1 }, "wrong-type", "local"],
    [{ local: [true] }, "wrong-type", "local"],
    [{ minDuration: "5" }, "wrong-type", "minDuration"],
    [{ minDuration: -1 }, "bad-value", "minDuration"],
    [{ minDuration: Number.POSITIVE_INFINITY }, "bad-value", "minDuration"],
    [{ not: {} }, "empty", "not"],
    [{ not: [] }, "empty", "not"],
    [{ not: [{ type: "movie" }, {}] }, "empty", "not[1]"],
    [{ not: "movie" }, "wrong-type", "not"],
    [JSON.parse('{"__proto__":{"type":"movie"}}'), "unknown-field", "__proto__"],
    [{ constructor: 1 }, "unknown-field", "constructor"],
  ])("%j is refused: %s", (input, code, field) => {
    expect(errorOf(input)).toMatchObject({ code, field });
  });

  test("is refused past the limits", () => {
    const nested = (depth: number): object => (depth === 0 ? { type: "movie" } : { not: nested(depth - 1) });
    expect(errorOf(nested(matchLimits.nesting))).toBeUndefined();
    expect(errorOf(nested(matchLimits.nesting + 1))).toMatchObject({ code: "too-large" });
    expect(errorOf({ player: Array(matchLimits.values).fill("x") })).toBeUndefined();
    expect(errorOf({ player: Array(matchLimits.values + 1).fill("x") })).toMatchObject({ code: "too-large" });
    expect(errorOf({ player: "x".repeat(matchLimits.textLength + 1) })).toMatchObject({ code: "too-large" });
    const wide = { player: Array(100).fill("x") };
    expect(errorOf({ not: [wide, wide, wide, wide] })).toBeUndefined();
    expect(errorOf({ not: [wide, wide, wide, wide, wide] })).toMatchObject({ code: "too-large" });
    const ring: Record<string, unknown> = {};
    ring.not = ring;
    expect(errorOf(ring)).toMatchObject({ code: "too-large" });
  });

  test("names events that exist, where they are given", () => {
    const events = ["media.play", "media.pause", "library.new"];
    expect(errorOf({ event: ["media.*", "library.new", "*"] }, { events })).toBeUndefined();
    expect(errorOf({ event: "media.plya" }, { events })).toMatchObject({ code: "bad-value", nearest: "media.play" });
    expect(errorOf({ event: "admin.*" }, { events })).toMatchObject({ code: "bad-value", field: "event" });
  });

  test("is never thrown at, and repeats only a little of what was given", () => {
    const field = fc.oneof(fc.constantFrom(...matchFields), fc.string());
    const nearly = fc.dictionary(field, fc.oneof(fc.jsonValue(), fc.dictionary(field, fc.jsonValue())));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), nearly), (input) => {
        const result = parseMatch(input);
        if (result.ok) expect(parseMatch(JSON.parse(JSON.stringify(result.value)))).toEqual(result);
        else expect(result.error.message.length).toBeLessThan(400);
      }),
      { numRuns: 2000 },
    );
    expect(errorOf({ [`x${"y".repeat(10_000)}`]: 1 })?.message.length).toBeLessThan(400);
  });

  test("is read in time that does not grow with the patterns' looks", () => {
    const began = performance.now();
    for (const text of [`${"a".repeat(199)}!`, `${"a.".repeat(99)}!`, "-".repeat(200), `${"a".repeat(198)}**`]) {
      expect(errorOf({ event: Array(100).fill(text) })?.code).toSatisfy(
        (code) => code === undefined || code === "bad-value",
      );
    }
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe("the distance of two words", () => {
  test.each([
    ["", "", 0],
    ["a", "", 1],
    ["kitten", "sitting", 3],
    ["nto", "not", 1],
    ["abcd", "acbd", 1],
  ])("%s and %s: %i", (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
    expect(editDistance(to, from)).toBe(distance);
  });

  test("is 0 only for the same, and no longer than the longer", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (from, to) => {
        const distance = editDistance(from, to);
        expect(distance === 0).toBe(from === to);
        expect(distance).toBeLessThanOrEqual(Math.max(from.length, to.length));
      }),
    );
  });

  test("is not measured for words that nobody mistyped", () => {
    expect(nearestOf("x".repeat(65), ["x".repeat(64)])).toBeUndefined();
    expect(nearestOf("zzz", ["event"])).toBeUndefined();
  });
});
