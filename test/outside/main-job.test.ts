import { copyFile, readdir, rm, stat, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { activityOf, ItemBook, isFact, itemFact } from "../support/facts.ts";
import { isScanComplete, type Listen, type Listener, type ListenOptions } from "../support/listener.ts";
import { ReelayProcess, SAMPLES } from "../support/reelay-process.ts";
import { itemsOf, sampleFiles, sampleSections } from "../support/sample-library.ts";
import { problemsOfScan, type ScanExpectation, splitScans } from "../support/scan-rules.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { ctrlPlex, curl, ws } from "../support/third-party.ts";
import type { Told } from "../support/told.ts";
import { until } from "../support/wait.ts";

/** The three that the main job is promised to: an event stream and a WebSocket each by hand, and an app's library. */
const clients: Readonly<Record<string, Listen>> = { "curl -N": curl, ws, "@ctrl/plex": ctrlPlex };

const SAMPLE_FILM = join(SAMPLES, "Films/The Cartographer's Daughter (2011)/The Cartographer's Daughter (2011).mkv");
/** Older than what may still be being copied. */
const LONG_AGO = new Date("2026-01-01T00:00:00Z");

/** What the samples must cause: each item once, and a word on the film that is broken. */
const firstScans = sampleSections.map(({ name, type }): ScanExpectation => {
  const files = sampleFiles.filter((file) => file.section === type);
  const broken = files.filter((file) => file.broken).map((file) => `${basename(file.file)} cannot be read`);
  return { section: name, created: itemsOf(files), statuses: broken };
});
const nothingNew = sampleSections.map(({ name }): ScanExpectation => ({ section: name }));

/** As somebody copies a file into a folder: it is new, so it counts as unfinished for two seconds. */
async function copyIn(dataDir: string, name: string): Promise<void> {
  await copyFile(SAMPLE_FILM, join(dataDir, "media", "Films", name));
}

/** As a program moves a finished file in: with the time that it had. */
async function moveIn(dataDir: string, name: string): Promise<void> {
  const path = join(dataDir, "media", "Films", name);
  await copyFile(SAMPLE_FILM, path);
  await utimes(path, LONG_AGO, LONG_AGO);
}

async function listenWithAll(options: ListenOptions): Promise<Listener[]> {
  return Promise.all(Object.values(clients).map((listen) => listen(options)));
}

/** Each client again, from the point where its stream was cut. */
async function resumeAll(server: ReelayProcess, cut: readonly Listener[]): Promise<Listener[]> {
  return Promise.all(
    Object.values(clients).map((listen, at) => {
      const since = cut[at]?.position;
      if (since === undefined) throw new Error("the client has no position");
      return listen({ url: server.url, token: server.token, since, ids: true });
    }),
  );
}

async function closeAll(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener[Symbol.asyncDispose]()));
}

function problems(told: readonly Told[], expected: readonly ScanExpectation[], silent: ReadonlySet<number>): string[] {
  const book = new ItemBook();
  const scans = splitScans(told);
  const counts = scans.length === expected.length ? [] : [`${scans.length} scans instead of ${expected.length}`];
  return [
    ...counts,
    ...expected.flatMap((expectation, at) => problemsOfScan(scans[at] ?? [], expectation, book.read(told))),
    ...problemsOfPositions(told, silent),
  ];
}

/** One log, in order, nothing twice. Positions are opaque, but for this server's own tests. */
function problemsOfPositions(told: readonly Told[], silent: ReadonlySet<number>): string[] {
  const places = told.map(({ id = "" }) => ({ epoch: id.split("-")[0], seq: Number(id.split("-")[1]) }));
  return places.flatMap(({ epoch, seq }, at) => {
    const before = places[at - 1];
    if (before === undefined) return [];
    let next = before.seq + 1;
    while (silent.has(next)) next++;
    return epoch === before.epoch && seq === next ? [] : [`${seq} follows ${before.seq}`];
  });
}

/** Places in the log whose events no notification tells: that a client named itself is one. */
function silentPlaces(dataDir: string): ReadonlySet<number> {
  using database = new DatabaseSync(join(dataDir, "reelay.db"), { readOnly: true });
  const rows = database.prepare("SELECT seq FROM events WHERE type = 'device.appeared'").all();
  return new Set(rows.map(({ seq }) => Number(seq)));
}

