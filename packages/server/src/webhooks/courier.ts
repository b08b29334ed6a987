import type { Database } from "../storage/index.ts";
import { type Clock, type Logger, ReelayError } from "../support/index.ts";
import { attemptRow } from "./attempt-record.ts";
import { Breaker, type BreakerState } from "./breaker.ts";
import type { AttemptRow, Deliveries, EndedRow, WaitingRow } from "./deliveries.ts";
import type { Delivery } from "./delivery.ts";
import { Expiry } from "./expiry.ts";
import type { DisabledReason, Hook, HookDirectory, WebhookRequest } from "./hook.ts";
import { Lane, type Waiting } from "./lane.ts";
import type { Planned } from "./planner.ts";
import { Recorder } from "./recorder.ts";
import { delayAfter, LONGEST_DELAY } from "./schedule.ts";
import type { Sent } from "./send.ts";
import { raised, Slots } from "./slots.ts";

/** Of one hook, read from the database at once. */
const PAGE = 500;
/** Of one hook, kept in memory. */
const WINDOW = 2_000;
/** Kept in memory between their COMMIT and their first attempt. */
const MOST_FRESH = 4_096;
/** Started in one turn of the event loop. */
const TURN = 32;
/** A timer is set no further ahead, so that a machine that slept is not late for long. */
const LONGEST_SLEEP = 60_000;
/** How often what is too old is looked for. */
const EXPIRE_MS = 1_000;
/** A clock that is behind by more has been set back. */
const SET_BACK_MS = 2_000;
/** After the storage refused a record. */
const AGAIN_MS = 2_000;
/** A receiver that fails as long is given up. */
const GIVE_UP_MS = 5 * 86_400_000;

export interface CourierOptions {
  readonly database: Database;
  readonly deliveries: Deliveries;
  readonly hooks: HookDirectory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly send: (hook: Hook, request: WebhookRequest) => Promise<Sent>;
  /** The request of an attempt; may read a picture. */
  readonly request: (hook: Hook, delivery: Delivery) => Promise<WebhookRequest> | WebhookRequest;
  /** Told when a hook's breaker opens, and when it closes again. */
  readonly onBreaker: (hook: Hook, state: "open" | "closed") => void;
}

interface Route {
  readonly lane: Lane;
  breaker: Breaker;
  /** Attempts at once: more with each success, one after a failure. */
  limit: number;
  /** The receiver asked for silence until then, epoch ms. */
  notBefore: number;
  /** Of the hook as it was last seen, to notice that its address changed. */
  address: string;
  cancelTimer: (() => void) | undefined;
}

/** How a hook stands, for the API. */
export interface RouteView {
  readonly breaker: BreakerState;
  /** Epoch ms of the next attempt that the breaker allows; null when it allows any. */
  readonly retryAt: number | null;
  readonly busy: number;
}

/**
 * Sends what waits, each hook on its own lane: in order per subject, held back after failures, and never longer than its
 * deliveries are worth. What came of each attempt is committed before the next of the same subject goes out.
 */
