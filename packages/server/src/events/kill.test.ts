import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { open, temporaryFolder } from "../storage/temporary-database.fixture.ts";

const rounds = Number(process.env.REELAY_SOAK_ROUNDS ?? 5);
const writer = fileURLToPath(new URL("./kill-writer.fixture.ts", import.meta.url));

/** Kills the writer somewhere in the writing that follows `after` acknowledged events. @returns their ids */
async function killedAfter(path: string, after: number): Promise<string[]> {
  const child: ChildProcess = spawn(process.execPath, ["--conditions=source", writer, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const told: string[] = [];
  if (child.stdout === null) throw new Error("no output to read");
  for await (const line of createInterface(child.stdout)) {
    // A last line that was cut is nobody's acknowledgement.
    if (line.length === 36) told.push(line);
    if (told.length === after) child.kill("SIGKILL");
  }
  await ended;
  return told;
}

test(
  `what a caller was told of survives kill -9, and the log has no hole (${rounds} rounds)`,
  async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "reelay.db");
    const told: string[] = [];
    for (let round = 0; round < rounds; round++) {
      told.push(...(await killedAfter(path, 1 + Math.floor(Math.random() ** 2 * 5_000))));
      const database = open(path);
      const rows = database.read.all("SELECT seq, id FROM events ORDER BY seq");
      expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
      const kept = new Set(rows.map(({ id }) => id));
      expect(told.filter((id) => !kept.has(id))).toEqual([]);
      expect(database.read.get("PRAGMA quick_check")).toEqual({ quick_check: "ok" });
      await database.close();
    }
    expect(told.length).toBeGreaterThanOrEqual(rounds);
  },
  60_000 + rounds * 10_000,
);
