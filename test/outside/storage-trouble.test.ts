import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { main } from "../../packages/server/src/cli/index.ts";
import { REPOSITORY, ReelayProcess } from "../support/reelay-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { eventSource } from "../support/third-party.ts";
import type { Told } from "../support/told.ts";
import { until } from "../support/wait.ts";

const FILM = join(REPOSITORY, "samples/media/Films");

async function rename(server: ReelayProcess, name: string): Promise<Response> {
  return server.fetch(`/:/prefs?FriendlyName=${name}`, { method: "PUT", headers: { accept: "application/json" } });
}

function backups(dataDir: string): string[] {
  return readdirSync(join(dataDir, "backups")).filter((name) => name.endsWith(".db"));
}

test("a backup is made while the server works, proved, and brought back by command under a new epoch", async () => {
  await using folder = await temporaryFolder("backup");
  const server = await ReelayProcess.start({ dataDir: folder.path, media: [FILM], token: "backup-token" });
  await using _server = server;
  await server.scanned();
  await rename(server, "before");
  const listener = await eventSource({ url: server.url, token: "backup-token" });
  await using _listener = listener;
  // Load: changes all the while.
  let written = 0;
  let busy = true;
  const load = (async () => {
    while (busy) {
      expect((await rename(server, `load${++written}`)).status).toBe(200);
    }
  })();
  await until(
    () => written > 20,
    () => "the load to begin",
  );
  expect((await server.fetch("/butler/BackupDatabase", { method: "POST" })).status).toBe(200);
  expect((await server.fetch("/butler/BackupDatabase", { method: "POST" })).status).toBe(202);
  await listener.until(
    ({ type, entry }) =>
      type === "activity" && entry.event === "ended" && JSON.stringify(entry).includes("Backing up the database"),
    "the end of the backup",
  );
  busy = false;
  await load;
  await rename(server, "after");
  await until(
    () => listener.told.some((told) => JSON.stringify(told.entry).includes('"after"')),
    () => "the last change",
  );
  const [backup = ""] = backups(folder.path);
  const copy = new DatabaseSync(join(folder.path, "backups", backup), { readOnly: true });
  expect(copy.prepare("PRAGMA integrity_check").get()?.integrity_check).toBe("ok");
  copy.close();

  const errors: string[] = [];
  const printed: string[] = [];
  const terminal = {
    env: {},
    print: (line: string) => printed.push(line),
    complain: (line: string) => errors.push(line),
  };
  // While the server runs, its data folder is its own.
  expect(await main(["restore", "--data", folder.path], terminal as never)).toBe(1);
  expect(errors.join("\n")).toContain("REELAY_DATA_IN_USE");
  await server.end("SIGTERM");
  expect(await main(["restore", "--list", "--data", folder.path], terminal as never)).toBe(0);
  expect(printed.join("\n")).toContain(backup);
  expect(await main(["restore", "--data", folder.path], terminal as never)).toBe(0);

  const again = await ReelayProcess.start({ dataDir: folder.path, token: "backup-token" });
  await using _again = again;
  const name = await again.fetch("/:/prefs/get?id=FriendlyName", { headers: { accept: "application/json" } });
  expect(await name.text()).toMatch(/"value":"load\d+"/);
  const resumed = await eventSource({ url: again.url, token: "backup-token", since: listener.position });
  await using _resumed = resumed;
  await resumed.until(({ type, entry }) => type === "reelay.gap" && entry.reason === "epoch", "the gap notice");
});

