import fc from "fast-check";
import { expect, test } from "vitest";
import { type ArrivedItem, rollUp } from "./roll-up.ts";

const show = { id: 1, type: "show" };
const seasonOne = { id: 2, type: "season", parentId: 1, rootId: 1 };
const seasonTwo = { id: 3, type: "season", parentId: 1, rootId: 1 };
const episode = (id: number, parentId: number) => ({ id, type: "episode", parentId, rootId: 1 });
const artist = { id: 50, type: "artist" };
const album = (id: number) => ({ id, type: "album", parentId: 50, rootId: 50 });
const track = (id: number, parentId: number) => ({ id, type: "track", parentId, rootId: 50 });

test.each<[what: string, arrivals: ArrivedItem[], told: Record<number, number[]>]>([
  ["a film is itself", [{ id: 7, type: "movie" }], { 7: [7] }],
  ["two films are two", [7, 8].map((id) => ({ id, type: "movie" })), { 7: [7], 8: [8] }],
  [
    "a show that is new is one, with all of its seasons",
    [show, seasonOne, seasonTwo, episode(10, 2), episode(11, 3)],
    { 1: [10, 11] },
  ],
  ["a show that is new is one, also with one episode", [show, seasonOne, episode(10, 2)], { 1: [10] }],
  ["one episode of a known season is itself", [episode(10, 2)], { 10: [10] }],
  ["several episodes of a known season are the season", [episode(10, 2), episode(11, 2)], { 2: [10, 11] }],
  ["a new season of a known show is the season", [seasonTwo, episode(10, 3), episode(11, 3)], { 3: [10, 11] }],
  ["a new season that begins with one episode is that episode", [seasonTwo, episode(10, 3)], { 10: [10] }],
  [
    "two seasons are two",
    [episode(10, 2), episode(11, 3), episode(12, 2), episode(13, 3)],
    { 2: [10, 12], 3: [11, 13] },
  ],
  ["an album is one", [album(51), track(60, 51), track(61, 51)], { 51: [60, 61] }],
  ["a single is an album", [artist, album(51), track(60, 51)], { 51: [60] }],
  [
    "two albums of a new artist are two",
    [artist, album(51), album(52), track(60, 51), track(61, 52)],
    { 51: [60], 52: [61] },
  ],
  ["a track of a known album is itself", [track(60, 51)], { 60: [60] }],
  ["several tracks of a known album are the album", [track(60, 51), track(61, 51)], { 51: [60, 61] }],
  ["what holds nothing that is new is not told", [show, seasonOne, album(51), artist], {}],
  ["an episode that nothing is known of is itself", [{ id: 9, type: "episode" }], { 9: [9] }],
  ["nothing is nothing", [], {}],
])("%s", (_what, arrivals, told) => {
  expect(Object.fromEntries(rollUp(arrivals).map(({ id, leaves }) => [id, leaves]))).toEqual(told);
});

test("what is new above a leaf is among what is stood for", () => {
  const [whole] = rollUp([show, seasonOne, episode(10, 2), episode(11, 2)]);
  expect(whole?.items).toEqual([1, 2, 10, 11]);
  const [first] = rollUp([seasonTwo, episode(10, 3)]);
  expect(first).toEqual({ id: 10, leaves: [10], items: [3, 10] });
});

/** Libraries of shows and albums, of which any part arrives. */
const arrivals = fc
  .array(
    fc.record({
      video: fc.boolean(),
      root: fc.nat(3),
      parent: fc.nat(3),
      leaf: fc.nat(6),
      depth: fc.constantFrom("root", "parent", "leaf"),
    }),
    { maxLength: 60 },
  )
  .map((places) => {
    const items = places.map(({ video, root, parent, leaf, depth }) => {
      const rootId = (video ? 1_000 : 5_000) + root;
      const parentId = rootId * 10 + parent;
      const [top = "", middle = "", low = ""] = video ? ["show", "season", "episode"] : ["artist", "album", "track"];
      if (depth === "root") return { id: rootId, type: top };
      if (depth === "parent") return { id: parentId, type: middle, parentId: rootId, rootId };
      return { id: parentId * 10 + leaf, type: low, parentId, rootId };
    });
    return [...new Map(items.map((item) => [item.id, item])).values()];
  });

test("whatever arrives: every leaf is told once, by itself or by what it belongs to, and nothing else is", () => {
  fc.assert(
    fc.property(arrivals, (items: readonly ArrivedItem[]) => {
      const told = rollUp(items);
      const byId = new Map(items.map((item) => [item.id, item]));
      const leaves = items.filter(({ type }) => type === "episode" || type === "track").map(({ id }) => id);
      expect(told.flatMap((one) => one.leaves).sort()).toEqual(leaves.sort());
      expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
      for (const { id, leaves: own, items: stoodFor } of told) {
        expect(own.length).toBeGreaterThan(0);
        for (const leaf of own) {
          const { parentId, rootId } = byId.get(leaf) ?? {};
          expect([leaf, parentId, rootId]).toContain(id);
        }
        // A show that is new is never told in parts.
        if (own.some((leaf) => leaf !== id) || own.length === 1)
          expect(own.every((leaf) => stoodFor.includes(leaf))).toBe(true);
        for (const item of stoodFor) expect(byId.has(item)).toBe(true);
      }
      const newShows = items.filter(({ type }) => type === "show").map(({ id }) => id);
      const parts = told.filter(({ id }) => newShows.includes(byId.get(id)?.rootId ?? -1));
      expect(parts).toEqual([]);
    }),
  );
});
