import type { Outbox, Retention } from "../events/index.ts";
import type { Library } from "../library/index.ts";
import type { Preferences } from "../preferences/index.ts";
import { backUp, checkIntegrity, type Database, DatabaseDamaged } from "../storage/index.ts";
import type { Clock, Logger } from "../support/index.ts";
import { newBackupPath, pruneBackups } from "./backups.ts";
import type { Task, TaskRun } from "./tasks.ts";

export interface StandardTasksOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly library: Library;
  readonly retention: Retention;
  readonly preferences: Preferences;
  readonly clock: Clock;
  readonly dataDir: string;
}

/** The tasks that every Reelay has. */
export function standardTasks(options: StandardTasksOptions): Task[] {
  const { database, library, retention, preferences } = options;
  const always = () => true;
  return [
    {
      name: "BackupDatabase",
      title: "Backing up the database",
      description: "Writes a copy of the database, proves it, and keeps the newest few.",
      interval: 3,
      enabled: () => preferences.get("ButlerTaskBackupDatabase"),
      run: (run) => backUpDatabase(options, run),
    },
    {
      name: "CheckDatabase",
      title: "Checking the database",
      description: "Looks for damage in the database file.",
      interval: 1,
      enabled: always,
      run: ({ signal }) => checkDatabase(database, signal),
    },
    {
      name: "OptimizeDatabase",
      title: "Optimizing the database",
      description: "Gives free pages back to the disk and renews the statistics of queries.",
      interval: 7,
      enabled: always,
      run: (run) => optimize(database, run),
    },
    {
      name: "RefreshLibraries",
      title: "Updating all libraries",
      description: "Scans every section.",
      interval: 1,
      enabled: () => preferences.get("ScheduledLibraryUpdatesEnabled"),
      run: (run) => refreshLibraries(library, run),
    },
    {
      name: "CleanOldCacheFiles",
      title: "Cleaning up",
      description: "Removes events past their retention and pictures that nothing shows any more.",
      interval: 7,
      enabled: always,
      run: async ({ signal, progress }) => {
        await retention.run();
        progress(50);
        await library.removeUnusedPictures(signal);
      },
    },
  ];
}

async function backUpDatabase(options: StandardTasksOptions, { signal, progress }: TaskRun): Promise<void> {
  const { database, outbox, preferences, clock, dataDir } = options;
  const began = clock.now();
  const target = await newBackupPath(dataDir, began);
  progress(0, target);
  try {
    const { bytes } = await backUp(database.path, target, signal);
    await database.transaction((tx) => {
      outbox.append(tx, [
        {
          type: "database.backed-up",
          audience: { kind: "admins" },
          subject: "database",
          facts: { file: target, bytes, durationMs: clock.now() - began },
        },
      ]);
    });
  } catch (error) {
    // The copy shows what the original is: this is how most damage is found.
    if (error instanceof DatabaseDamaged) database.declareDamaged(error);
    throw error;
  }
  await pruneBackups(dataDir, preferences.get("ButlerBackupsKept"));
}

/** Checks the database once, in a worker. @returns what ends it */
export function checkInBackground(database: Database, log: Logger): () => Promise<void> {
  const stop = new AbortController();
  const done = checkDatabase(database, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) log.warn({ err: error }, "the database could not be checked");
  });
  return async () => {
    stop.abort();
    await done;
  };
}

async function checkDatabase(database: Database, signal: AbortSignal): Promise<void> {
  const problems = await checkIntegrity(database.path, signal);
  if (problems.length > 0) database.declareDamaged(new DatabaseDamaged(problems));
}

/** Pages given back in one go: some milliseconds. */
const PAGES = 256;

/** Never VACUUM: it would stop a running server for as long as it takes. */
async function optimize(database: Database, { signal, progress }: TaskRun): Promise<void> {
  const free = () => Number(database.read.get("PRAGMA freelist_count")?.freelist_count ?? 0);
  const all = free();
  for (let left = all; left > 0; left = free()) {
    signal.throwIfAborted();
    await database.transaction((tx) => {
      tx.all(`PRAGMA incremental_vacuum(${PAGES})`);
    });
    progress(Math.floor((100 * (all - left)) / all));
    if (free() >= left) break;
  }
  await database.transaction((tx) => {
    tx.all("PRAGMA optimize");
  });
}

async function refreshLibraries(library: Library, { signal, progress }: TaskRun): Promise<void> {
  const sections = library.sections.list();
  for (const [index, section] of sections.entries()) {
    signal.throwIfAborted();
    progress(Math.floor((100 * index) / sections.length), section.name);
    const stop = () => void library.cancelScans(section.id);
    signal.addEventListener("abort", stop, { once: true });
    await library.scan(section.id, {}).done;
    signal.removeEventListener("abort", stop);
  }
}
