import { cpSync, renameSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { until } from "../../../../test/support/wait.ts";
import { type ArrivalFacts, type ItemFacts, type MediaEvent, readSnapshot } from "../events/index.ts";
import { ManualClock } from "../support/index.ts";
import type { SectionType } from "./naming.ts";
import { ProbePool } from "./probe.ts";
import { Rig, SAMPLES } from "./testing/rig.ts";

const POSTER = "Films/雨の灯台 (2019)/poster.jpg";
const ALBUM = "Music/Marisol Quandt/Salt Maps (2016)";
const QUIET_MS = 10_000;
const DEADLINE_MS = 120_000;
const DAY_MS = 86_400_000;

/** A library whose first scan is done, on a clock moved by hand. */
async function scanned(type: SectionType, options: ConstructorParameters<typeof Rig>[0] = {}) {
  const clock = new ManualClock();
  const rig = new Rig({ clock, ...options });
  const section = await rig.section(type, "lib");
  const put = (path: string, content?: Parameters<Rig["put"]>[1]) => rig.put(`lib/${path}`, content);
  await rig.scan(section);
  const events = async (type: MediaEvent["type"]) =>
    (await rig.log.read(0, 100_000)).map(({ event }) => event).filter((event) => event.type === type);
  return {
    rig,
    clock,
    section,
    put,
    scan: () => rig.scan(section),
    events,
    /** What was told as new, once there are so many. */
    async arrived(count: number): Promise<Told[]> {
      await until(
        async () => {
          clock.advance(1_000);
          await nextTurn();
          return (await events("item.arrived")).length >= count;
        },
        () => `${count} arrivals`,
      );
      return (await events("item.arrived")).map((event) => {
        const facts = event.facts as ArrivalFacts;
        const item = readSnapshot(rig.database.read, event.snapshot ?? "");
        return {
          event,
          title: facts.title,
          count: facts.count,
          rolledUp: facts.rolledUp,
          item,
          type: item?.metadata.type,
        };
      });
    },
    /** Of each item that was settled for the first time, by title, what it was taken for. */
    async takenFor(): Promise<Record<string, string | undefined>> {
      const ready = (await events("item.ready")).map((event) => event.facts as ItemFacts & Reason);
      return Object.fromEntries(ready.map(({ title, arrival }) => [title, arrival]));
    },
    [Symbol.asyncDispose]: () => rig.close(),
  };
}

interface Reason {
  readonly title: string;
  readonly arrival?: string;
}
interface Told {
  readonly event: MediaEvent;
  readonly title: string;
  readonly count: number;
  readonly rolledUp: readonly string[];
  readonly item: ReturnType<typeof readSnapshot>;
  readonly type: unknown;
}

test("a new film is told once it is read, with its picture, when its section has been quiet", async () => {
  await using library = await scanned("movie");
  library.put("Alpha (2001)/Alpha (2001).mp4");
  library.put("Alpha (2001)/poster.jpg", { sample: POSTER });
  await library.scan();
  const [told, ...more] = await library.arrived(1);
  const [ready] = await library.events("item.ready");
  expect(told).toMatchObject({ title: "Alpha", type: "movie", count: 1, rolledUp: [ready?.id] });
  expect(told?.event).toMatchObject({ audience: { kind: "section", sectionId: library.section.id } });
  expect(told?.item?.metadata).toMatchObject({ librarySectionType: "movie", duration: expect.any(Number) });
  expect(told?.item?.metadata).not.toHaveProperty("Media");
  expect(told?.item?.thumb).toMatch(/^[0-9a-f]{64}$/);
  expect((told?.event.time ?? 0) - (ready?.time ?? 0)).toBeGreaterThanOrEqual(QUIET_MS - 1_000);
  expect(more).toEqual([]);
});

test("what comes in parts, scan after scan, is told together once nothing more comes", async () => {
  await using library = await scanned("show");
  for (const episode of ["S01E01", "S01E02", "S02E01"]) {
    library.put(`Tide/Tide - ${episode}.mp4`);
    await library.scan();
    library.clock.advance(QUIET_MS - 2_000);
    await nextTurn();
    expect(await library.events("item.arrived")).toEqual([]);
  }
  expect(await library.arrived(1)).toMatchObject([{ title: "Tide", type: "show", count: 3 }]);
  // A season later, and one episode later still.
  for (const episode of ["S03E01", "S03E02"]) library.put(`Tide/Tide - ${episode}.mp4`);
  await library.scan();
  expect((await library.arrived(2)).slice(1)).toMatchObject([{ title: "Season 3", type: "season", count: 2 }]);
  library.put("Tide/Tide - S03E03.mp4");
  await library.scan();
  expect((await library.arrived(3)).slice(2)).toMatchObject([{ title: "Tide S03 E03", type: "episode", count: 1 }]);
  const named = (await library.arrived(3)).flatMap(({ rolledUp }) => rolledUp);
  const ready = (await library.events("item.ready")).map(({ id }) => id);
  expect([...named].sort()).toEqual(ready.sort());
});

test("an album is told as one, with its cover; a track that is added to it as itself", async () => {
  await using library = await scanned("artist");
  cpSync(join(SAMPLES, ALBUM), join(library.rig.media, "lib/Marisol Quandt/Salt Maps (2016)"), {
    recursive: true,
    preserveTimestamps: true,
  });
  const late = join(library.rig.media, "lib/Marisol Quandt/Salt Maps (2016)/06 - Øresund, Almost.mp3");
  const aside = join(library.rig.root, "late.mp3");
  renameSync(late, aside);
  await library.scan();
  const [album, ...more] = await library.arrived(1);
  expect(album).toMatchObject({ title: "Salt Maps", type: "album", count: 5 });
  expect(album?.item?.thumb).toMatch(/^[0-9a-f]{64}$/);
  expect(album?.item?.metadata).toMatchObject({ key: expect.stringMatching(/\/children$/), leafCount: 5 });
  expect(more).toEqual([]);
  renameSync(aside, late);
  await library.scan();
  const [, track] = await library.arrived(2);
  expect(track).toMatchObject({ title: "Øresund, Almost", type: "track", count: 1 });
  // A track looks like its album.
  expect(track?.item?.thumb).toBe(album?.item?.thumb);
});

test("what cannot be read in time is told as what its name says", async () => {
  const probes = new StuckProbes({ workers: 1 });
  await using library = await scanned("movie", { probes });
  library.put("Alpha (2001)/Alpha (2001).mp4");
  probes.stuck = true;
  const scan = library.scan();
  await until(async () => (await library.events("item.created")).length === 1, "the film is noticed");
  const [told] = await library.arrived(1);
  const [created] = await library.events("item.created");
  expect(told).toMatchObject({ title: "Alpha", count: 1, rolledUp: [] });
  expect((told?.event.time ?? 0) - (created?.time ?? 0)).toBeGreaterThanOrEqual(DEADLINE_MS - 1_000);
  probes.release();
  await scan;
  // Read after all, which makes it no second time new.
  expect(await library.takenFor()).toEqual({ Alpha: "new" });
  library.put("Beta (2002)/Beta (2002).mp4");
  await library.scan();
  expect((await library.arrived(2)).map(({ title }) => title)).toEqual(["Alpha", "Beta"]);
});

test("a first scan tells of nothing new, and says so", async () => {
  await using library = await scanned("movie");
  const { rig } = library;
  rig.put("other/Old (1990)/Old (1990).mp4");
  const other = await rig.section("movie", "other");
  // Only a folder of it: it was not scanned to its end by that.
  await rig.scan(other, { folders: [Buffer.from(join(rig.media, "other/Old (1990)"))] });
  rig.put("other/Older (1980)/Older (1980).mp4");
  await rig.scan(other);
  rig.put("other/Newer (2020)/Newer (2020).mp4");
  await rig.scan(other);
  expect((await library.arrived(1)).map(({ title }) => title)).toEqual(["Newer"]);
  expect(await library.takenFor()).toEqual({ Old: "first-scan", Older: "first-scan", Newer: "new" });
});

test("what was still being copied when the first scan met it belongs to that scan", async () => {
  const clock = new ManualClock();
  await using rig = new Rig({ clock });
  const early = rig.put("Early (2001)/Early (2001).mp4");
  utimesSync(early, clock.now() / 1000, clock.now() / 1000);
  const section = await rig.section("movie");
  expect((await rig.scan(section)).unsettled).toHaveLength(1);
  const ready = async () =>
    (await rig.log.read(0, 10_000)).filter(({ event }) => event.type === "item.ready").map(({ event }) => event.facts);
  // Another folder has settled all the while.
  rig.put("New (2002)/New (2002).mp4");
  await rig.scan(section, { folders: [Buffer.from(join(rig.media, "New (2002)"))] });
  clock.advance(60_000);
  await rig.scan(section);
  rig.put("Early (2001)/Early (2001) - Director's Cut {edition-Director's Cut}.mp4", Buffer.from("another"));
  await rig.scan(section);
  expect(await ready()).toMatchObject([
    { title: "New", arrival: "new" },
    { title: "Early", arrival: "first-scan" },
    { title: "Early", arrival: "new" },
  ]);
});

test.each([
  ["is so after a restart, too", 60_000, "first-scan"],
  ["and was not seen for hours may have come later", 2 * 3_600_000, "new"],
] as const)("what was being copied in a first scan %s", async (_what, awayMs, arrival) => {
  const before = new ManualClock();
  await using first = new Rig({ clock: before });
  const early = first.put("Early (2001)/Early (2001).mp4");
  utimesSync(early, before.now() / 1000, before.now() / 1000);
  expect((await first.scan(await first.section("movie"))).unsettled).toHaveLength(1);
  // Killed: what is in the database is all that is left.
  const clock = new ManualClock(before.now() + awayMs);
  await using rig = new Rig({ clock, databaseFrom: join(first.root, "reelay.db") });
  const [section] = rig.library.sections.list();
  expect(section).toMatchObject({ scannedAt: expect.any(Number) });
  first.put("Late (2002)/Late (2002).mp4", Buffer.from("another film"));
  await rig.library.scan(section?.id ?? 0, {}).done;
  // It is forgotten then: what comes into that folder later is new.
  first.put("Early (2001)/Early (2001) - Director's Cut {edition-Director's Cut}.mp4", Buffer.from("a third"));
  await rig.library.scan(section?.id ?? 0, {}).done;
  const ready = (await rig.log.read(0, 10_000)).filter(({ event }) => event.type === "item.ready");
  expect(ready.map(({ event }) => event.facts)).toMatchObject([
    { title: "Early", arrival },
    { title: "Late", arrival: "new" },
    { title: "Early", arrival: "new" },
  ]);
});

test("a file that is back, a better one and a renamed one are nothing new, and say so", async () => {
  await using library = await scanned("movie");
  const film = library.put("Alpha (2001)/Alpha (2001).mp4");
  library.put("Beta (2002)/Beta (2002).mp4", Buffer.from("another film"));
  library.put("Gamma (2003)/Gamma (2003).mp4", Buffer.from("a third film"));
  await library.scan();
  await library.arrived(3);
  const aside = join(library.rig.root, "aside.mp4");
  renameSync(film, aside);
  await library.scan();
  expect(await library.events("item.deleted")).toHaveLength(1);
  renameSync(aside, film);
  await library.scan();
  expect((await library.takenFor()).Alpha).toBe("returned");
  library.put("Alpha (2001)/Alpha (2001) - 2160p.mp4", Buffer.from("the same film, but better"));
  await library.scan();
  const better = (await library.events("item.updated")).map(({ facts }) => facts as ItemFacts & Reason);
  expect(better.filter(({ arrival }) => arrival === "better-file").map(({ title }) => title)).toEqual(["Alpha"]);
  renameSync(join(library.rig.media, "lib/Beta (2002)"), join(library.rig.media, "lib/Moved"));
  await library.scan();
  library.put("Delta (2004)/Delta (2004).mp4", Buffer.from("a fourth film"));
  await library.scan();
  expect((await library.arrived(4)).map(({ title }) => title)).toEqual(["Alpha", "Beta", "Gamma", "Delta"]);
});

test("what lies on a disk that was just mounted is nothing new", async () => {
  await using library = await scanned("movie");
  // As if the empty folder that was scanned before had been below the mount.
  await library.rig.database.transaction((tx) => void tx.run("UPDATE locations SET device = device + 1"));
  library.put("Alpha (2001)/Alpha (2001).mp4");
  await library.scan();
  library.put("Beta (2002)/Beta (2002).mp4");
  await library.scan();
  expect((await library.arrived(1)).map(({ title }) => title)).toEqual(["Beta"]);
  expect(await library.takenFor()).toEqual({ Alpha: "returned", Beta: "new" });
});

test("what is gone before it is told is not told, and is new when it is back", async () => {
  await using library = await scanned("movie");
  const film = library.put("Alpha (2001)/Alpha (2001).mp4");
  await library.scan();
  const aside = join(library.rig.root, "aside.mp4");
  renameSync(film, aside);
  await library.scan();
  renameSync(aside, film);
  await library.scan();
  const other = library.put("Beta (2002)/Beta (2002).mp4", Buffer.from("another film"));
  await library.scan();
  rmSync(other);
  await library.scan();
  library.put("Gamma (2003)/Gamma (2003).mp4", Buffer.from("a third film"));
  await library.scan();
  expect((await library.arrived(2)).map(({ title }) => title)).toEqual(["Alpha", "Gamma"]);
});

test("a clock that is set back delays nothing", async () => {
  await using library = await scanned("movie");
  library.put("Alpha (2001)/Alpha (2001).mp4");
  await library.scan();
  await library.rig.database.transaction(
    (tx) => void tx.run("UPDATE arrivals SET created_at = created_at + ?1, touched_at = touched_at + ?1", DAY_MS),
  );
  const before = library.clock.now();
  const [told] = await library.arrived(1);
  expect(told?.title).toBe("Alpha");
  expect((told?.event.time ?? 0) - before).toBeLessThan(DAY_MS);
});

/** Probes that do not end until they are let go. */
class StuckProbes extends ProbePool {
  stuck = false;
  readonly #gate = Promise.withResolvers<void>();

  override async probe(...job: Parameters<ProbePool["probe"]>): ReturnType<ProbePool["probe"]> {
    if (this.stuck) await this.#gate.promise;
    return super.probe(...job);
  }

  release(): void {
    this.stuck = false;
    this.#gate.resolve();
  }
}
