import { renameSync } from "node:fs";
import { expect, test } from "vitest";
import type { RatingFacts } from "../events/index.ts";
import { MINUTE, type PlaybackRig } from "./testing/rig.ts";
import { scannedRig } from "./testing/scanned.ts";

async function titlesOnDeck(rig: PlaybackRig, who?: string): Promise<string[]> {
  const { MediaContainer } = (await rig.ask("/library/onDeck", who)).json();
  return (MediaContainer.Metadata ?? []).map(({ title, parentIndex, index }: Record<string, unknown>) =>
    index === undefined ? title : `S${parentIndex}E${index}`,
  );
}

test.each(["GET", "PUT", "POST"] as const)(
  "%s marks a film as watched and as not, for its account only",
  async (method) => {
    await using rig = await scannedRig();
    const key = rig.keyOf("Alpha");
    const mark = (what: string) =>
      rig.ask(`/:/${what}?identifier=com.plexapp.plugins.library&key=${key}`, "robin", { method });
    expect((await mark("scrobble")).statusCode).toBe(200);
    expect((await mark("scrobble")).body).toBe("");
    expect(await rig.item(key, "robin")).toMatchObject({ viewCount: 1, lastViewedAt: 1_700_000_000 });
    expect(await rig.item(key)).not.toHaveProperty("viewCount");
    const [event, ...more] = await rig.events();
    expect(event).toMatchObject({ type: "item.updated", audience: { kind: "account", accountId: 2 } });
    expect(more, "no scrobble, and nothing for what was so already").toEqual([]);
    await mark("unscrobble");
    expect(await rig.item(key, "robin")).not.toHaveProperty("viewCount");
    expect(await rig.told()).toEqual(["item.updated"]);
  },
);

test("a season and a show are marked by all of their episodes", async () => {
  await using rig = await scannedRig();
  const [show, season] = [rig.keyOf("Tide"), rig.keyOf("Season 1")];
  await rig.ask(`/:/scrobble?key=${season}`);
  expect(await rig.told()).toEqual(["item.updated", "item.updated"]);
  expect(await rig.item(show)).toMatchObject({ leafCount: 3, viewedLeafCount: 2 });
  expect(await rig.item(season)).toMatchObject({ leafCount: 2, viewedLeafCount: 2 });
  await rig.ask(`/:/scrobble?key=${show}`);
  expect(await rig.told()).toEqual(["item.updated"]);
  expect(await rig.item(show)).toMatchObject({ viewedLeafCount: 3 });
  expect(await rig.item(show, "robin")).toMatchObject({ viewedLeafCount: 0 });
  await rig.ask(`/:/unscrobble?key=${show}`);
  expect(await rig.item(show)).toMatchObject({ viewedLeafCount: 0 });
});

test("a rating is kept for its account, told with what a webhook needs, and taken away by -1", async () => {
  await using rig = await scannedRig();
  const key = rig.keyOf("Alpha");
  const rate = (rating: string) =>
    rig.ask(`/:/rate?identifier=com.plexapp.plugins.library&key=${key}&rating=${rating}`, "robin", {
      method: "PUT",
      headers: { "x-plex-client-identifier": "phone", "x-plex-device-name": "Robin's phone" },
    });
  expect((await rate("7.5")).statusCode).toBe(200);
  expect(await rig.item(key, "robin")).toMatchObject({ userRating: 7.5, lastRatedAt: 1_700_000_000 });
  expect(await rig.item(key)).not.toHaveProperty("userRating");
  expect((await rate("-1")).statusCode).toBe(200);
  expect(await rig.item(key, "robin")).not.toHaveProperty("userRating");
  const told = await rig.events();
  expect(told.map(({ type, audience }) => [type, audience])).toEqual(
    [1, 2].map(() => ["item.rated", { kind: "account", accountId: 2 }]),
  );
  expect(told.map(({ facts }) => facts as RatingFacts)).toMatchObject([
    { rating: 7.5, account: { id: 2, title: "robin" }, player: { uuid: "phone", title: "Robin's phone" } },
    { rating: null },
  ]);
});

