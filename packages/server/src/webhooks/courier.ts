import type { Database } from "../storage/index.ts";
import { type Clock, type Logger, ReelayError } from "../support/index.ts";
import { AttemptWatchers } from "./attempt-watchers.ts";
import { type AttemptEnd, Attempter, type AttempterOptions } from "./attempter.ts";
import type { Attempts } from "./attempts.ts";
import type { BreakerState } from "./breaker.ts";
import type { Deliveries, EndedRow, WaitingRow } from "./deliveries.ts";
import { Expiry } from "./expiry.ts";
import type { DisabledReason, Hook, HookDirectory } from "./hook.ts";
import { HookHealth } from "./hook-health.ts";
import type { Waiting } from "./lane.ts";
import type { Planned } from "./planner.ts";
import { Pump } from "./pump.ts";
import { Recorder } from "./recorder.ts";
import { Route, type RouteView } from "./route.ts";
import { Slots } from "./slots.ts";
import { SET_BACK_MS, WatchedTime } from "./watched-time.ts";

/** Of one hook, read from the database at once. */
const PAGE = 500;
/** What is not worth sending any more waits so long for the sweep to end it. */
const LATE_MS = 60_000;
/** How often what is too old is looked for. */
const EXPIRE_MS = 1_000;
/** Of one hook, delivered and not yet recorded. */
const MOST_UNRECORDED = 64;
/** After the storage refused a record. */
const AGAIN_MS = 2_000;

export interface CourierOptions extends Pick<AttempterOptions, "random" | "carrier" | "picture"> {
  readonly database: Database;
  readonly deliveries: Deliveries;
  readonly attempts: Attempts;
  readonly hooks: HookDirectory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told when a hook's breaker opens, and when it closes again. */
  readonly onBreaker: (hook: Hook, state: "open" | "closed") => void;
}

/**
 * Sends what waits, each hook on its own lane: in order per subject, held back after failures, and never longer than its
 * deliveries are worth. What came of each attempt is committed before the next of the same subject goes out.
 */
export class Courier {
  readonly #options: CourierOptions;
  readonly #routes = new Map<string, Route>();
  /** Had something to send and found no place. */
  readonly #starved = new Set<string>();
  readonly #slots = new Slots();
  readonly #recorder: Recorder;
  readonly #expiry: Expiry;
  readonly #time: WatchedTime;
  readonly #pump: Pump;
  readonly #attempter: Attempter;
  readonly #health: HookHealth;
  readonly #ends: (() => void)[] = [];
  readonly #watchers = new AttemptWatchers();
  #closed = false;
  /** The database is: what it says cannot be relied on, and nothing could be recorded. */
  #damaged = false;
  /** Attempts of which it is not recorded yet what came of them. */
  #underWay = 0;
  readonly counts = { delivered: 0, failed: 0, expired: 0 };
  #idle: (() => void)[] = [];

