import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Database } from "../storage/index.ts";
import { open, temporaryFolder } from "../storage/temporary-database.fixture.ts";
import { ManualClock } from "../support/index.ts";
import { LocalEventLog } from "./local-log.ts";
import { PositionMark } from "./mark.ts";
import { Outbox } from "./outbox.ts";

let folder: ReturnType<typeof temporaryFolder>;
let running: Server[];

beforeEach(() => {
  folder = temporaryFolder();
  running = [];
});
afterEach(async () => {
  for (const server of running) await server.database.close();
  folder[Symbol.dispose]();
});

const BOOT = "boot-1";

/** The part of a server that this is about, on a data folder. */
interface Server {
  readonly database: Database;
  readonly log: LocalEventLog;
  readonly mark: PositionMark;
  append(count: number): Promise<void>;
  stop(): Promise<void>;
}

async function start(data: string, boot = BOOT): Promise<Server> {
  mkdirSync(data, { recursive: true });
  const database = open(join(data, "reelay.db"));
  const mark = await PositionMark.open(database, markOf(data), boot);
  const log = new LocalEventLog(database, mark.epoch);
  const outbox = new Outbox({
    clock: new ManualClock(),
    origin: "0".repeat(40),
    onCommitted: (entries) => log.committed(entries),
  });
  const server = {
    database,
    log,
    mark,
    async append(count: number) {
      const event = {
        type: "scan.progressed",
        audience: { kind: "admins" },
        subject: "s",
        facts: { message: "" },
      } as const;
      await database.transaction((tx) => void outbox.append(tx, Array(count).fill(event)));
    },
    async stop() {
      await database.close();
      mark.write(log.last(), true);
    },
  };
  running.push(server);
  return server;
}

const data = (name = "data") => join(folder.path, name);

const markOf = (folder: string) => join(folder, "position.mark");

/** What a kill at this moment would leave: all files as they are. */
function killed(name: string, from = data()): string {
  cpSync(from, data(name), { recursive: true });
  return data(name);
}

/** Puts the database of one folder, without its mark, into another. */
function putBack(older: string, into: string): void {
  for (const name of readdirSync(into).filter((name) => name.startsWith("reelay.db"))) rmSync(join(into, name));
  for (const name of readdirSync(older).filter((name) => name.startsWith("reelay.db"))) {
    cpSync(join(older, name), join(into, name));
  }
}

test("a fresh log has an epoch of its own, which is no renewal", async () => {
  const first = await start(data());
  const other = await start(data("other"));
  expect(first.mark.epoch).toMatch(/^[0-9a-f]{16}$/);
  expect(first.mark.renewed).toBeUndefined();
  expect(other.mark.epoch).not.toBe(first.mark.epoch);
});

test.each([
  ["on the same boot", BOOT],
  ["on another boot", "boot-2"],
])("an orderly end and a start %s keep the epoch", async (_, boot) => {
  const first = await start(data());
  await first.append(3);
  await first.stop();
  const second = await start(data(), boot);
  expect(second.mark).toMatchObject({ epoch: first.mark.epoch, renewed: undefined });
  await second.append(1);
  expect(second.log.last()).toBe(4);
});

test.each([
  ["before the mark was brought up to date", false],
  ["after it", true],
])("a kill %s keeps the epoch on the same boot", async (_, written) => {
  const first = await start(data());
  await first.append(3);
  if (written) first.mark.write(first.log.last());
  const second = await start(killed("killed"));
  expect(second.mark).toMatchObject({ epoch: first.mark.epoch, renewed: undefined });
  expect(second.log.last()).toBe(3);
});

test("a power cut, an unclean end on another boot, renews the epoch and says what is shared", async () => {
  const first = await start(data());
  await first.append(3);
  const second = await start(killed("killed"), "boot-2");
  expect(second.mark.renewed).toBe("power-cut");
  expect(second.mark.epoch).not.toBe(first.mark.epoch);
  expect(second.log.sharedWith(first.mark.epoch)).toBe(3);
});

