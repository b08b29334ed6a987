import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Activities } from "../activities/index.ts";
import { LocalEventLog, Outbox, ownNotification } from "../events/index.ts";
import { Database, shippedMigrations } from "../storage/index.ts";
import { createLogger, ManualClock } from "../support/index.ts";
import { Butler } from "./butler.ts";
import type { Task, TaskRun } from "./tasks.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let folder: string;
let clock: ManualClock;
let database: Database;
let log: LocalEventLog;
let activities: Activities;
const logger = createLogger("silent");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reelay-butler-"));
  // 01:00 on a day without a change of the clock.
  clock = new ManualClock(Date.parse("2026-06-10T01:00:00Z"));
  database = Database.open(join(folder, "reelay.db"), { migrations: shippedMigrations(), log: logger });
  log = new LocalEventLog(database, "0123456789abcdef");
  const outbox = new Outbox({ clock, origin: "rig", onCommitted: (entries) => log.committed(entries) });
  activities = new Activities({ database, outbox, clock, log: logger });
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

function task(name: string, run: (run: TaskRun) => Promise<void>, interval = 1, enabled = () => true): Task {
  return { name, title: name, description: "", interval, enabled, run };
}

function butlerWith(...tasks: Task[]): Butler {
  const hours = () => ({ start: 2, end: 5, zone: "UTC" });
  return new Butler({ database, activities, clock, log: logger, tasks, hours });
}

async function told(): Promise<string[]> {
  const notifications = (await log.read(0, 1_000)).map(({ event }) => ownNotification(event));
  return notifications.flatMap((n) =>
    n?.type === "activity" ? [`${n.entry.event} ${n.entry.Activity.title} ${n.entry.Activity.progress}`] : [],
  );
}

describe("the butler", () => {
  test("runs what is due in the maintenance hours, once a day, for days on end", async () => {
    const runs: string[] = [];
    const butler = butlerWith(
      task("Daily", async () => void runs.push(`daily ${new Date(clock.now()).toISOString().slice(8, 13)}`)),
      task("Weekly", async () => void runs.push("weekly"), 7),
      task(
        "Off",
        async () => void runs.push("off"),
        1,
        () => false,
      ),
    );
    butler.start();
    for (let hour = 0; hour < 15 * 24; hour++) {
      clock.advance(HOUR);
      await expect.poll(() => butler.isRunning("Daily") || butler.isRunning("Weekly")).toBe(false);
    }
    expect(runs.filter((run) => run === "weekly")).toHaveLength(3);
    const daily = runs.filter((run) => run.startsWith("daily"));
    expect(daily).toHaveLength(15);
    expect(new Set(daily).size).toBe(15);
    expect(daily.every((run) => run.endsWith("T02"))).toBe(true);
    expect(runs).not.toContain("off");
    await butler.close();
  });

  test("runs what ran in a future that the clock has come back from", async () => {
    let runs = 0;
    const butler = butlerWith(task("Daily", async () => void runs++));
    await database.transaction((tx) =>
      tx.run("INSERT INTO butler_runs (name, started_at) VALUES ('Daily', ?)", clock.now() + 365 * 24 * HOUR),
    );
    butler.start();
    for (let hour = 0; hour < 24; hour++) {
      clock.advance(HOUR);
      await expect.poll(() => butler.isRunning("Daily")).toBe(false);
    }
    expect(runs).toBe(1);
    await butler.close();
  });

  test("tells a task as an activity with progress, to its end", async () => {
    const butler = butlerWith(task("Work", async ({ progress }) => progress(40)));
    expect(butler.run("Work")).toBe(true);
    await expect.poll(told).toEqual(["started Work -1", "updated Work 40", "ended Work 100"]);
    await butler.close();
  });

  test("runs one task at a time, and none twice", async () => {
    const first = Promise.withResolvers<void>();
    const order: string[] = [];
    const butler = butlerWith(
      task("First", async () => {
        order.push("first begins");
        await first.promise;
        order.push("first ends");
      }),
      task("Second", async () => void order.push("second")),
    );
    butler.runAll();
    expect(butler.run("First")).toBe(false);
    await expect.poll(() => order).toEqual(["first begins"]);
    first.resolve();
    await expect.poll(() => order).toEqual(["first begins", "first ends", "second"]);
    await butler.close();
  });

  test("stops a task when it is told to, through the task's name or its activity", async () => {
    const forever = ({ signal }: TaskRun) =>
      new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const butler = butlerWith(task("Forever", forever));
    butler.run("Forever");
    await expect.poll(() => activities.list(() => true).length).toBe(1);
    await butler.stop("Forever");
    expect((await told()).at(-1)).toBe("ended Forever -1");
    butler.run("Forever");
    await expect.poll(() => activities.list(() => true).length).toBe(1);
    activities.cancel(activities.list(() => true)[0]?.uuid ?? "", () => true);
    await expect.poll(() => butler.isRunning("Forever")).toBe(false);
    expect(database.read.get("SELECT outcome FROM butler_runs WHERE name = 'Forever'")?.outcome).toBe("cancelled");
    await expect(butler.stop("Forever")).rejects.toMatchObject({ code: "REELAY_NOT_FOUND" });
    expect(() => butler.run("Unknown")).toThrow("There is no task Unknown.");
    await butler.close();
  });

  test("survives a task that fails, and tries it again when it is due again", async () => {
    let runs = 0;
    const butler = butlerWith(
      task("Fails", async () => {
        runs++;
        throw new Error("no");
      }),
    );
    butler.start();
    clock.advance(1.5 * HOUR);
    await expect.poll(() => database.read.get("SELECT outcome FROM butler_runs")?.outcome).toBe("failed");
    clock.advance(HOUR);
    expect(runs).toBe(1);
    clock.advance(DAY);
    await expect.poll(() => runs).toBe(2);
    await expect.poll(() => butler.isRunning("Fails")).toBe(false);
    await butler.close();
  });
});