export class Courier {
  readonly #options: CourierOptions;
  readonly #routes = new Map<string, Route>();
  readonly #ready = new Set<string>();
  /** Had something to send and found no place. */
  readonly #starved = new Set<string>();
  readonly #slots = new Slots();
  readonly #recorder: Recorder;
  readonly #expiry: Expiry;
  /** Just planned, so that they need not be read back. */
  readonly #fresh = new Map<number, Delivery>();
  readonly #ends: (() => void)[] = [];
  readonly #watched = new Map<number, () => void>();
  #pumping = false;
  #closed = false;
  /** The database is: what it says cannot be relied on, and nothing could be recorded. */
  #damaged = false;
  #lastNow: number;
  readonly counts = { delivered: 0, failed: 0, expired: 0 };
  #idle: (() => void)[] = [];

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#lastNow = options.clock.now();
    const { database, clock, logger } = options;
    const onFree = () => {
      for (const hookId of this.#routes.keys()) this.#wake(hookId);
    };
    this.#recorder = new Recorder({ database, clock, logger, onFree });
    this.#expiry = new Expiry({
      ...{ database, deliveries: options.deliveries, logger },
      now: () => this.#now(),
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
    for (const { row, delivery } of waiting) {
      if (this.#fresh.size >= MOST_FRESH) this.#fresh.delete(this.#fresh.keys().next().value ?? 0);
      this.#fresh.set(row.seq, delivery);
      this.#add(row);
    }
    this.ended(ended);
  }

  /** These will not be sent any more. */
  ended(rows: readonly EndedRow[]): void {
    for (const { hookId, seq } of rows) {
      this.#tellWatcher(seq);
      const route = this.#routes.get(hookId);
      if (route === undefined || route.lane.isBusy(seq)) continue;
      route.lane.remove(seq);
      this.#wake(hookId);
    }
  }

  /** Settles after the next attempt of this delivery, or when it ends without one. */
  attempted(seq: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watched.set(seq, resolve);
    return promise;
  }

  /** What waits for this hook was changed from outside. */
  reread(hookId: string): void {
    this.#routes.get(hookId)?.lane.forget();
    this.#wake(hookId);
  }

  /** Attempts under way. */
  get busy(): number {
    return this.#slots.busy;
  }

  /** The storage refuses records, and nothing is sent until it takes them. */
  get isBlocked(): boolean {
    return this.#recorder.isBlocked;
  }

  view(hookId: string): RouteView {
    const now = this.#options.clock.now();
    const route = this.#routes.get(hookId);
    if (route === undefined) return { breaker: "closed", retryAt: null, busy: 0 };
    const breaker = route.breaker.state(now);
    const retryAt = Math.max(route.breaker.openUntil, route.notBefore);
    return { breaker, retryAt: retryAt > now ? retryAt : null, busy: route.lane.busy };
  }

  breakers(): Record<BreakerState, number> {
    const now = this.#options.clock.now();
    const counts = { closed: 0, open: 0, "half-open": 0 };
    for (const { breaker } of this.#routes.values()) counts[breaker.state(now)]++;
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
    for (const seq of [...this.#watched.keys()]) this.#tellWatcher(seq);
    for (const route of this.#routes.values()) route.cancelTimer?.();
    try {
      if (this.#slots.busy > 0) await this.#ended(graceMs);
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
    return (
      !this.#pumping &&
      !this.#expiry.isRunning &&
      this.#slots.busy === 0 &&
      this.#ready.size === 0 &&
      !this.#recorder.isBlocked
    );
  }

  #route(hookId: string, hook: Hook): Route {
    let route = this.#routes.get(hookId);
    if (route === undefined) {
      route = {
        lane: new Lane(),
        breaker: new Breaker(hook.failingSince !== undefined),
        limit: 1,
        notBefore: 0,
        address: addressOf(hook),
        cancelTimer: undefined,
      };
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
    const { lane } = this.#route(row.hookId, hook);
    if (row.seq > lane.loadedThrough) {
      if (lane.complete && lane.size < WINDOW) lane.add(waitingOf(row, hook, this.#now()));
      else lane.complete = false;
    }
    this.#wake(row.hookId);
  }

  /** The hook may have something to do. */
  #wake(hookId: string): void {
    this.#ready.add(hookId);
    if (this.#pumping || this.#closed || this.#damaged) return;
    this.#pumping = true;
    queueMicrotask(() => this.#pump());
  }

  /** Looks at each hook that may have something to do, in turns. */
  #pump(): void {
    this.#pumping = false;
    const now = this.#now();
    let started = 0;
    for (const hookId of this.#ready) {
      if (started >= TURN || this.#closed || this.#damaged) break;
      this.#ready.delete(hookId);
      if (this.#recorder.isBlocked) continue;
      if (this.#startOne(hookId, now)) {
        started++;
        // To the end of the line.
        this.#ready.add(hookId);
      }
    }
    if (this.#ready.size > 0 && !this.#closed && !this.#damaged) {
      this.#pumping = true;
      setImmediate(() => this.#pump());
    } else {
      this.#tellIdle();
    }
  }

  /** @returns whether an attempt was started; else what will wake the hook again is arranged */
  #startOne(hookId: string, now: number): boolean {
    const hook = this.#options.hooks.get(hookId);
    if (!hook?.enabled) {
      this.#drop(hookId, hook);
      return false;
    }
    const route = this.#route(hookId, hook);
    const { lane, breaker } = route;
    if (!lane.complete && lane.size < WINDOW / 2 && !this.#load(lane, hook, now)) return false;
    const state = breaker.state(now);
    if (!this.#slots.mayStart(lane.busy, state === "closed" ? route.limit : 1)) {
      if (lane.busy === 0) this.#starved.add(hookId);
      return false;
    }
    const wait = Math.max(route.notBefore, state === "open" ? breaker.openUntil : 0);
    if (wait > now) return this.#sleep(hookId, route, wait, now);
    const one = lane.take(now);
    if (one === undefined) return this.#sleep(hookId, route, lane.nextDue, now);
    this.#slots.started(lane.busy - 1);
    void this.#attempt(hook, route, one);
    return true;
  }

  /** @returns false when the storage could not be read */
  #load(lane: Lane, hook: Hook, now: number): boolean {
    try {
      const rows = this.#options.deliveries.waiting(hook.id, lane.loadedThrough, PAGE);
      for (const row of rows) lane.add(waitingOf(row, hook, now));
      lane.complete = rows.length < PAGE;
      return true;
    } catch (error) {
      if (isDamage(error)) this.#damaged = true;
      this.#options.logger.warn({ err: error }, "waiting webhooks cannot be read, trying again");
      this.#after(AGAIN_MS, () => this.#wake(hook.id));
      return false;
    }
  }

  #sleep(hookId: string, route: Route, until: number | undefined, now: number): false {
    route.cancelTimer?.();
    route.cancelTimer = undefined;
    if (until === undefined) return false;
    route.cancelTimer = this.#options.clock.after(Math.min(Math.max(until - now, 0), LONGEST_SLEEP), () => {
      route.cancelTimer = undefined;
      this.#wake(hookId);
    });
    return false;
  }

  async #attempt(hook: Hook, route: Route, one: Waiting): Promise<void> {
    const { deliveries, clock, logger } = this.#options;
    try {
      const delivery = this.#fresh.get(one.seq) ?? deliveries.get(one.seq);
      this.#fresh.delete(one.seq);
      const now = clock.now();
      if (delivery?.state !== "waiting") return this.#over(hook.id, route, one, undefined);
      if (delivery.expiresAt !== null && delivery.expiresAt <= now) {
        // The sweep ends it, with its reason, and removes it from here.
        this.#over(hook.id, route, one, { dueAt: now + LONGEST_SLEEP, attempts: one.attempts });
        return this.#expire();
      }
      let request: WebhookRequest | undefined;
      let sent: Sent;
      try {
        const made = this.#options.request(hook, delivery);
        request = made instanceof Promise ? await made : made;
        sent = await this.#options.send(hook, request);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const code = error instanceof ReelayError ? error.code : "REELAY_DELIVERY_UNBUILDABLE";
        sent = { error: code, message, timings: { total: 0 }, reconnected: 0 };
      }
      await this.#settle(hook, route, one, sent, attemptRow(now, request, sent));
    } catch (error) {
      if (isDamage(error)) this.#damaged = true;
      logger.error({ err: error, delivery: one.seq }, "a webhook could not be sent, trying again");
      this.#over(hook.id, route, one, { dueAt: clock.now() + AGAIN_MS, attempts: one.attempts });
    }
  }

  /** Records what came of an attempt, and decides what follows. */
  async #settle(hook: Hook, route: Route, one: Waiting, sent: Sent, row: AttemptRow): Promise<void> {
    const { deliveries, clock, random } = this.#options;
    const succeeded = sent.error === undefined;
    const now = clock.now();
    const attempts = one.attempts + 1;
    const dueAt = now + Math.max(delayAfter(attempts, random()), sent.retryAfter ?? 0);
    await this.#recorder.write((tx) =>
      succeeded ? deliveries.delivered(tx, one.seq, row, now) : deliveries.failed(tx, one.seq, row, dueAt),
    );
    if (succeeded) {
      this.counts.delivered++;
      this.#over(hook.id, route, one, undefined);
      await this.#succeeded(hook, route);
      return;
    }
    this.counts.failed++;
    if (sent.retryAfter !== undefined) route.notBefore = Math.max(route.notBefore, now + sent.retryAfter);
    // It may have been superseded while it was under way.
    const waits = deliveries.get(one.seq)?.state === "waiting";
    this.#failedHook(hook, route, now);
    this.#over(hook.id, route, one, waits ? { dueAt, attempts } : undefined);
    await this.#judge(hook, route, sent, now);
  }

  #over(hookId: string, route: Route, one: Waiting, next: { dueAt: number; attempts: number } | undefined): void {
    this.#tellWatcher(one.seq);
    this.#slots.ended(route.lane.busy);
    route.lane.done(one, next);
    this.#wake(hookId);
    const [starved] = this.#starved;
    if (starved !== undefined) {
      this.#starved.delete(starved);
      this.#wake(starved);
    }
    this.#tellIdle();
  }

  async #succeeded(hook: Hook, route: Route): Promise<void> {
    const { hooks, clock, onBreaker } = this.#options;
    route.limit = raised(route.limit);
    route.notBefore = 0;
    const wasOpen = route.breaker.succeeded();
    if (wasOpen) {
      // The receiver is back: what has failed before need not wait for its turn.
      route.lane.release(clock.now());
      onBreaker(hook, "closed");
      this.#wake(hook.id);
    }
    if (hooks.get(hook.id)?.failingSince !== undefined) await this.#quietly(hooks.failing(hook.id, null));
  }

  #failedHook(hook: Hook, route: Route, now: number): void {
    route.limit = 1;
    if (route.breaker.failed(now)) this.#options.onBreaker(hook, "open");
  }

  /** Whether the hook is to be disabled. */
  async #judge(hook: Hook, route: Route, sent: Sent, now: number): Promise<void> {
    const { hooks } = this.#options;
    if (sent.error === "REELAY_DELIVERY_GONE") return this.#quietly(hooks.disable(hook.id, "gone"));
    const since = hooks.get(hook.id)?.failingSince;
    if (since === undefined) return this.#quietly(hooks.failing(hook.id, now));
    if (now - since < GIVE_UP_MS || route.breaker.state(now) === "closed") return;
    await this.#quietly(hooks.disable(hook.id, "failing"));
  }

  async #quietly(written: Promise<void>): Promise<void> {
    try {
      await written;
    } catch (error) {
      // The next attempt writes it again.
      this.#options.logger.warn({ err: error }, "how a hook fares could not be written");
    }
  }

