import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SAMPLES } from "./testing/rig.ts";

/** Kills per run; `npm run soak` asks for more. */
const KILLS = Number(process.env.REELAY_SOAK_ROUNDS ?? 5);
const CHILD = fileURLToPath(new URL("./testing/scan-child.ts", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "reelay-kill-"));
const sections = ["movie=Films", "show=Shows", "artist=Music"];
const folders = sections.map((section) => section.replace("=", `=${join(root, "media")}/`));

beforeAll(() => {
  // Some copies of the samples, so that a scan takes long enough to be killed in the middle.
  for (const folder of ["Films", "Shows", "Music"]) {
    cpSync(join(SAMPLES, folder), join(root, "media", folder), { recursive: true, preserveTimestamps: true });
  }
  for (let copy = 2; copy <= 6; copy++) {
    cpSync(join(SAMPLES, "Shows"), join(root, "media/Shows", `Shelf ${copy}`), {
      recursive: true,
      preserveTimestamps: true,
    });
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs a scan, which is killed once the log holds `killAt` events. @returns how many it held at the end */
async function scan(data: string, killAt = 0): Promise<{ finished: boolean; events: number }> {
  mkdirSync(data, { recursive: true });
  const child = spawn(process.execPath, ["--conditions=source", CHILD, data, String(killAt), ...folders], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const finished = await new Promise<boolean>((resolve) => child.once("exit", (code) => resolve(code === 0)));
  return { finished, events: eventCount(data) };
}

function withDatabase<T>(data: string, use: (db: DatabaseSync) => T, missing: T): T {
  const path = join(data, "reelay.db");
  if (!existsSync(path)) return missing;
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return use(db);
  } catch {
    return missing; // Not migrated yet.
  } finally {
    db.close();
  }
}

function eventCount(data: string): number {
  return withDatabase(data, (db) => Number(db.prepare("SELECT max(seq) AS n FROM events").get()?.n ?? 0), 0);
}

/** The library by path, without what a second scan may number or date otherwise. */
function libraryOf(data: string): unknown[] {
  return withDatabase<unknown[]>(
    data,
    (db) =>
      db
        .prepare(
          `SELECT d.path AS folder, f.name, f.size, f.head, f.tail, f.media, f.error, f.part, i.type, i.natural_key, i.title,
             i.title_sort, i.number, i.year, i.originally_available_at, i.extra, i.duration, i.thumb, i.ready,
             p.natural_key AS parent, p.title AS parent_title, p.thumb AS parent_thumb, p.ready AS parent_ready,
             r.natural_key AS root, r.title AS root_title, r.thumb AS root_thumb, r.ready AS root_ready
           FROM files f JOIN folders d ON d.id = f.folder_id JOIN item_files x ON x.file_id = f.id JOIN items i ON i.id = x.item_id
           LEFT JOIN items p ON p.id = i.parent_id LEFT JOIN items r ON r.id = i.root_id
           WHERE f.deleted_at IS NULL AND i.deleted_at IS NULL ORDER BY d.path, f.name, i.natural_key`,
        )
        .all()
        .map((row) => ({ ...row })),
    [],
  );
}

/** Of each item, how often it was told as created and as settled for the first time. */
function toldOf(data: string): Map<string, { created: number; ready: number }> {
  const told = new Map<string, { created: number; ready: number }>();
  const rows = withDatabase(
    data,
    (db) => db.prepare("SELECT type, subject FROM events WHERE type IN ('item.created', 'item.ready')").all(),
    [],
  );
  for (const row of rows) {
    const counts = told.get(String(row.subject)) ?? { created: 0, ready: 0 };
    if (row.type === "item.created") counts.created++;
    else counts.ready++;
    told.set(String(row.subject), counts);
  }
  return told;
}

test(`kill -9 at ${KILLS} points of a scan loses nothing and tells nothing twice`, {
  timeout: 60_000 * KILLS,
}, async () => {
  const undisturbed = await scan(join(root, "undisturbed"));
  expect(undisturbed.finished).toBe(true);
  const expected = libraryOf(join(root, "undisturbed"));
  expect(expected.length).toBeGreaterThan(70);

  let killed = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const data = join(root, `killed-${kill}`);
    const killAt = Math.max(1, Math.round(((kill + 0.5) / KILLS) * undisturbed.events));
    if (!(await scan(data, killAt)).finished) killed++;
    expect((await scan(data)).finished).toBe(true);

    expect(libraryOf(data)).toEqual(expected);
    const holes = withDatabase(
      data,
      (db) => db.prepare("SELECT max(seq) - count(*) AS missing FROM events").get()?.missing,
      undefined,
    );
    expect(holes).toBe(0);
    for (const [item, counts] of toldOf(data)) expect({ item, ...counts }).toEqual({ item, created: 1, ready: 1 });
    const open = withDatabase(
      data,
      (db) =>
        db
          .prepare(
            `SELECT count(*) FILTER (WHERE type = 'activity.started') - count(*) FILTER (WHERE type = 'activity.ended') AS n FROM events`,
          )
          .get()?.n,
      undefined,
    );
    expect(open).toBe(0);
    rmSync(data, { recursive: true, force: true });
  }
  // Some ends come before the signal arrives; a test in which most did would prove little.
  expect(killed).toBeGreaterThan(KILLS / 2);
});
