import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filterKey, formatFilter, notificationTypes, parseNotificationFilter, passesFilter } from "./index.ts";

const parse = (query: string) => parseNotificationFilter(new URLSearchParams(query));
const passing = (query: string) => notificationTypes.filter((type) => passesFilter(parse(query), type));
const stream = ["reelay.gap", "reelay.position"];
const everything = [...notificationTypes];
const allBut = (...names: string[]) => everything.filter((type) => !names.includes(type));
const only = (...names: string[]) => everything.filter((type) => [...names, ...stream].includes(type));

describe("a notification filter", () => {
  test.each([
    ["", allBut("log")],
    ["X-Plex-Token=x", allBut("log")],
    ["filters=", everything],
    ["filters", everything],
    ["filters=playing", only("playing")],
    ["filters=playing,activity", only("playing", "activity")],
    ["filters=playing%2Cactivity", only("playing", "activity")],
    ["filters=-playing,activity", allBut("playing", "activity")],
    ["filters=-log", allBut("log")],
    ["filters=log", only("log")],
    ["filter=playing&filter=activity", only("playing", "activity")],
    ["filter=playing%2Cactivity", only("playing", "activity")],
    ["filter=-playing&filter=activity", allBut("playing", "activity")],
    ["filter=-playing&filter=-activity", allBut("playing", "activity")],
    ["filter=playing&filters=activity", only("playing", "activity")],
    ["filters=transcodeSession.start,update.statechange", only("transcodeSession.start", "update.statechange")],
    ["filters=%20playing%20,,%20activity", only("playing", "activity")],
    ["filters=playing,-activity", only("playing")],
    ["filters=playing,nonsense", only("playing")],
    ["filters=nonsense", only()],
    ["filters=-nonsense", everything],
    ["filters=-", everything],
    ["filters=Playing", only()],
    ["filters=-reelay.gap,reelay.position", everything],
    ["filters=__proto__,toString", only()],
  ])("%j lets the right types through", (query, expected) => {
    expect(passing(query)).toEqual(expected);
  });

  test("lets a type that the catalogue does not know through, unless only others are wanted", () => {
    expect(passesFilter(parse(""), "brand.new")).toBe(true);
    expect(passesFilter(parse("filters=-playing"), "brand.new")).toBe(true);
    expect(passesFilter(parse("filters=playing,brand.new"), "brand.new")).toBe(false);
  });

  test("with a list of names has one meaning however it is spelled", () => {
    const spellings = [
      "filters=playing,activity",
      "filter=activity&filter=playing",
      "filters=activity,playing,playing,nonsense",
    ];
    expect(new Set(spellings.map((query) => filterKey(parse(query)))).size).toBe(1);
  });
});

describe("for any query", () => {
  const name = fc.oneof(fc.constantFrom(...notificationTypes, "nonsense", "", " "), fc.string());
  const query = fc
    .array(
      fc.tuple(
        fc.constantFrom("filter", "filters", "other"),
        fc.tuple(fc.constantFrom("", "-"), fc.array(name, { maxLength: 4 })),
      ),
    )
    .map((pairs) =>
      new URLSearchParams(
        pairs.map(([key, [sign, names]]): [string, string] => [key, sign + names.join(",")]),
      ).toString(),
    );
  const probes = [...notificationTypes, "brand.new"];
  const meaning = (text: string) => probes.filter((type) => passesFilter(parse(text), type)).join();

  test("the written filter reads back with the same meaning", () => {
    fc.assert(
      fc.property(query, (text) => {
        const written = new URLSearchParams({ filters: formatFilter(parse(text)) }).toString();
        expect(meaning(written)).toBe(meaning(text));
      }),
    );
  });

  test("keys are equal exactly if meanings are", () => {
    fc.assert(
      fc.property(query, query, (a, b) => {
        expect(filterKey(parse(a)) === filterKey(parse(b))).toBe(meaning(a) === meaning(b));
      }),
      { numRuns: 1000 },
    );
  });
});