  #changed(hookId: string): void {
    const hook = this.#options.hooks.get(hookId);
    const route = this.#routes.get(hookId);
    if (!hook?.enabled) {
      this.#drop(hookId, hook);
      return;
    }
    const address = addressOf(hook);
    if (route !== undefined && route.address !== address) {
      // Whoever corrects an address wants to see at once whether it is right now.
      route.address = address;
      route.breaker = new Breaker();
      route.notBefore = 0;
      route.lane.release(this.#now());
    }
    this.#wake(hookId);
  }

  /** Ends what waits for a hook that is disabled or gone. */
  #drop(hookId: string, hook: Hook | undefined): void {
    const route = this.#routes.get(hookId);
    route?.cancelTimer?.();
    route?.lane.forget();
    for (const seq of [...this.#watched.keys()]) this.#tellWatcher(seq);
    this.#ready.delete(hookId);
    if (route?.lane.busy === 0) this.#routes.delete(hookId);
    const reason =
      hook === undefined
        ? "its hook was removed"
        : `its hook is disabled: ${reasons[hook.disabledReason ?? "by-hand"]}`;
    void this.#quietly(this.#expiry.drop(hookId, reason));
  }

  #expire(): void {
    if (!this.#closed && !this.#damaged) void this.#expiry.run();
  }

  /** The time; when the clock was set back, nothing waits longer for that and nothing stays fresh longer. */
  #now(): number {
    const { clock, deliveries, database } = this.#options;
    const now = clock.now();
    const back = this.#lastNow - now;
    this.#lastNow = now;
    if (back > SET_BACK_MS) {
      for (const route of this.#routes.values()) {
        route.lane.shift(back);
        route.breaker.shift(back);
        route.notBefore -= back;
      }
      void this.#quietly(database.transaction((tx) => deliveries.shift(tx, back)));
      for (const hookId of this.#routes.keys()) this.#wake(hookId);
    }
    return now;
  }

  #after(ms: number, fn: () => void): void {
    const cancel = this.#options.clock.after(ms, fn);
    this.#ends.push(cancel);
    if (this.#ends.length > 1_000) this.#ends.splice(2, 500);
  }

  #tellWatcher(seq: number): void {
    this.#watched.get(seq)?.();
    this.#watched.delete(seq);
  }

  #tellIdle(): void {
    if (!this.#isIdle() && !(this.#closed && this.#slots.busy === 0)) return;
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

function addressOf({ url, headers, ca, custom, format }: Hook): string {
  return JSON.stringify([url, headers, ca, custom, format]);
}

/** What tells the same story in order: a player where only its last state counts, else the subject. */
function waitingOf(row: WaitingRow, hook: Hook, now: number): Waiting {
  const ofPlayer = hook.latestOnly && row.player !== null;
  return {
    seq: row.seq,
    key: ofPlayer ? `player ${row.player}` : row.subject,
    dueAt: Math.min(row.dueAt, now + LONGEST_DELAY + 12 * 3_600_000),
    attempts: row.attempts,
  };
}