test("damage in the database file is told on the streams, nothing is written any more, and a restore ends it", async () => {
  await using folder = await temporaryFolder("damage");
  const first = await ReelayProcess.start({ dataDir: folder.path, media: [FILM], token: "damage-token" });
  await using _first = first;
  await first.scanned();
  await first.fetch("/butler/BackupDatabase", { method: "POST" });
  await until(
    () => {
      try {
        return backups(folder.path).length === 1;
      } catch {
        return false;
      }
    },
    () => "the backup",
  );
  await first.end("SIGTERM");
  const path = join(folder.path, "reelay.db");
  const db = new DatabaseSync(path);
  const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'events_family'").get()?.rootpage);
  const pageSize = Number(db.prepare("PRAGMA page_size").get()?.page_size);
  db.close();
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(pageSize, 0x5a), 0, pageSize, (root - 1) * pageSize);
  closeSync(file);

  const server = await ReelayProcess.start({ dataDir: folder.path, token: "damage-token" });
  await using _server = server;
  const listener = await eventSource({ url: server.url, token: "damage-token" });
  await using _listener = listener;
  // Whichever comes first, the check at the start or a write that meets the page: it is told either way.
  await until(
    async () => (await rename(server, `x${Math.random()}`)).status === 503,
    () => "writing to be refused",
  );
  const told = ({ type, entry }: Told) =>
    type === "status" && String(entry.description).startsWith("REELAY_DATABASE_DAMAGED");
  await listener.until(told, "the alarm");
  const later = await eventSource({ url: server.url, token: "damage-token" });
  await using _later = later;
  await later.until(told, "the alarm, on a stream that opens later");
  const refused = await rename(server, "y");
  expect(refused.headers.get("x-reelay-error")).toBe("REELAY_DATABASE_DAMAGED");
  expect((await server.fetch("/library/sections/1/all")).status).toBe(200);
  const alarms = () => readdirSync(folder.path).includes("alarms.jsonl");
  expect(alarms()).toBe(true);
  await server.end("SIGTERM");
  const terminal = { env: {}, print: () => undefined, complain: () => undefined };
  expect(await main(["restore", "--data", folder.path], terminal as never)).toBe(0);
  const whole = await ReelayProcess.start({ dataDir: folder.path, token: "damage-token" });
  await using _whole = whole;
  expect((await rename(whole, "whole")).status).toBe(200);
  await whole.end("SIGTERM");
  const log = new DatabaseSync(path, { readOnly: true });
  expect(log.prepare("SELECT count(*) AS n FROM events WHERE type = 'database.corrupted'").get()?.n).toBe(1);
  log.close();
});

test("a full disk is told on the streams within seconds, writes are refused, and all is well once there is room", async () => {
  await using folder = await temporaryFolder("full");
  const disk = join(folder.path, "disk");
  mkdirSync(disk);
  // A file system of its own, small enough to be filled: needs root, as the tests' own nginx does.
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", disk]);
  try {
    const server = await ReelayProcess.start({ dataDir: disk, media: [FILM], token: "full-disk-token" });
    await using _server = server;
    await server.scanned();
    const listener = await eventSource({ url: server.url, token: "full-disk-token" });
    await using _listener = listener;
    const filler = join(disk, "filler");
    const began = Date.now();
    fill(filler);
    await listener.until(
      ({ type, entry }) => type === "status" && String(entry.description).startsWith("REELAY_STORAGE_READ_ONLY"),
      "the alarm",
    );
    // A promise of five seconds, with the slack that a shared machine needs.
    expect(Date.now() - began).toBeLessThan(25_000);
    await until(
      async () => (await rename(server, `z${"x".repeat(90)}`)).status === 503,
      () => "a write to be refused",
    );
    expect((await server.fetch("/library/sections")).status).toBe(200);
    rmSync(filler);
    await listener.until(
      ({ type, entry }) => type === "status" && String(entry.title).startsWith("It is over"),
      "the end of the alarm",
    );
    await until(
      async () => (await rename(server, "fine")).status === 200,
      () => "a write to be taken",
    );
    expect(await server.end("SIGTERM")).toBe(0);
  } finally {
    execFileSync("umount", ["-l", disk]);
  }
});

/** Until the disk takes no more. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const size of [1_048_576, 4_096]) {
      for (;;) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch {
          break;
        }
      }
    }
  } finally {
    closeSync(file);
  }
  expect(statSync(path).size).toBeGreaterThan(1_048_576);
}