const start = (dataDir: string) => ReelayProcess.start({ dataDir, media: "samples" });

describe.concurrent("the main job, with the real command and real clients", () => {
  test("a film that is copied in is told live to each of them, from activity started to Library scan complete", async () => {
    await using folder = await temporaryFolder("main-job");
    await using server = await start(folder.path);
    expect(await server.scanned()).toBe("4 films, 10 episodes, 12 tracks, 26 new");
    const listeners = await listenWithAll({ url: server.url, token: server.token });

    await copyIn(folder.path, "The Lighthouse (1999).mkv");
    await Promise.all(listeners.map((listener) => listener.scans(1)));

    const film = "movie The Lighthouse";
    for (const [at, name] of Object.keys(clients).entries()) {
      const told = listeners[at]?.told ?? [];
      expect(new ItemBook().read(told).facts(told), name).toEqual([
        "activity started Scanning Films",
        "status Scanning the Films section",
        `created ${film}`,
        `settled ${film}`,
        "activity ended Scanning Films",
        "status Library scan complete",
      ]);
      // The new file, the section's folder, and those of the four films.
      const expected = { section: "Films", created: [film], steps: 6 };
      expect(problemsOfScan(told, expected, new ItemBook().read(told)), name).toEqual([]);
    }
    await closeAll(listeners);
    expect(await server.end("SIGTERM"), server.output).toBe(0);
  });

  test("a server that is stopped and started again ends each stream in order, and tells each client what it missed", async () => {
    await using folder = await temporaryFolder("stopped");
    await using first = await start(folder.path);
    await first.scanned();
    // From the beginning, so that also the deleted film was told by name.
    const before = await listenWithAll({ url: first.url, token: first.token, since: "earliest", ids: true });
    await moveIn(folder.path, "Told Before (2001).mkv");
    await Promise.all(before.map((listener) => listener.scans(4)));
    expect(await first.end("SIGTERM"), first.output).toBe(0);
    await Promise.all(before.map((listener) => listener.end()));
    // The answer is complete, and WebSockets are told that the server goes away.
    expect(before.map(({ ended }) => ended)).toEqual(["exit 0", "close 1001", "close 1001"]);

    await moveIn(folder.path, "Added Meanwhile (2002).mkv");
    await rm(join(folder.path, "media", "Films", "Die Mühle am Ende der Straße (1987)"), { recursive: true });
    await using second = await start(folder.path);
    const after = await resumeAll(second, before);
    await Promise.all(after.map((listener) => listener.scans(3)));
    await copyIn(folder.path, "Added Afterwards (2003).mkv");
    await Promise.all(after.map((listener) => listener.scans(4)));

    for (const [at, name] of Object.keys(clients).entries()) {
      const told = [...(before[at]?.told ?? []), ...(after[at]?.told ?? [])];
      expect(
        problems(
          told,
          [
            ...firstScans,
            { section: "Films", created: ["movie Told Before"] },
            { section: "Films", created: ["movie Added Meanwhile"], deleted: ["movie Die Mühle am Ende der Straße"] },
            ...nothingNew.slice(1),
            { section: "Films", created: ["movie Added Afterwards"] },
          ],
          silentPlaces(folder.path),
        ),
        name,
      ).toEqual([]);
    }
    await closeAll(after);
  });

  test("clients that are cut anywhere in a scan, and a server that is killed in it, lose nothing and hear nothing twice", async () => {
    await using folder = await temporaryFolder("killed");
    await using first = await start(folder.path);
    await first.scanned();
    const before = await listenWithAll({ url: first.url, token: first.token, ids: true });
    const cuts: readonly ((told: Told) => boolean)[] = [
      (told) => itemFact(told) === "created",
      (told) => told.type === "activity",
      (told) => told.entry.mediaState === "analyzing",
    ];
    for (const [at, listener] of before.entries()) listener.cutAt(cuts[at] ?? isScanComplete);
    await moveIn(folder.path, "Cut Short (2001).mkv");
    await until(() => before.every((listener) => listener.wasCut), "each client to be cut");
    await first.end("SIGKILL");

    await using second = await start(folder.path);
    const after = await resumeAll(second, before);
    await second.scanned();
    await Promise.all(after.map((listener) => listener.until(settledIn("Shows"), "the last scan of the start")));

    const histories = before.map((listener, at) => [...listener.told, ...(after[at]?.told ?? [])]);
    for (const [at, name] of Object.keys(clients).entries()) {
      const told = histories[at] ?? [];
      const facts = new ItemBook().read(told).facts(told);
      expect(problemsOfPositions(told, silentPlaces(folder.path)), name).toEqual([]);
      expect(
        facts.filter((fact) => fact.endsWith("movie Cut Short")),
        name,
      ).toEqual(["created movie Cut Short", "settled movie Cut Short"]);
      // Whatever the kill hit: what was told to have started is told to have ended, once.
      const activities = told.filter(({ type }) => type === "activity").map(activityOf);
      const uuidsOf = (event: string) => activities.filter((one) => one.event === event).map(({ uuid }) => uuid);
      expect(uuidsOf("started"), name).toHaveLength(4);
      expect(uuidsOf("ended"), name).toEqual(uuidsOf("started"));
    }
    // Three clients, cut at three places, two transports: one history.
    expect(new Set(histories.map((told) => JSON.stringify(told.filter(isFact)))).size).toBe(1);
    await closeAll(after);
  });

  test("when an older copy of the database is put back, who resumes is told of the gap and misses nothing behind it", async () => {
    await using folder = await temporaryFolder("restored");
    await using first = await start(folder.path);
    await first.scanned();
    expect(await first.end("SIGTERM")).toBe(0);
    await using copy = await temporaryFolder("copy");
    await copyDatabase(folder.path, copy.path);

    await using second = await start(folder.path);
    const early = await listenWithAll({ url: second.url, token: second.token, since: "earliest", ids: true });
    await second.scanned();
    await moveIn(folder.path, "In No Copy (2001).mkv");
    await Promise.all(early.map((listener) => listener.scans(7)));
    expect(await second.end("SIGTERM")).toBe(0);
    await Promise.all(early.map((listener) => listener.end()));

    await copyDatabase(copy.path, folder.path);
    await using third = await start(folder.path);
    const late = await resumeAll(third, early);
    await Promise.all(late.map((listener) => listener.scans(3)));

    for (const [at, name] of Object.keys(clients).entries()) {
      const [notice, ...told] = late[at]?.told ?? [];
      expect(notice, name).toMatchObject({
        type: "reelay.gap",
        entry: { reason: "epoch", from: early[at]?.position, to: expect.stringMatching(/^[0-9a-f]{16}-\d+$/) },
      });
      // Nothing of the lost history is there, so the film is new once more.
      expect(
        problems(
          told,
          [{ section: "Films", created: ["movie In No Copy"] }, ...nothingNew.slice(1)],
          silentPlaces(folder.path),
        ),
        name,
      ).toEqual([]);
      const epochs = new Set(told.map(({ id = "" }) => id.split("-")[0]));
      expect([...epochs], "a new epoch").not.toContain(early[at]?.position?.split("-")[0]);
      expect(epochs.size).toBe(1);
      const first = beforeId(told[0], silentPlaces(folder.path));
      expect(String(notice?.entry.to), "the first event is the one behind the notice").toBe(first);
    }
    await closeAll(late);
  });
});

/** The end of a scan of this section. */
function settledIn(section: string): (told: Told) => boolean {
  return (told) =>
    told.type === "activity" && told.entry.event === "ended" && activityOf(told).Activity.title.endsWith(section);
}

function beforeId(told: Told | undefined, silent: ReadonlySet<number>): string {
  const [epoch, seq] = (told?.id ?? "").split("-");
  let before = Number(seq) - 1;
  while (silent.has(before)) before--;
  return `${epoch}-${before}`;
}

/** The database as it is while no server runs; what else is beside it in the target is of another time, and goes. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const files = (await readdir(from)).filter((name) => /^reelay\.db(?:-wal|-shm)?$/.test(name));
  expect(files).toContain("reelay.db");
  for (const name of await readdir(to)) if (name.startsWith("reelay.db")) await rm(join(to, name));
  for (const name of files) await copyFile(join(from, name), join(to, name));
  expect((await stat(join(to, "reelay.db"))).size).toBeGreaterThan(0);
}
