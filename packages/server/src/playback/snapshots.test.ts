import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type ItemSnapshot, type MediaEvent, type OnDeckFacts, readSnapshot } from "../events/index.ts";
import { SAMPLES } from "../library/testing/rig.ts";
import { MINUTE, type PlaybackRig } from "./testing/rig.ts";
import { scannedRig } from "./testing/scanned.ts";

/** What each event since the last call shows of its item. */
async function shown(rig: PlaybackRig): Promise<{ event: MediaEvent; item: ItemSnapshot | undefined }[]> {
  return (await rig.events()).map((event) => ({
    event,
    item: event.snapshot === undefined ? undefined : readSnapshot(rig.library.database.read, event.snapshot),
  }));
}

test("each turn of a playback shows the item as its account sees it then, progress shows nothing", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  const report = (state: string, minutes: number) =>
    rig.report({ ratingKey, state, time: minutes * MINUTE }, { who: "robin" });
  await report("playing", 0);
  await report("playing", 5);
  await report("paused", 6);
  await report("playing", 6);
  await report("playing", 95);
  await report("stopped", 96);
  const seen = (await shown(rig)).map(({ event, item }) => [
    event.type,
    item?.metadata.viewOffset,
    item?.metadata.viewCount,
  ]);
  expect(seen.filter(([type]) => type !== "session.progressed")).toEqual([
    ["session.started", undefined, undefined],
    ["session.paused", 6 * MINUTE, undefined],
    ["session.resumed", 6 * MINUTE, undefined],
    ["session.scrobbled", undefined, 1],
    ["session.stopped", 96 * MINUTE, 1],
  ]);
  expect(seen.filter(([type, offset]) => type === "session.progressed" && offset !== undefined)).toEqual([]);
});

test("an episode is shown with its keys in the order of captures, ids as texts, and without its files", async () => {
  await using rig = await scannedRig();
  const [episode, show] = [rig.keyOf("Episode 2"), rig.keyOf("Tide")];
  await rig.report({ ratingKey: episode, state: "playing", time: MINUTE }, { who: "robin" });
  const [{ event, item } = {}] = await shown(rig);
  const keys = Object.keys(item?.metadata ?? {});
  // As a server of 2024 wrote them; of these, what a file's name cannot tell is not there.
  const captured =
    `librarySectionType ratingKey key parentRatingKey grandparentRatingKey guid parentGuid grandparentGuid type title titleSort
     grandparentKey parentKey librarySectionTitle librarySectionID librarySectionKey grandparentTitle parentTitle contentRating
     summary index parentIndex viewOffset lastViewedAt year thumb art parentThumb grandparentThumb grandparentArt duration
     originallyAvailableAt addedAt updatedAt`.split(/\s+/);
  expect(keys).toEqual(captured.filter((key) => keys.includes(key)));
  expect(item?.metadata).toMatchObject({
    librarySectionType: "show",
    ratingKey: String(episode),
    grandparentRatingKey: String(show),
    type: "episode",
    viewOffset: MINUTE,
  });
  expect(typeof item?.metadata.librarySectionID).toBe("number");
  expect(event?.facts).toMatchObject({ account: { id: 2, title: "robin", thumb: "/accounts/2/avatar?c=1" } });
});

test("a rating is shown with the rating itself", async () => {
  await using rig = await scannedRig();
  await rig.ask(`/:/rate?key=${rig.keyOf("Alpha")}&rating=8`, "robin", { method: "PUT" });
  expect((await shown(rig)).map(({ event, item }) => [event.type, item?.metadata.userRating])).toEqual([
    ["item.rated", 8],
  ]);
});

test("nobody is shown what another account has watched or how it rated", async () => {
  await using rig = await scannedRig();
  const ratingKey = rig.keyOf("Alpha");
  await rig.ask(`/:/scrobble?key=${ratingKey}`, "owner");
  await rig.ask(`/:/rate?key=${ratingKey}&rating=2`, "owner", { method: "PUT" });
  await rig.events();
  await rig.report({ ratingKey, state: "playing", time: 0 }, { who: "robin" });
  const [{ item } = {}] = await shown(rig);
  expect(item?.metadata.title).toBe("Alpha");
  const personal = /^(?:viewCount|userRating|lastViewedAt|lastRatedAt)$/;
  expect(Object.keys(item?.metadata ?? {}).filter((key) => personal.test(key))).toEqual([]);
});

test("the end of a player that vanished while the server was away shows its item too", async () => {
  await using rig = await scannedRig();
  await rig.report({ ratingKey: rig.keyOf("Alpha"), state: "playing", time: 10 * MINUTE });
  await rig.events();
  rig.clock.advance(10 * MINUTE);
  await rig.restart({ clean: false });
  const stops = (await shown(rig)).filter(({ event }) => event.type === "session.stopped");
  expect(stops.map(({ item }) => item?.metadata.title)).toEqual(["Alpha"]);
});

test("an episode that comes next is shown with its picture, else with that of its show", async () => {
  await using rig = await scannedRig();
  const { library } = rig;
  await rig.ask(`/:/scrobble?key=${rig.keyOf("Tide")}`, "robin");
  await rig.ask(`/:/scrobble?key=${rig.keyOf("Tide")}`, "owner");
  const section = library.library.sections.list().find(({ type }) => type === "show");
  const folder = section?.locations[0]?.path;
  if (section === undefined || folder === undefined) throw new Error("no section");
  library.put("Tide/poster.jpg", { sample: "Films/雨の灯台 (2019)/poster.jpg" }, folder);
  await library.scan(section);
  library.put("Tide/Tide - S02E02.mp4", undefined, folder);
  await library.scan(section);
  await rig.ask(`/:/scrobble?key=${rig.keyOf("Tide")}`, "robin");
  const still = readFileSync(join(SAMPLES, "Shows/Tidewrack & Sons (2014)/poster.jpg"));
  library.put("Tide/Tide - S02E03-thumb.jpg", still, folder);
  library.put("Tide/Tide - S02E03.mp4", undefined, folder);
  await library.scan(section);
  const entered = (await shown(rig)).filter(({ event }) => event.type === "ondeck.entered");
  const poster = library.database.read.get("SELECT thumb FROM items WHERE title = 'Tide'")?.thumb;
  const told = entered.map(({ event, item }) => [
    (event.facts as OnDeckFacts).account.title,
    item?.metadata.index,
    item?.thumb,
  ]);
  expect(poster).toMatch(/^[0-9a-f]{64}$/);
  expect(told).toEqual([
    ["owner", 2, poster],
    ["robin", 2, poster],
    ["robin", 3, createHash("sha256").update(still).digest("hex")],
  ]);
});