  constructor(options: CourierOptions) {
    this.#options = options;
    const { database, clock, logger } = options;
    const onFree = () => {
      for (const hookId of this.#routes.keys()) this.#wake(hookId);
    };
    this.#time = new WatchedTime(clock, (ms) => this.#setBack(ms));
    this.#recorder = new Recorder({ database, clock, logger, onFree });
    this.#pump = new Pump({
      now: () => this.#time.now(),
      start: (hookId, now) => this.#startOne(hookId, now),
      isStopped: () => this.#closed || this.#damaged,
      onIdle: () => this.#tellIdle(),
    });
    this.#attempter = new Attempter({ ...options, recorder: this.#recorder });
    this.#health = new HookHealth(options);
    this.#expiry = new Expiry({
      ...{ database, deliveries: options.deliveries, logger },
      now: () => this.#time.now(),
      onEnded: (rows) => {
        this.counts.expired += rows.length;
        this.ended(rows);
      },
      onIdle: () => this.#tellIdle(),
    });
  }

  async start(): Promise<void> {
    const { deliveries, database, hooks, clock } = this.#options;
    const ahead = deliveries.newestWaiting() - clock.now();
    if (ahead > SET_BACK_MS) await database.transaction((tx) => deliveries.shift(tx, ahead));
    this.#ends.push(
      hooks.onChange((id) => this.#changed(id)),
      clock.every(EXPIRE_MS, () => this.#expire()),
    );
    for (const id of deliveries.waitingHooks()) {
      const hook = hooks.get(id);
      if (hook?.enabled) this.#wake(id);
      else this.#drop(id, hook);
    }
  }

  /** After their COMMIT. */
  planned({ waiting, ended }: Planned): void {
    for (const one of waiting) {
      this.#attempter.planned(one);
      this.#add(one.row);
    }
    this.ended(ended);
  }

  /** These will not be sent any more. */
  ended(rows: readonly EndedRow[]): void {
    for (const { hookId, seq } of rows) {
      this.#watchers.tell(seq);
      this.#attempter.ended(seq);
      const route = this.#routes.get(hookId);
      if (route === undefined || route.lane.isBusy(seq)) continue;
      route.lane.remove(seq);
      this.#wake(hookId);
    }
  }

  /** Settles after the next attempt of this delivery, or when it ends without one. */
  attempted(seq: number): Promise<void> {
    return this.#watchers.attempted(seq);
  }

  /** What waits for this hook was changed from outside. */
  reread(hookId: string): void {
    this.#routes.get(hookId)?.lane.forget();
    this.#wake(hookId);
  }

  /** Attempts under way. */
  get busy(): number {
    return this.#underWay;
  }

  /** The storage refuses records, and nothing is sent until it takes them. */
  get isBlocked(): boolean {
    return this.#recorder.isBlocked;
  }

  view(hookId: string): RouteView {
    const route = this.#routes.get(hookId);
    return route?.view(this.#options.clock.now()) ?? { breaker: "closed", retryAt: null, busy: 0 };
  }

  breakers(): Record<BreakerState, number> {
    const now = this.#options.clock.now();
    const counts = { closed: 0, open: 0, "half-open": 0 };
    for (const route of this.#routes.values()) counts[route.breaker(now)]++;
    return counts;
  }

  /** Settles when nothing is under way and nothing is due. */
  async whenIdle(): Promise<void> {
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Starts nothing more; what is under way has a moment to end, else it is sent again after the next start. */
  async close(graceMs = 1_000): Promise<void> {
    this.#closed = true;
    for (const end of this.#ends) end();
    this.#watchers.tellAll();
    for (const route of this.#routes.values()) route.stop();
    try {
      if (this.#underWay > 0) await this.#ended(graceMs);
    } finally {
      this.#recorder.close();
    }
  }

  async #ended(graceMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    const timer = setTimeout(resolve, graceMs);
    await promise;
    clearTimeout(timer);
  }

  #isIdle(): boolean {
    return this.#pump.isIdle && !this.#expiry.isRunning && this.#underWay === 0 && !this.#recorder.isBlocked;
  }

  #route(hookId: string, hook: Hook): Route {
    let route = this.#routes.get(hookId);
    if (route === undefined) {
      route = new Route(hook);
      this.#routes.set(hookId, route);
    }
    return route;
  }

  #add(row: WaitingRow): void {
    const hook = this.#options.hooks.get(row.hookId);
    if (!hook?.enabled) {
      this.#drop(row.hookId, hook);
      return;
    }
    this.#route(row.hookId, hook).add(row, hook, this.#time.now());
    this.#wake(row.hookId);
  }

  /** The hook may have something to do. */
  #wake(hookId: string): void {
    this.#pump.wake(hookId);
  }

  /** @returns whether an attempt was started; else what will wake the hook again is arranged */
  #startOne(hookId: string, now: number): boolean {
    if (this.#recorder.isBlocked) return false;
    const hook = this.#options.hooks.get(hookId);
    if (!hook?.enabled) {
      this.#drop(hookId, hook);
      return false;
    }
    const route = this.#route(hookId, hook);
    const { lane } = route;
    if (route.isShort && !this.#load(route, hook, now)) return false;
    // What has been answered is to be recorded before much more is sent: it would be sent again after a crash.
    if (lane.busy - route.sending >= MOST_UNRECORDED) return false;
    if (!this.#slots.mayStart(route.sending, route.limit(now))) {
      if (route.sending === 0) this.#starved.add(hookId);
      return false;
    }
    const held = route.heldUntil(now);
    const one = held > now ? undefined : lane.take(now);
    if (one === undefined) {
      route.sleep(this.#options.clock, held > now ? held : lane.nextDue, now, () => this.#wake(hookId));
      return false;
    }
    this.#slots.started(route.sending);
    route.sending++;
    this.#underWay++;
    void this.#attempt(hook, route, one);
    return true;
  }

  /** @returns false when the storage could not be read */
  #load(route: Route, hook: Hook, now: number): boolean {
    try {
      const rows = this.#options.deliveries.waiting(hook.id, route.lane.loadedThrough, PAGE);
      route.loaded(rows, PAGE, hook, now);
      return true;
    } catch (error) {
      if (isDamage(error)) this.#damaged = true;
      this.#options.logger.warn({ err: error }, "waiting webhooks cannot be read, trying again");
      this.#after(AGAIN_MS, () => this.#wake(hook.id));
      return false;
    }
  }

  async #attempt(hook: Hook, route: Route, one: Waiting): Promise<void> {
    let sending = true;
    const answered = () => {
      if (sending) this.#answered(hook.id, route);
      sending = false;
    };
    try {
      const end = await this.#attempter.run(hook, one, ({ error }) => {
        if (error === null) answered();
        else route.slow(this.#options.clock.now());
      });
      answered();
      this.#attempted(hook, route, one, end);
      this.#watchers.tell(one.seq);
    } catch (error) {
      answered();
      this.#watchers.tell(one.seq);
      if (isDamage(error)) this.#damaged = true;
      // What a stop cuts is sent by the next start, which is nothing to be told.
      if (!this.#closed) {
        this.#options.logger.error({ err: error, delivery: one.seq }, "a webhook could not be sent, trying again");
      }
      const dueAt = this.#options.clock.now() + AGAIN_MS;
      this.#over(hook.id, route, one, { dueAt, attempts: one.attempts });
    }
  }

  /** What follows from what is recorded. */
  #attempted(hook: Hook, route: Route, one: Waiting, end: AttemptEnd): void {
    const now = this.#options.clock.now();
    switch (end.kind) {
      case "over":
        this.#over(hook.id, route, one, undefined);
        break;
      case "late":
        // The sweep ends it, with its reason, and removes it from here.
        this.#over(hook.id, route, one, { dueAt: now + LATE_MS, attempts: one.attempts });
        this.#expire();
        break;
      case "delivered":
        this.counts.delivered++;
        this.#over(hook.id, route, one, undefined);
        if (this.#health.succeeded(hook, route, end.began, now)) this.#wake(hook.id);
        break;
      case "failed":
        this.counts.failed++;
        this.#health.failed(hook, route, end.outcome, end.at);
        this.#over(hook.id, route, one, end.next);
        this.#health.judge(hook, route, end.outcome, end.at);
        break;
    }
  }

  #over(hookId: string, route: Route, one: Waiting, next: { dueAt: number; attempts: number } | undefined): void {
    this.#underWay--;
    route.lane.done(one, next);
    this.#wake(hookId);
    this.#tellIdle();
  }

  /** Its place is free for another. */
  #answered(hookId: string, route: Route): void {
    this.#slots.ended(route.sending);
    route.sending--;
    this.#wake(hookId);
    const [starved] = this.#starved;
    if (starved === undefined) return;
    this.#starved.delete(starved);
    this.#wake(starved);
  }

  #changed(hookId: string): void {
    const hook = this.#options.hooks.get(hookId);
    const route = this.#routes.get(hookId);
    if (!hook?.enabled) {
      this.#drop(hookId, hook);
      return;
    }
    route?.changed(hook, this.#time.now());
    this.#wake(hookId);
  }

  /** Ends what waits for a hook that is disabled or gone. */
  #drop(hookId: string, hook: Hook | undefined): void {
    const route = this.#routes.get(hookId);
    route?.stop();
    route?.lane.drop();
    this.#watchers.tellAll();
    this.#pump.forget(hookId);
    if (route?.lane.busy === 0) this.#routes.delete(hookId);
    const reason =
      hook === undefined
        ? "its hook was removed"
        : `its hook is disabled: ${reasons[hook.disabledReason ?? "by-hand"]}`;
    this.#health.quietly(this.#expiry.drop(hookId, reason));
  }

  #expire(): void {
    if (!this.#closed && !this.#damaged) void this.#expiry.run();
  }

  /** Nothing waits longer for that, and nothing stays fresh longer. */
  #setBack(ms: number): void {
    const { deliveries, database } = this.#options;
    for (const route of this.#routes.values()) route.shift(ms);
    this.#health.quietly(database.transaction((tx) => deliveries.shift(tx, ms)));
    for (const hookId of this.#routes.keys()) this.#wake(hookId);
  }

  #after(ms: number, fn: () => void): void {
    const cancel = this.#options.clock.after(ms, fn);
    this.#ends.push(cancel);
    if (this.#ends.length > 1_000) this.#ends.splice(2, 500);
  }

  #tellIdle(): void {
    if (!this.#isIdle() && !(this.#closed && this.#underWay === 0)) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }
}

const isDamage = (error: unknown) => error instanceof ReelayError && error.code === "REELAY_DATABASE_DAMAGED";

const reasons: Readonly<Record<DisabledReason, string>> = {
  "by-hand": "somebody did that",
  gone: "its receiver answered 410",
  failing: "its receiver failed for five days",
};
