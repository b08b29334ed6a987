import { mkdirSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Activities } from "../packages/server/src/activities/index.ts";
import { LocalEventLog, Outbox } from "../packages/server/src/events/index.ts";
import { Library } from "../packages/server/src/library/index.ts";
import { ProbePool } from "../packages/server/src/library/probe.ts";
import { Database, shippedMigrations } from "../packages/server/src/storage/index.ts";
import { createLogger, systemClock } from "../packages/server/src/support/index.ts";
import { inTurns, ratioOf } from "./measure.ts";
import { type MediaTree, makeMediaTree } from "./media-tree.ts";
import type { BenchOptions, BenchRow, Goal } from "./report.ts";

const WORKERS = 2;
/** As many lstat calls at once as the scanner's walk has. */
const CONCURRENCY = 32;

/** A first scan beside the probes alone in as many workers, and an unchanged one beside a bare walk. */
export async function benchScan(folder: string, options: BenchOptions): Promise<{ rows: BenchRow[]; goals: Goal[] }> {
  options.say(`scan: making ${options.files} files`);
  const tree = makeMediaTree(join(folder, "media"), options.files);
  options.say("scan: first, in turns with the probes alone");
  // Minutes of a large tree are their own average.
  const rounds = options.files >= 10_000 ? 1 : Math.min(3, options.rounds);
  let scanned = 0;
  let library: ScannedLibrary | undefined;
  const settings = `${options.files} files, mkv and mp3, ${WORKERS} workers that have started, files in the page cache`;
  const first = await inTurns(
    [
      {
        name: "first scan",
        unit: "files/s",
        settings,
        measure: async () => {
          await library?.[Symbol.asyncDispose]();
          library = await libraryOf(join(folder, `data-${scanned++}`), tree);
          return firstScan(library, options.files);
        },
      },
      { name: "probes alone", unit: "files/s", settings, measure: () => probesAlone(tree, options.files) },
    ],
    rounds,
    false,
  );
  options.say("scan: unchanged, in turns with a bare walk");
  await using server = library ?? (await libraryOf(join(folder, "data"), tree));
  const unchanged = await inTurns(
    [
      {
        name: "unchanged scan",
        unit: "ms",
        settings: `${options.files} files`,
        measure: async () => timed(() => server.scan()),
      },
      {
        name: "bare walk",
        unit: "ms",
        settings: `readdir and lstat, ${CONCURRENCY} at once`,
        measure: () => timed(() => Promise.all([bareWalk(tree.shows), bareWalk(tree.music)])),
      },
    ],
    options.rounds,
  );
  return {
    rows: [...first, ...unchanged],
    goals: [
      { ratio: "scan: first / probes alone", value: ratioOf(first), atLeast: 0.7 },
      { ratio: "scan: unchanged / bare walk", value: ratioOf(unchanged), atMost: 2 },
    ],
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function firstScan(library: ScannedLibrary, files: number): Promise<number> {
  const ms = await timed(() => library.scan());
  const taken = library.database.read.get(
    "SELECT count(*) AS n FROM files WHERE error IS NULL AND head IS NOT NULL",
  )?.n;
  if (taken !== files) throw new Error(`the scan took ${taken} of ${files} files in`);
  return (files * 1_000) / ms;
}

async function probesAlone(tree: MediaTree, files: number): Promise<number> {
  await using probes = await warmPool(tree);
  const ms = await timed(async () => {
    const running: Promise<unknown>[] = [];
    const probe = async (path: string, kind: "video" | "audio") => {
      await probes.ready();
      running.push(probes.probe(path, kind));
    };
    for (const path of tree.episodes) await probe(path, "video");
    for (const path of tree.tracks) await probe(path, "audio");
    await Promise.all(running);
  });
  return (files * 1_000) / ms;
}

/** Workers that have started and loaded what they probe with: both sides begin with the same. */
async function warmPool(tree: MediaTree): Promise<ProbePool> {
  const probes = new ProbePool({ workers: WORKERS });
  const some = <T>(list: readonly T[]) => list.slice(0, 4 * WORKERS);
  await Promise.all(some(tree.episodes).map((path) => probes.probe(path, "video")));
  await Promise.all(some(tree.tracks).map((path) => probes.probe(path, "audio")));
  return probes;
}

interface ScannedLibrary extends AsyncDisposable {
  readonly database: Database;
  /** Both sections. */
  scan(): Promise<unknown>;
}

/** The library as the server has it, with nobody listening. */
async function libraryOf(dataDir: string, tree: MediaTree): Promise<ScannedLibrary> {
  mkdirSync(dataDir);
  const log = createLogger("warn");
  const clock = systemClock;
  const database = Database.open(join(dataDir, "reelay.db"), { migrations: shippedMigrations(), log });
  const eventLog = new LocalEventLog(database, "00000000000000aa");
  const outbox = new Outbox({ clock, origin: "0".repeat(40), onCommitted: (entries) => eventLog.committed(entries) });
  const activities = new Activities({ database, outbox, clock, log });
  const probes = await warmPool(tree);
  const library = new Library({
    database,
    outbox,
    activities,
    clock,
    log,
    dataDir,
    probes,
    workers: WORKERS,
    watch: false,
  });
  const sections = [
    await library.addSection({ name: "Shows", type: "show", paths: [tree.shows] }),
    await library.addSection({ name: "Music", type: "artist", paths: [tree.music] }),
  ];
  return {
    database,
    scan: () => Promise.all(sections.map(({ id }) => library.scan(id, {}).done)),
    async [Symbol.asyncDispose]() {
      await library.close();
      await database.close();
    },
  };
}

/** The least that a scan must ask the disk. */
async function bareWalk(folder: string): Promise<void> {
  const names = await readdir(folder);
  const children: string[] = [];
  for (let at = 0; at < names.length; at += CONCURRENCY) {
    await Promise.all(
      names.slice(at, at + CONCURRENCY).map(async (name) => {
        const path = join(folder, name);
        if ((await lstat(path)).isDirectory()) children.push(path);
      }),
    );
  }
  for (const child of children) await bareWalk(child);
}
