import type { Clock } from "../support/index.ts";
import { Breaker, type BreakerState } from "./breaker.ts";
import type { WaitingRow } from "./deliveries.ts";
import { isTrial } from "./delivery.ts";
import type { Hook } from "./hook.ts";
import { Lane, type Waiting } from "./lane.ts";
import { LONGEST_DELAY } from "./schedule.ts";
import { raised } from "./slots.ts";

/** Of one hook, kept in memory. */
const WINDOW = 2_000;
/** A timer is set no further ahead, so that a machine that slept is not late for long. */
const LONGEST_SLEEP = 60_000;

/** How a hook stands, for the API. */
export interface RouteView {
  readonly breaker: BreakerState;
  /** Epoch ms of the next attempt that the breaker allows; null when it allows any. */
  readonly retryAt: number | null;
  readonly busy: number;
}

/** The way to one hook: what waits for it, and how fast it may be sent. */
export class Route {
  readonly lane = new Lane();
  /** Attempts whose answers are not there yet, or say that they failed and are being recorded. */
  sending = 0;
  #breaker: Breaker;
  /** Attempts at once: more with each success, one after a failure. */
  #limit = 1;
  /** The receiver asked for silence until then, epoch ms. */
  #notBefore = 0;
  /** When an attempt last failed, epoch ms. */
  #failedAt = 0;
  /** Of the hook as it was last seen, to notice that its address changed. */
  #address: string;
  #cancelTimer: (() => void) | undefined;

  constructor(hook: Hook) {
    this.#breaker = new Breaker(hook.failingSince !== undefined);
    this.#address = addressOf(hook);
  }

  breaker(now: number): BreakerState {
    return this.#breaker.state(now);
  }

  /** How many attempts may be under way. */
  limit(now: number): number {
    return this.#breaker.state(now) === "closed" ? this.#limit : 1;
  }

  /** Epoch ms before which nothing may go out; 0 when it may at once, as what somebody asked for always may. */
  heldUntil(now: number): number {
    if (this.lane.isAsked) return 0;
    return Math.max(this.#notBefore, this.#breaker.state(now) === "open" ? this.#breaker.openUntil : 0);
  }

  /** What was just planned; what is beyond the window is read when there is room. */
  add(row: WaitingRow, hook: Hook, now: number): void {
    const { lane } = this;
    // With older ones of its subject still to be read, it waits for them.
    if (row.asked && (lane.complete || row.seq <= lane.loadedThrough || isTrial(row))) {
      lane.ask(waitingOf(row, hook, now));
      return;
    }
    if (row.seq <= lane.loadedThrough) return;
    if (lane.complete && lane.size < WINDOW) lane.add(waitingOf(row, hook, now));
    else lane.complete = false;
  }

  /** Whether more is to be read. */
  get isShort(): boolean {
    return !this.lane.complete && this.lane.size < WINDOW / 2;
  }

  /** @param limit as many rows were asked for: fewer are all that there are */
  loaded(rows: readonly WaitingRow[], limit: number, hook: Hook, now: number): void {
    for (const row of rows) this.lane.add(waitingOf(row, hook, now));
    this.lane.complete = rows.length < limit;
  }

  /**
   * @param began epoch ms at which the attempt was sent: what was sent before a failure says nothing of after it
   * @returns whether the receiver is back: then what has failed before need not wait for its turn
   */
  succeeded(began: number, now: number): boolean {
    if (began < this.#failedAt) return false;
    this.#limit = raised(this.#limit);
    this.#notBefore = 0;
    const wasOpen = this.#breaker.succeeded();
    if (wasOpen) this.lane.release(now);
    return wasOpen;
  }

  /** One has failed, which is not recorded yet: nothing more goes out beside others. */
  slow(now: number): void {
    this.#limit = 1;
    this.#failedAt = now;
  }

  /**
   * @param retryAfter milliseconds that the receiver asks for
   * @returns whether the breaker opened
   */
  failed(now: number, retryAfter: number | undefined): boolean {
    if (retryAfter !== undefined) this.#notBefore = Math.max(this.#notBefore, now + retryAfter);
    this.slow(now);
    return this.#breaker.failed(now);
  }

  /** Whoever corrects an address wants to see at once whether it is right now. */
  changed(hook: Hook, now: number): void {
    const address = addressOf(hook);
    if (address === this.#address) return;
    this.#address = address;
    this.#breaker = new Breaker();
    this.#notBefore = 0;
    this.#failedAt = 0;
    this.lane.release(now);
  }

  /** The clock was set back by `ms`. */
  shift(ms: number): void {
    this.lane.shift(ms);
    this.#breaker.shift(ms);
    this.#notBefore -= ms;
    this.#failedAt -= ms;
  }

  /** Calls `wake` at `until`, or earlier; another call takes its place. */
  sleep(clock: Clock, until: number | undefined, now: number, wake: () => void): void {
    this.stop();
    if (until === undefined) return;
    this.#cancelTimer = clock.after(Math.min(Math.max(until - now, 0), LONGEST_SLEEP), () => {
      this.#cancelTimer = undefined;
      wake();
    });
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  view(now: number): RouteView {
    const retryAt = Math.max(this.#breaker.openUntil, this.#notBefore);
    return { breaker: this.breaker(now), retryAt: retryAt > now ? retryAt : null, busy: this.lane.busy };
  }
}

function addressOf({ url, headers, ca, custom, format }: Hook): string {
  return JSON.stringify([url, headers, ca, custom, format]);
}

/** What tells the same story in order: a player where only its last state counts, else the subject. */
function waitingOf(row: WaitingRow, hook: Hook, now: number): Waiting {
  const ofPlayer = hook.latestOnly && row.player !== null && !isTrial(row);
  return {
    seq: row.seq,
    key: ofPlayer ? `player ${row.player}` : row.subject,
    dueAt: Math.min(row.dueAt, now + LONGEST_DELAY + 12 * 3_600_000),
    attempts: row.attempts,
  };
}