test.each(["11", "10.1", "-2", "NaN", "", "1e1", "Infinity", "0x5", "five"])(
  "a rating of %j is refused",
  async (rating) => {
    await using rig = await scannedRig();
    const reply = await rig.ask(`/:/rate?key=${rig.keyOf("Alpha")}&rating=${rating}`);
    expect([reply.statusCode, reply.json().error.detail]).toEqual([400, expect.stringContaining("from 0 to 10")]);
    expect(await rig.told()).toEqual([]);
  },
);

test.each([
  ["/:/scrobble", 400],
  ["/:/scrobble?key=Alpha", 400],
  ["/:/scrobble?key=4711", 404],
  ["/:/scrobble?key=1&identifier=com.plexapp.plugins.other", 400],
  ["/:/rate?key=4711&rating=5", 404],
  ["/:/rate?key=1&rating=5&ratedAt=1700000001", 400],
  ["/:/progress?key=1&time=-5", 400],
  ["/:/progress?key=1&time=6000001", 400],
  ["/:/progress?key=1", 400],
  ["/status/sessions/history/all?accountID=x", 400],
  ["/status/sessions/history/all?sort=title", 400],
])("%s is answered with %i", async (path, status) => {
  await using rig = await scannedRig();
  expect((await rig.ask(path)).statusCode).toBe(status);
  expect(await rig.told()).toEqual([]);
});

test("a place to go on from is set by hand, and taken away by 0", async () => {
  await using rig = await scannedRig();
  const key = rig.keyOf("Alpha");
  await rig.ask(`/:/progress?key=${key}&identifier=com.plexapp.plugins.library&time=${5 * MINUTE}&state=stopped`);
  expect(await rig.item(key)).toMatchObject({ viewOffset: 5 * MINUTE });
  await rig.ask(`/:/progress?key=${key}&time=0`);
  expect(await rig.item(key)).not.toHaveProperty("viewOffset");
  expect(await rig.told()).toEqual(["item.updated", "item.updated"]);
});

test("On Deck has what was begun and the next episode of each show, what was watched last first", async () => {
  await using rig = await scannedRig();
  expect(await titlesOnDeck(rig)).toEqual([]);
  await rig.report({ ratingKey: rig.keyOf("Alpha"), state: "playing", time: 5 * MINUTE });
  rig.clock.advance(60_000);
  await rig.ask(`/:/scrobble?key=${rig.keyOf("Episode 1")}`);
  expect(await titlesOnDeck(rig)).toEqual(["S1E2", "Alpha"]);
  rig.clock.advance(60_000);
  await rig.ask(`/:/scrobble?key=${rig.keyOf("Season 1")}`);
  expect(await titlesOnDeck(rig)).toEqual(["S2E1", "Alpha"]);
  await rig.ask(`/:/scrobble?key=${rig.keyOf("Tide")}`);
  expect(await titlesOnDeck(rig)).toEqual(["Alpha"]);
  expect(await titlesOnDeck(rig, "robin")).toEqual([]);
  rig.clock.advance(60_000);
  const [first] = rig.library.database.read.all("SELECT id FROM items WHERE type = 'episode' ORDER BY id");
  await rig.ask(`/:/progress?key=${first?.id}&time=${5 * MINUTE}`);
  expect(await titlesOnDeck(rig)).toEqual(["S1E1", "Alpha"]);
});

