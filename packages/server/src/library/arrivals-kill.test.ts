import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { until } from "../../../../test/support/wait.ts";
import { SAMPLES } from "./testing/rig.ts";

/** Kills per run; `npm run soak` asks for more. */
const KILLS = Number(process.env.REELAY_SOAK_ROUNDS ?? 4);
const CHILD = fileURLToPath(new URL("./testing/arrivals-child.ts", import.meta.url));
const EPISODES = join(SAMPLES, "Shows/Tidewrack & Sons (2014)/Season 01");
const root = mkdtempSync(join(tmpdir(), "reelay-arrivals-"));
const media = join(root, "media");
afterAll(() => rmSync(root, { recursive: true, force: true }));

const samples = readdirSync(EPISODES);

/** A show of three episodes that was never there before. */
function addShow(number: number): void {
  const folder = join(media, `Show ${number} (2014)`, "Season 01");
  mkdirSync(folder, { recursive: true });
  for (const [index, sample] of samples.entries()) {
    const file = join(folder, `Show ${number} - S01E0${index + 1}.mkv`);
    cpSync(join(EPISODES, sample), file);
    utimesSync(file, 1_700_000_000 + number, 1_700_000_000 + number);
  }
}

function rows(type: string): Record<string, unknown>[] {
  const db = new DatabaseSync(join(root, "reelay.db"), { readOnly: true, timeout: 10_000 });
  try {
    return db
      .prepare("SELECT id, facts FROM events WHERE type = ? ORDER BY seq")
      .all(type)
      .map((row) => ({ id: row.id, ...JSON.parse(String(row.facts)) }));
  } finally {
    db.close();
  }
}

function start() {
  const child = spawn(process.execPath, ["--conditions=source", CHILD, root, media], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const scanned = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  return {
    scanned,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

test(`kill -9 while what is new waits to be told, ${KILLS} times: each show is told, once and whole`, {
  timeout: 60_000 + 30_000 * KILLS,
}, async () => {
  mkdirSync(media);
  const first = start();
  await first.scanned;
  await first.kill();
  let waited = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    addShow(kill);
    const server = start();
    // In the middle of the scan, or when all is read and waits.
    if (kill % 2 === 0)
      await until(
        () => rows("item.ready").some(({ title }) => String(title).startsWith(`Show ${kill} S`)),
        "an episode is read",
      );
    else await server.scanned;
    await server.kill();
    const db = new DatabaseSync(join(root, "reelay.db"), { readOnly: true, timeout: 10_000 });
    waited += Number(db.prepare("SELECT count(*) AS n FROM arrivals").get()?.n);
    db.close();
  }
  const server = start();
  await until(() => rows("item.arrived").length >= KILLS, "every show is told");
  await server.kill();
  const told = rows("item.arrived");
  expect(told.map(({ title, count }) => [title, count])).toEqual(
    Array.from({ length: KILLS }, (_, index) => [`Show ${index + 1}`, samples.length]),
  );
  const named = told.flatMap(({ rolledUp }) => rolledUp as string[]);
  expect([...named].sort()).toEqual(
    rows("item.ready")
      .map(({ id }) => id)
      .sort(),
  );
  // Else nothing would have been at stake.
  expect(waited).toBeGreaterThan(0);
});