test("a power cut that took the last commits is told as one", async () => {
  const first = await start(data());
  await first.append(3);
  const older = killed("older");
  await first.append(3);
  first.mark.write(first.log.last());
  const after = killed("after");
  putBack(older, after);
  const second = await start(after, "boot-2");
  expect(second.mark.renewed).toBe("power-cut");
  expect(second.log.sharedWith(first.mark.epoch)).toBe(3);
});

test("an older copy, put back beside the newer mark, renews the epoch and says what is shared", async () => {
  const first = await start(data());
  await first.append(3);
  await first.stop();
  const older = killed("older");
  const second = await start(data());
  await second.append(4);
  await second.stop();
  putBack(older, data());
  const third = await start(data());
  expect(third.mark.renewed).toBe("restored");
  expect(third.mark.epoch).not.toBe(first.mark.epoch);
  expect(third.log.sharedWith(first.mark.epoch)).toBe(3);
  await third.append(1);
  expect(third.log.last()).toBe(4);
  await third.stop();
  const fourth = await start(data());
  expect(fourth.mark).toMatchObject({ epoch: third.mark.epoch, renewed: undefined });
  expect(fourth.log.sharedWith(first.mark.epoch)).toBe(3);
});

test("so does an older copy of the same start", async () => {
  const first = await start(data());
  await first.append(3);
  const older = killed("older");
  await first.append(4);
  await first.stop();
  putBack(older, data());
  const second = await start(data());
  expect(second.mark.renewed).toBe("restored");
  expect(second.log.sharedWith(first.mark.epoch)).toBe(3);
});

test("an older copy has as many events as the newer had: it is told apart by its start", async () => {
  const first = await start(data());
  await first.append(3);
  await first.stop();
  const older = killed("older");
  const second = await start(data());
  await second.stop();
  putBack(older, data());
  const third = await start(data());
  await third.append(1);
  expect(third.mark.renewed).toBe("restored");
});

test.each([
  ["missing", (path: string) => rmSync(path)],
  ["empty, as a power cut leaves it", (path: string) => writeFileSync(path, "")],
  ["of another form", (path: string) => writeFileSync(path, '{"epoch":1}')],
  ["no JSON", (path: string) => writeFileSync(path, "epoch")],
])("a mark that is %s renews the epoch: the safe answer", async (_, damage) => {
  const first = await start(data());
  await first.append(2);
  await first.stop();
  damage(markOf(data()));
  const second = await start(data());
  expect(second.mark.renewed).toBe("mark-missing");
  expect(second.log.sharedWith(first.mark.epoch)).toBe(2);
});

test("a kill between the two steps of a start, the mark's and the database's, is no restore", async () => {
  const first = await start(data());
  await first.append(2);
  await first.stop();
  const before = killed("before");
  const second = await start(data());
  const startId = String(second.database.read.get("SELECT value FROM meta WHERE key = 'start_id'")?.value);
  const announced = JSON.stringify({ ...JSON.parse(readFileSync(markOf(before), "utf8")), nextStartId: startId });
  // The mark has announced the start, the database does not know of it yet; and the moment after.
  for (const moment of [killed("one", before), killed("two")]) {
    writeFileSync(markOf(moment), announced);
    expect((await start(moment)).mark).toMatchObject({ epoch: first.mark.epoch, renewed: undefined });
  }
});

test("a disk that refuses the mark does not end the server: the next second tries again", async () => {
  const first = await start(data());
  await first.append(2);
  // A folder in its place refuses root as well.
  mkdirSync(join(data(), "position.mark.new"));
  expect(first.mark.write(2)).toBe(false);
  await expect(PositionMark.open(first.database, markOf(data()), BOOT)).rejects.toMatchObject({
    code: "REELAY_STORAGE_READ_ONLY",
  });
  rmSync(join(data(), "position.mark.new"), { recursive: true });
  expect(first.mark.write(2)).toBe(true);
  expect(existsSync(join(data(), "position.mark.new"))).toBe(false);
});
