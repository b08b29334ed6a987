import type { Activities, RunningActivity } from "../activities/index.ts";
import type { Database } from "../storage/index.ts";
import { type Clock, type Logger, ReelayError } from "../support/index.ts";
import { isMaintenanceTime, type MaintenanceHours } from "./maintenance-hours.ts";
import type { Task } from "./tasks.ts";

export interface ButlerOptions {
  readonly database: Database;
  readonly activities: Activities;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tasks: readonly Task[];
  readonly hours: () => MaintenanceHours;
}

const DAY_MS = 86_400_000;
const TICK_MS = 60_000;
/** A task that ran at 04:59 is due at 02:00 some days later: half a day of tolerance keeps it in its window. */
const TOLERANCE_MS = DAY_MS / 2;

interface Running {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** Runs scheduled tasks in the maintenance hours, one after the other, and any of them when it is asked to. */
export class Butler {
  readonly #options: ButlerOptions;
  readonly #running = new Map<string, Running>();
  #queue: Promise<void> = Promise.resolve();
  #stopTicking: (() => void) | undefined;
  #closed = false;

  constructor(options: ButlerOptions) {
    this.#options = options;
  }

  get tasks(): readonly Task[] {
    return this.#options.tasks;
  }

  /** Looks each minute whether something is due. */
  start(): void {
    this.#stopTicking ??= this.#options.clock.every(TICK_MS, () => this.tick());
  }

  /** Starts what is due, in the maintenance hours. What runs longer goes on. */
  tick(): void {
    const now = this.#options.clock.now();
    if (!isMaintenanceTime(now, this.#options.hours())) return;
    for (const task of this.#options.tasks) if (task.enabled() && this.#isDue(task, now)) this.#launch(task);
  }

  isRunning(name: string): boolean {
    return this.#running.has(name);
  }

  /** @returns false when it runs already @throws REELAY_NOT_FOUND */
  run(name: string): boolean {
    const task = this.#task(name);
    if (this.#running.has(name)) return false;
    this.#launch(task);
    return true;
  }

  /** Starts every enabled task that does not run. */
  runAll(): void {
    for (const task of this.#options.tasks) if (task.enabled() && !this.#running.has(task.name)) this.#launch(task);
  }

  /** @throws REELAY_NOT_FOUND, also when it does not run */
  async stop(name: string): Promise<void> {
    const running = this.#running.get(this.#task(name).name);
    if (running === undefined) throw new ReelayError("REELAY_NOT_FOUND", `${name} does not run.`);
    running.abort.abort();
    await running.done;
  }

  async stopAll(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { abort } of running) abort.abort();
    await Promise.all(running.map(({ done }) => done));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTicking?.();
    await this.stopAll();
  }

  #task(name: string): Task {
    const task = this.#options.tasks.find((candidate) => candidate.name === name);
    if (task === undefined) throw new ReelayError("REELAY_NOT_FOUND", `There is no task ${name}.`);
    return task;
  }

  #isDue(task: Task, now: number): boolean {
    if (this.#running.has(task.name)) return false;
    const row = this.#options.database.read.get("SELECT started_at FROM butler_runs WHERE name = ?", task.name);
    if (row === undefined) return true;
    const since = now - Number(row.started_at);
    // Of the future: the clock was wrong then, and has been set right. A task must not wait until that time comes.
    return since < -TOLERANCE_MS || since >= task.interval * DAY_MS - TOLERANCE_MS;
  }

  #launch(task: Task): void {
    if (this.#closed) return;
    const abort = new AbortController();
    // One after the other: they would only compete for the disk.
    const done = this.#queue.then(() => this.#run(task, abort)).finally(() => this.#running.delete(task.name));
    this.#queue = done;
    this.#running.set(task.name, { abort, done });
  }

  /** Never rejects: a failed task is told by its activity and the log, and is tried again when it is due again. */
  async #run(task: Task, abort: AbortController): Promise<void> {
    if (abort.signal.aborted) return;
    const { database, activities, clock, log } = this.#options;
    let activity: RunningActivity | undefined;
    let outcome = "done";
    try {
      activity = await database.transaction((tx) => {
        tx.run("INSERT OR REPLACE INTO butler_runs (name, started_at) VALUES (?, ?)", task.name, clock.now());
        return activities.start(tx, {
          type: "butler.task",
          title: task.title,
          audience: { kind: "admins" },
          userID: 1,
          cancellable: true,
        });
      });
      const { update, signal } = activity;
      await task.run({
        signal: AbortSignal.any([signal, abort.signal]),
        progress: (progress, subtitle = "") => update({ progress, subtitle }),
      });
    } catch (error) {
      outcome = abort.signal.aborted || activity?.signal.aborted === true ? "cancelled" : "failed";
      if (outcome === "failed") log.error({ err: error, task: task.name }, "a scheduled task failed");
    }
    try {
      await database.transaction((tx) => {
        tx.run("UPDATE butler_runs SET ended_at = ?, outcome = ? WHERE name = ?", clock.now(), outcome, task.name);
        activity?.end(tx, outcome === "done" ? { progress: 100, subtitle: "" } : { subtitle: outcome });
      });
    } catch (error) {
      log.error({ err: error, task: task.name }, "the end of a scheduled task could not be kept");
    }
  }
}