test("a new episode is told to those who wait for it, and to nobody else", async () => {
  await using rig = await scannedRig();
  await rig.ask(`/:/scrobble?key=${rig.keyOf("Tide")}`, "robin");
  await rig.ask(`/:/scrobble?key=${rig.keyOf("Season 1")}`, "owner");
  const section = rig.library.library.sections.list().find(({ type }) => type === "show");
  if (section === undefined) throw new Error("no shows");
  await rig.events();
  for (const episode of ["S02E02", "S02E03"]) {
    rig.library.put(`Tide/Tide - ${episode}.mp4`, undefined, section.locations[0]?.path);
  }
  await rig.library.scan(section);
  const entered = (await rig.events()).filter(({ type }) => type === "ondeck.entered");
  expect(entered).toMatchObject([
    {
      audience: { kind: "account", accountId: 2 },
      facts: { item: { title: "Tide S02 E02" }, account: { id: 2, title: "robin" } },
    },
  ]);
});

test("an episode that comes back is new to nobody", async () => {
  await using rig = await scannedRig();
  await rig.ask(`/:/scrobble?key=${rig.keyOf("Tide")}`, "robin");
  const section = rig.library.library.sections.list().find(({ type }) => type === "show");
  const folder = section?.locations[0]?.path ?? "";
  if (section === undefined) throw new Error("no shows");
  const entered = async () => (await rig.told()).filter((type) => type === "ondeck.entered").length;
  const file = rig.library.put("Tide/Tide - S02E02.mp4", undefined, folder);
  await rig.library.scan(section);
  expect(await entered()).toBe(1);
  // Told as new, so that it is no longer among what waits.
  await rig.library.database.transaction((tx) => void tx.run("DELETE FROM arrivals"));
  renameSync(file, `${file}.aside`);
  await rig.library.scan(section);
  renameSync(`${file}.aside`, file);
  await rig.library.scan(section);
  expect(await entered()).toBe(0);
});

test("the history is filtered, sorted and read page by page; others' is the owner's to see", async () => {
  await using rig = await scannedRig();
  const show = rig.keyOf("Tide");
  for (const [title, who] of [
    ["Alpha", "owner"],
    ["Beta", "robin"],
    ["Season 1", "robin"],
  ] as const) {
    rig.clock.advance(10_000);
    await rig.ask(`/:/scrobble?key=${rig.keyOf(title)}`, who);
  }
  const history = async (query: string, who?: string) => {
    const reply = await rig.ask(`/status/sessions/history/all?${query}`, who);
    const { Metadata = [], totalSize } = reply.json().MediaContainer;
    return [totalSize, ...Metadata.map(({ title }: { title: string }) => title)];
  };
  expect(await history("sort=viewedAt:desc")).toEqual([4, "Episode 2", "Episode 1", "Beta", "Alpha"]);
  expect(await history("sort=viewedAt:asc")).toEqual([4, "Alpha", "Beta", "Episode 1", "Episode 2"]);
  expect(await history("accountID=1")).toEqual([1, "Alpha"]);
  expect(await history("librarySectionID=1")).toEqual([2, "Beta", "Alpha"]);
  expect(await history(`metadataItemID=${show}`)).toEqual([2, "Episode 2", "Episode 1"]);
  expect(await history("viewedAt>=1700000020")).toEqual([3, "Episode 2", "Episode 1", "Beta"]);
  expect(await history("viewedAt%3E=1700000030&viewedAt%3C=1700000030")).toEqual([2, "Episode 2", "Episode 1"]);
  expect(await history("X-Plex-Container-Start=1&X-Plex-Container-Size=2")).toEqual([4, "Episode 1", "Beta"]);
  expect(await history("accountID=1", "robin"), "a member sees its own").toEqual([3, "Episode 2", "Episode 1", "Beta"]);
  expect(await history("", "kim")).toEqual([0]);
  const [newest] = (await rig.ask("/status/sessions/history/all?X-Plex-Container-Size=1")).json().MediaContainer
    .Metadata;
  expect(newest).toMatchObject({
    historyKey: "/status/sessions/history/4",
    key: expect.stringMatching(/^\/library\/metadata\/\d+$/),
    librarySectionID: "2",
    grandparentKey: `/library/metadata/${show}`,
    grandparentTitle: "Tide",
    type: "episode",
    index: 2,
    parentIndex: 1,
    viewedAt: 1_700_000_030,
    accountID: 2,
  });
});
