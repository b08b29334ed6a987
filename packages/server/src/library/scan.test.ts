import { chmodSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../support/index.ts";
import type { Metadata } from "./metadata.ts";
import { ProbePool } from "./probe.ts";
import type { Section } from "./section-store.ts";
import { itemFacts, outline, Rig, SAMPLES } from "./testing/rig.ts";
import { asSomebodyElse } from "./testing/somebody-else.ts";

const OTHER_FILM = "Films/The Cartographer's Daughter (2011)/The Cartographer's Daughter (2011).mkv";
const POSTER = "Films/雨の灯台 (2019)/poster.jpg";

/** Files that only need to differ. */
const distinct = (n: number) => Buffer.from(`no film at all, but number ${n}`);

class CountingProbes extends ProbePool {
  count = 0;
  onProbe: () => void = () => undefined;

  override probe(...job: Parameters<ProbePool["probe"]>): ReturnType<ProbePool["probe"]> {
    this.count++;
    this.onProbe();
    return super.probe(...job);
  }
}

async function keysByType(rig: Rig, section: Section): Promise<unknown[][]> {
  const items = await Promise.all(["show", "season", "episode"].map((type) => rig.items(section, type)));
  return items.flat().map(({ ratingKey, type, index }) => [ratingKey, type, index ?? null]);
}

interface Media {
  readonly [key: string]: unknown;
  readonly Part: readonly { readonly file: string }[];
}

function mediaOf(item: Metadata | undefined): readonly Media[] {
  return (item?.Media ?? []) as unknown as readonly Media[];
}

function outlineKeys(items: readonly Metadata[], titles: readonly string[]): unknown[] {
  return titles.map((title) => items.find((item) => item.title === title)?.ratingKey);
}

/** The hash of an item's own picture. */
function pictureOf(rig: Rig, ratingKey: unknown) {
  return rig.database.read.get("SELECT thumb FROM items WHERE id = ?", Number(ratingKey))?.thumb;
}

describe("a first scan", () => {
  test("tells in the order that clients expect, every item once", async () => {
    await using rig = new Rig();
    rig.put("A Film (2001)/A Film (2001).mp4");
    const section = await rig.section("movie");
    const result = await rig.scan(section);
    expect(result).toMatchObject({ added: 1, changed: 0, moved: 0, removed: 0 });
    const told = outline(await rig.told()).filter((line) => !/^activity updated|^progress/.test(line));
    expect(told).toEqual([
      "activity started Scanning Test",
      "status Scanning the Test section",
      "timeline 0 1",
      "timeline 1 1",
      "timeline 5 analyzing 1",
      "timeline 5 thumbnailing 1",
      "timeline 5 1",
      "activity ended Scanning Test",
      "status Library scan complete",
    ]);
  });

  test("knows of the sample library what its makers say, field by field", async () => {
    await using rig = new Rig();
    const expected = JSON.parse(
      readFileSync(fileURLToPath(new URL("../../../../samples/expected.json", import.meta.url)), "utf8"),
    );
    const found = new Map<string, Record<string, unknown>>();
    for (const [folder, type, leaf] of [
      ["Films", "movie", "movie"],
      ["Shows", "show", "episode"],
      ["Music", "artist", "track"],
    ] as const) {
      const section = await rig.library.addSection({ name: folder, type, paths: [join(SAMPLES, folder)] });
      await rig.scan(section);
      for (const item of await rig.items(section, leaf)) {
        const [media] = mediaOf(item);
        found.set(String(media?.Part[0]?.file).slice(SAMPLES.length), { ...item, media });
      }
    }
    expect(found.size).toBe(expected.items.length);
    for (const item of expected.items) {
      const actual = found.get(item.file);
      const media = actual?.media;
      expect({ file: item.file, type: actual?.type, title: actual?.title }).toEqual({
        file: item.file,
        type: item.type,
        title: item.title,
      });
      if (item.year !== undefined && item.type === "movie") expect(actual?.year).toBe(item.year);
      if (item.show !== undefined) expect(actual?.grandparentTitle).toBe(item.show);
      if (item.season !== undefined) expect(actual?.parentIndex).toBe(item.season);
      if (item.episode !== undefined) expect(actual?.index).toBe(item.episode);
      if (item.artist !== undefined) expect(actual?.grandparentTitle).toBe(item.artist);
      if (item.album !== undefined) expect(actual?.parentTitle).toBe(item.album);
      if (item.broken) {
        expect(actual?.duration).toBeUndefined();
      } else {
        expect(media).toMatchObject({
          container: item.container,
          ...(item.videoCodec == null ? {} : { videoCodec: item.videoCodec }),
          ...(item.audioCodec == null ? {} : { audioCodec: item.audioCodec }),
        });
        expect(Math.abs(Number(actual?.duration) - item.durationMs)).toBeLessThanOrEqual(30);
      }
      if (item.type === "movie") expect(pictureOf(rig, actual?.ratingKey) !== null, item.file).toBe(item.hasPicture);
    }
  });

  test("tells once of a file that is broken, one that is empty and one that is not what its name says, and goes on", async () => {
    await using rig = new Rig();
    rig.put("Broken (2001)/Broken (2001).mkv", Buffer.alloc(5_000, 7));
    rig.put("Empty (2002)/Empty (2002).mkv", "");
    rig.put("Whole (2003)/Whole (2003).mp4");
    const section = await rig.section("movie");
    expect(await rig.scan(section)).toMatchObject({ added: 3 });
    const told = (await rig.told()).filter((n) => n.type === "status").map((n) => n.entry);
    expect(told.map((status) => status.title)).toEqual([
      "Scanning the Test section",
      "Broken (2001).mkv cannot be read",
      "Empty (2002).mkv cannot be read",
      "Library scan complete",
    ]);
    expect(told[1]?.description).toMatch(/^REELAY_MEDIA_UNREADABLE: /);
    expect(told[2]?.description).toMatch(/^REELAY_MEDIA_EMPTY: /);
    expect((await rig.items(section, "movie")).map((item) => [item.title, item.year])).toEqual([
      ["Broken", 2001],
      ["Empty", 2002],
      ["Whole", 2003],
    ]);
    await rig.scan(section);
    expect((await rig.told()).filter((n) => n.type === "status")).toHaveLength(2);
  });
});

describe("an unchanged library", () => {
  test("costs a walk: nothing is probed and no item is told", async () => {
    const probes = new CountingProbes();
    await using rig = new Rig({ probes });
    rig.put("A (2001)/A (2001).mp4");
    rig.put("B (2002)/B (2002).mp4");
    const section = await rig.section("movie");
    await rig.scan(section);
    await rig.told();
    const before = await rig.items(section, "movie");
    expect(probes.count).toBe(2);
    expect(await rig.scan(section)).toMatchObject({ added: 0, changed: 0, moved: 0, removed: 0 });
    expect(probes.count).toBe(2);
    expect(await rig.toldItems()).toEqual([]);
    expect(await rig.items(section, "movie")).toEqual(before);
  });
});

describe("a file that was moved or renamed", () => {
  test("keeps its key: no 9 and no 0, one bare 5", async () => {
    await using rig = new Rig();
    rig.put("Old Name (2001)/Old Name (2001).mp4");
    rig.put("Other (2002)/Other (2002).mkv", { sample: OTHER_FILM });
    const section = await rig.section("movie");
    await rig.scan(section);
    await rig.told();
    renameSync(join(rig.media, "Old Name (2001)"), join(rig.media, "New Name (2005)"));
    expect(await rig.scan(section)).toMatchObject({ added: 0, moved: 1, removed: 0 });
    expect(await rig.toldItems()).toEqual(["5:1"]);
    expect((await rig.items(section, "movie")).map(({ ratingKey, title, year }) => [ratingKey, title, year])).toEqual([
      ["1", "Old Name (2001).mp4".replace(" (2001).mp4", ""), 2001],
      ["2", "Other", 2002],
    ]);
    renameSync(
      join(rig.media, "New Name (2005)/Old Name (2001).mp4"),
      join(rig.media, "New Name (2005)/New Name (2005).mp4"),
    );
    await rig.scan(section);
    expect(await rig.toldItems()).toEqual(["5:1"]);
    expect((await rig.items(section, "movie")).map(({ ratingKey, title, year }) => [ratingKey, title, year])).toEqual([
      ["1", "New Name", 2005],
      ["2", "Other", 2002],
    ]);
  });

  test("takes its show and season with it when they are all renamed together", async () => {
    await using rig = new Rig();
    rig.put("Shoe/Season 01/Shoe - S01E01 - One.mkv", distinct(1));
    rig.put("Shoe/Season 01/Shoe - S01E02 - Two.mkv", distinct(2));
    rig.put("Third/Season 01/Third - S01E01.mkv", distinct(3));
    const section = await rig.section("show");
    await rig.scan(section);
    const before = await keysByType(rig, section);
    await rig.told();
    renameSync(join(rig.media, "Shoe"), join(rig.media, "Show"));
    expect(await rig.scan(section)).toMatchObject({ added: 0, moved: 2, removed: 0 });
    expect(await keysByType(rig, section)).toEqual(before);
    expect((await rig.items(section, "show")).map((show) => show.title)).toEqual(["Show", "Third"]);
    const facts = await rig.toldItems();
    expect(facts.filter((fact) => !fact.startsWith("5:"))).toEqual([]);
    expect(new Set(facts).size).toBe(facts.length);
  });

  test("leaves a show that keeps other episodes, and its old one goes when it is emptied", async () => {
    await using rig = new Rig();
    rig.put("A/Season 01/A - S01E01.mkv", distinct(1));
    rig.put("A/Season 01/A - S01E02.mkv", distinct(2));
    const section = await rig.section("show");
    await rig.scan(section);
    rig.put("B/Season 01/.keep", "");
    renameSync(join(rig.media, "A/Season 01/A - S01E02.mkv"), join(rig.media, "B/Season 01/B - S01E02.mkv"));
    await rig.told();
    await rig.scan(section);
    expect((await rig.items(section, "show")).map(({ title, leafCount }) => [title, leafCount])).toEqual([
      ["A", 1],
      ["B", 1],
    ]);
    const episode = (await rig.items(section, "episode")).find(({ grandparentTitle }) => grandparentTitle === "B");
    expect(episode?.ratingKey).toBe("4");
  });

  test("that returns within a day is told as deleted and then created under its old key", async () => {
    const clock = new ManualClock(Date.now());
    await using rig = new Rig({ clock });
    rig.put("Stays (2000)/Stays (2000).mkv", { sample: OTHER_FILM });
    const film = rig.put("Returns (2001)/Returns (2001).mp4");
    const section = await rig.section("movie");
    await rig.scan(section);
    const [, returns] = outlineKeys(await rig.items(section, "movie"), ["Stays", "Returns"]);
    await rig.told();
    renameSync(film, join(rig.root, "away.mp4"));
    await rig.scan(section);
    clock.advance(23 * 3_600_000);
    renameSync(join(rig.root, "away.mp4"), film);
    await rig.scan(section);
    expect(await rig.toldItems()).toEqual([`9:${returns}`, `0:${returns}`, `5:${returns}`]);
    renameSync(film, join(rig.root, "away.mp4"));
    await rig.scan(section);
    await rig.told();
    clock.advance(25 * 3_600_000);
    renameSync(join(rig.root, "away.mp4"), film);
    await rig.scan(section);
    const facts = await rig.toldItems();
    expect(facts).toHaveLength(2);
    expect(facts).not.toContain(`0:${returns}`);
  });

  test("into another folder of the section is found by a scan of that folder alone", async () => {
    await using rig = new Rig();
    rig.put("A (2001)/A (2001).mp4");
    const section = await rig.section("movie");
    await rig.scan(section);
    await rig.told();
    rig.put("B (2002)/x.txt", "");
    renameSync(join(rig.media, "A (2001)/A (2001).mp4"), join(rig.media, "B (2002)/B (2002).mp4"));
    const folders = [Buffer.from(join(rig.media, "B (2002)"))];
    expect(await rig.scan(section, { folders })).toMatchObject({ moved: 1, removed: 0 });
    expect(await rig.toldItems()).toEqual(["5:1"]);
    await rig.scan(section);
    expect(await rig.toldItems()).toEqual([]);
  });
});

describe("files that are gone", () => {
  test("take emptied parents with them, children first", async () => {
    await using rig = new Rig();
    rig.put("Gone/Season 01/Gone - S01E01.mkv", distinct(1));
    rig.put("Gone/Season 01/Gone - S01E02.mkv", distinct(2));
    rig.put("Stays/Season 01/Stays - S01E01.mkv", distinct(3));
    const section = await rig.section("show");
    await rig.scan(section);
    await rig.told();
    rmSync(join(rig.media, "Gone"), { recursive: true });
    expect(await rig.scan(section)).toMatchObject({ removed: 2 });
    const deleted = (await rig.told()).filter((n) => n.type === "timeline").map((n) => n.entry);
    expect(deleted.every((entry) => entry.state === 9 && entry.metadataState === "deleted" && entry.title === "")).toBe(
      true,
    );
    expect(deleted.map((entry) => entry.type)).toEqual([4, 4, 3, 2]);
    expect(new Set(deleted.map((entry) => entry.itemID)).size).toBe(4);
    expect((await rig.items(section, "show")).map((show) => show.title)).toEqual(["Stays"]);
  });

  test("are kept as unavailable when everything would go, until they are back or somebody confirms", async () => {
    await using rig = new Rig();
    rig.put("films/A (2001)/A (2001).mp4");
    rig.put("films/B (2002)/B (2002).mkv", { sample: OTHER_FILM });
    const section = await rig.section("movie", "films");
    await rig.scan(section);
    await rig.told();
    renameSync(join(rig.media, "films"), join(rig.media, "unmounted"));
    expect(await rig.scan(section)).toMatchObject({ removed: 0, unavailable: 2 });
    const told = await rig.told();
    expect(itemFacts(told)).toEqual([]);
    expect(outline(told)).toContain("status 2 items of Test cannot be found");
    expect((await rig.items(section, "movie")).every((item) => item.deletedAt !== undefined)).toBe(true);
    await rig.scan(section);
    expect(outline(await rig.told())).not.toContain("status 2 items of Test cannot be found");

    renameSync(join(rig.media, "unmounted"), join(rig.media, "films"));
    await rig.scan(section);
    expect((await rig.items(section, "movie")).every((item) => item.deletedAt === undefined)).toBe(true);

    renameSync(join(rig.media, "films"), join(rig.media, "gone"));
    await rig.scan(section);
    await rig.told();
    expect(await rig.scan(section, { force: true })).toMatchObject({ removed: 2 });
    expect(await rig.toldItems()).toEqual(["9:1", "9:2"]);
  });

  test("are kept when more than the larger of 20 items and 30 % would go", async () => {
    await using rig = new Rig();
    const name = (n: number) => `Film ${n} (2001)`;
    for (let n = 0; n < 60; n++) rig.put(`${name(n)}/${name(n)}.mkv`, Buffer.from(`film number ${n}`));
    const section = await rig.section("movie");
    await rig.scan(section);
    for (let n = 0; n < 20; n++) rmSync(join(rig.media, name(n)), { recursive: true });
    expect(await rig.scan(section)).toMatchObject({ removed: 20, unavailable: 0 });
    for (let n = 20; n < 41; n++) rmSync(join(rig.media, name(n)), { recursive: true });
    expect(await rig.scan(section)).toMatchObject({ removed: 0, unavailable: 21 });
    expect(await rig.scan(section, { force: true })).toMatchObject({ removed: 21 });
  });

  test("are kept when the folder lies on another device than before", async () => {
    await using rig = new Rig();
    for (const name of ["A", "B", "C"]) rig.put(`${name} (2001)/${name} (2001).mkv`, Buffer.from(name));
    const section = await rig.section("movie");
    await rig.scan(section);
    await rig.database.transaction((tx) => {
      tx.run("UPDATE locations SET device = device + 1");
    });
    rmSync(join(rig.media, "A (2001)"), { recursive: true });
    const [again] = rig.library.sections.list();
    expect(await rig.scan(again ?? section)).toMatchObject({ removed: 0, unavailable: 1 });
  });
});

describe("files as people have them", () => {
  test("several episodes in one file, several files of one film, parts of one film", async () => {
    await using rig = new Rig();
    rig.put("shows/Show/Season 02/Show - S02E03-E04 - Both.mkv", distinct(1));
    const shows = await rig.section("show", "shows");
    await rig.scan(shows);
    const episodes = await rig.items(shows, "episode");
    expect(episodes.map(({ parentIndex, index }) => [parentIndex, index])).toEqual([
      [2, 3],
      [2, 4],
    ]);

    rig.put("films/Two (2001)/Two (2001) - 1080p.mp4");
    rig.put("films/Two (2001)/Two (2001) - 2160p.mkv", { sample: OTHER_FILM });
    rig.put("films/Stacked (2002)/Stacked (2002) cd1.mp4");
    rig.put("films/Stacked (2002)/Stacked (2002) cd2.mkv", { sample: OTHER_FILM });
    const films = await rig.section("movie", "films");
    await rig.scan(films);
    const [stacked, two] = await rig.items(films, "movie");
    expect(mediaOf(two)).toHaveLength(2);
    expect(mediaOf(stacked).map((media) => media.Part.length)).toEqual([2]);
    expect(Number(stacked?.duration)).toBeGreaterThan(8_000);
  });

  test("names that are not UTF-8 and names that would break a line", async () => {
    await using rig = new Rig();
    const section = await rig.section("movie");
    const bytes = Buffer.concat([Buffer.from(`${rig.media}/Caf`), Buffer.from([0xe9]), Buffer.from(" (2001).mkv")]);
    writeFileSync(bytes, "not a film");
    utimesSync(bytes, 1_700_000_000, 1_700_000_000);
    rig.put('Two\nLines "and" <tags> (2002).mkv', "not a film either");
    await rig.scan(section);
    expect((await rig.items(section, "movie")).map((item) => item.title)).toEqual(["Café", 'Two Lines "and" <tags>']);
    await rig.told();
    await rig.scan(section);
    expect(await rig.toldItems()).toEqual([]);
  });

  test("a link back to a folder above is scanned once and told once", async () => {
    await using rig = new Rig();
    rig.put("A (2001)/A (2001).mp4");
    symlinkSync(rig.media, join(rig.media, "A (2001)", "loop"));
    const section = await rig.section("movie");
    await rig.scan(section);
    expect(outline(await rig.told()).filter((line) => line.includes("cannot be read"))).toHaveLength(1);
    await rig.scan(section);
    expect(outline(await rig.told()).filter((line) => line.includes("cannot be read"))).toHaveLength(0);
    expect(await rig.items(section, "movie")).toHaveLength(1);
  });

  test("a folder that may not be read is told once, and what is known in it stays", async () => {
    await using rig = new Rig();
    rig.put("Open (2001)/Open (2001).mp4");
    rig.put("Closed (2002)/Closed (2002).mkv", { sample: OTHER_FILM });
    rig.put("Closed (2002)/below/Deep (2003).mkv", "deep");
    const section = await rig.section("movie");
    await rig.scan(section);
    await rig.told();
    const closed = join(rig.media, "Closed (2002)");
    chmodSync(rig.root, 0o755);
    chmodSync(closed, 0o000);
    const told = await asSomebodyElse(async () => {
      const results = [await rig.scan(section), await rig.scan(section)];
      expect(results.map(({ removed, unavailable }) => removed + unavailable)).toEqual([0, 0]);
      return rig.told();
    });
    expect(itemFacts(told)).toEqual([]);
    expect(outline(told).filter((line) => line.startsWith("status Closed"))).toEqual([
      "status Closed (2002) cannot be read",
    ]);
    chmodSync(closed, 0o755);
    expect(await rig.scan(section)).toMatchObject({ added: 0, removed: 0 });
    expect(await rig.items(section, "movie")).toHaveLength(3);
  });

  test("a file that vanishes while it is read is no item any more", async () => {
    const probes = new CountingProbes();
    await using rig = new Rig({ probes });
    rig.put("A (2001)/A (2001).mp4");
    const vanishing = rig.put("B (2002)/B (2002).mkv", { sample: OTHER_FILM });
    probes.onProbe = () => rmSync(vanishing, { force: true });
    const section = await rig.section("movie");
    await rig.scan(section);
    expect((await rig.items(section, "movie")).map((item) => item.title)).toEqual(["A"]);
    const facts = await rig.toldItems();
    expect(facts.filter((fact) => fact.endsWith(":2"))).toEqual(["0:2", "9:2"]);
  });

  test("a file that is still being copied is left until it has settled", async () => {
    await using rig = new Rig();
    rig.put("Done (2001)/Done (2001).mp4");
    const fresh = rig.put("Fresh (2002)/Fresh (2002).mkv", { sample: OTHER_FILM });
    utimesSync(fresh, new Date(), new Date());
    const section = await rig.section("movie");
    const first = await rig.scan(section);
    expect(first.added).toBe(1);
    expect(first.unsettled.map(String)).toEqual([join(rig.media, "Fresh (2002)")]);
    // By itself, without anybody asking again.
    await expect.poll(async () => (await rig.items(section, "movie")).length, { timeout: 30_000 }).toBe(2);
  });

  test("ten thousand files in one folder", { timeout: 300_000 }, async () => {
    await using rig = new Rig();
    for (let n = 0; n < 10_000; n++) rig.put(`Film ${n} (2001).mkv`, "");
    const section = await rig.section("movie");
    expect(await rig.scan(section)).toMatchObject({ added: 10_000 });
    expect(await rig.scan(section)).toMatchObject({ added: 0, changed: 0, removed: 0 });
  });
});

describe("pictures", () => {
  test("a poster that is added, changed or removed is told by one bare 5", async () => {
    await using rig = new Rig();
    rig.put("A (2001)/A (2001).mp4");
    const section = await rig.section("movie");
    await rig.scan(section);
    await rig.told();
    const poster = POSTER;
    rig.put("A (2001)/poster.jpg", { sample: poster });
    await rig.scan(section);
    expect(await rig.toldItems()).toEqual(["5:1"]);
    expect(pictureOf(rig, 1)).toMatch(/^[0-9a-f]{64}$/);
    await rig.scan(section);
    expect(await rig.toldItems()).toEqual([]);
    rmSync(join(rig.media, "A (2001)/poster.jpg"));
    await rig.scan(section);
    expect(await rig.toldItems()).toEqual(["5:1"]);
    expect(pictureOf(rig, 1)).toBeNull();
  });

  test("of albums: the folder's, else the cover inside a track", async () => {
    await using rig = new Rig();
    const section = await rig.library.addSection({ name: "Music", type: "artist", paths: [join(SAMPLES, "Music")] });
    await rig.scan(section);
    expect((await rig.items(section, "album")).map((album) => album.thumb !== undefined)).toEqual([true, true]);
  });
});

describe("a request", () => {
  test("with force reads every file again and sends exactly one bare 5 for each item", async () => {
    await using rig = new Rig();
    rig.put("A (2001)/A (2001).mp4");
    rig.put("B (2002)/B (2002).mkv", { sample: OTHER_FILM });
    const section = await rig.section("movie");
    await rig.scan(section);
    await rig.told();
    await rig.scan(section, { force: true });
    expect((await rig.toldItems()).sort()).toEqual(["5:1", "5:2"]);
  });

  test("to refresh an item sends library.refresh.items and exactly one bare 5", async () => {
    await using rig = new Rig();
    rig.put("A (2001)/A (2001).mp4");
    const section = await rig.section("movie");
    await rig.scan(section);
    await rig.told();
    const uuid = await rig.library.refreshItem(1, 1);
    await expect.poll(() => rig.activities.list(() => true)).toEqual([]);
    const told = await rig.told();
    expect(itemFacts(told)).toEqual(["5:1"]);
    const activities = told.filter((n) => n.type === "activity").map((n) => n.entry);
    expect(activities.every((entry) => entry.uuid === uuid && entry.Activity.type === "library.refresh.items")).toBe(
      true,
    );
    expect(activities.map((entry) => entry.event)).toEqual(["started", "updated", "updated", "ended"]);
  });

  test("to cancel ends the scan at once; the next one goes on where it stopped", async () => {
    await using rig = new Rig();
    for (let n = 0; n < 40; n++) rig.put(`Film ${n} (2001)/Film ${n} (2001).mp4`);
    const section = await rig.section("movie");
    const { done } = rig.library.scan(section.id, {});
    await rig.next("item.created");
    await rig.library.cancelScans(section.id);
    expect((await done).cancelled).toBe(true);
    expect(outline(await rig.told()).slice(-2)).toEqual([
      "activity ended Scanning Test",
      "status Library scan complete",
    ]);
    expect((await rig.items(section, "movie")).length).toBeLessThan(40);
    await rig.scan(section);
    const items = await rig.items(section, "movie");
    expect(items.length).toBe(40);
    expect(items.every((item) => item.duration !== undefined)).toBe(true);
  });

  test("to remove a section tells each item's end and touches no file", async () => {
    await using rig = new Rig();
    const film = rig.put("A (2001)/A (2001).mp4");
    const section = await rig.section("movie");
    await rig.scan(section);
    await rig.told();
    await rig.library.removeSection(section.id);
    expect(await rig.toldItems()).toEqual(["9:1"]);
    expect(statSync(film).isFile()).toBe(true);
    expect(rig.library.sections.list()).toEqual([]);
    const again = await rig.section("movie");
    await rig.scan(again);
    expect(await rig.toldItems()).toEqual(["0:2", "5:2"]);
  });

  test("for a folder that is inside another section, or no folder, is refused", async () => {
    await using rig = new Rig();
    await rig.section("movie", "films");
    await expect(rig.section("movie", "films/inside")).rejects.toMatchObject({ code: "REELAY_SECTION_OVERLAPS" });
    await expect(rig.section("movie")).rejects.toMatchObject({ code: "REELAY_SECTION_OVERLAPS" });
    const missing = rig.library.addSection({ name: "x", type: "movie", paths: [join(rig.media, "missing")] });
    await expect(missing).rejects.toMatchObject({ code: "REELAY_SECTION_UNREADABLE" });
  });
});

test("a film that is copied in as a folder of its own causes one scan, of that folder, once it has settled", async () => {
  await using rig = new Rig({ watch: true });
  rig.put("Known (2000)/Known (2000).mkv", { sample: OTHER_FILM });
  const section = await rig.section("movie");
  await rig.scan(section);
  await rig.told();
  const film = rig.put("New (2001)/New (2001).mp4");
  utimesSync(film, new Date(), new Date());
  const told: string[] = [];
  await expect
    .poll(async () => told.push(...outline(await rig.told())) && told.at(-1), { timeout: 30_000 })
    .toBe("status Library scan complete");
  expect(told.filter((line) => line.startsWith("activity started"))).toHaveLength(1);
  expect(told).toContain("timeline 5 2");
});

test("what changes in a watched folder is scanned by itself, once it has settled", async () => {
  await using rig = new Rig({ watch: true });
  const section = await rig.section("movie");
  await rig.scan(section);
  await rig.told();
  rig.put("New (2001)/New (2001).mp4");
  const facts: string[] = [];
  await expect
    .poll(async () => facts.push(...(await rig.toldItems())) && facts.join(" "), { timeout: 30_000 })
    .toBe("0:1 5:1");
  rmSync(join(rig.media, "New (2001)"), { recursive: true });
  rig.put("Other (2002)/Other (2002).mkv", { sample: OTHER_FILM });
  await expect
    .poll(async () => facts.push(...(await rig.toldItems())) && facts.join(" "), { timeout: 30_000 })
    .toBe("0:1 5:1 0:2 5:2 9:1");
});
