import type { Clock } from "../support/index.ts";
import { type NewMediaEvent, progressKey, subjectKey } from "./media-event.ts";

/** Two per second and key. */
const INTERVAL_MS = 500;
/** Keys remembered before those that have been quiet are dropped. */
const QUIET_LANES = 1_000;

interface Lane {
  /** When the last one was let through. */
  sent: number;
  held: NewMediaEvent | undefined;
  cancel: (() => void) | undefined;
}

/**
 * Progress at the source: at most two events per second and key, and always the last one.
 * The first passes at once; of those that come within 500 ms the newest is held and sent when the time is over.
 */
export class ProgressThrottle {
  readonly #clock: Clock;
  readonly #send: (event: NewMediaEvent) => void;
  readonly #lanes = new Map<string, Lane>();

  /** @param send appends one event in a unit of work of its own */
  constructor(clock: Clock, send: (event: NewMediaEvent) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  offer(event: NewMediaEvent): void {
    const key = progressKey(event);
    if (key === null) throw new Error(`${event.type} is a fact: it is appended with the rows that it tells of`);
    const now = this.#clock.now();
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      this.#forgetQuiet(now);
      this.#lanes.set(key, { sent: now, held: undefined, cancel: undefined });
      this.#send(event);
    } else if (lane.cancel === undefined && now - lane.sent >= INTERVAL_MS) {
      lane.sent = now;
      this.#send(event);
    } else {
      lane.held = event;
      // At most the interval, also when the clock was set back by an hour meanwhile.
      const wait = Math.min(INTERVAL_MS, lane.sent + INTERVAL_MS - now);
      lane.cancel ??= this.#clock.after(wait, () => this.#release(lane));
    }
  }

  /** What is held of a subject, to be appended before the fact that ends its progress; forgets the subject. */
  take(type: NewMediaEvent["type"], subject: string, origin?: string): NewMediaEvent[] {
    const key = subjectKey(type, subject, origin);
    const lane = this.#lanes.get(key);
    if (lane === undefined) return [];
    lane.cancel?.();
    this.#lanes.delete(key);
    return lane.held === undefined ? [] : [lane.held];
  }

  /** Items come and go: without this, each would be remembered for as long as the server runs. */
  #forgetQuiet(now: number): void {
    if (this.#lanes.size < QUIET_LANES) return;
    for (const [key, lane] of this.#lanes) {
      if (lane.cancel === undefined && now - lane.sent >= INTERVAL_MS) this.#lanes.delete(key);
    }
  }

  #release(lane: Lane): void {
    lane.cancel = undefined;
    const { held } = lane;
    if (held === undefined) return;
    lane.held = undefined;
    lane.sent = this.#clock.now();
    this.#send(held);
  }
}
