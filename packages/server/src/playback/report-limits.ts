import { type Clock, ReelayError } from "../support/index.ts";

/** Reports of one player in a second that are answered; what changes nothing and comes above is refused. */
const MOST_PER_SECOND = 20;
const WINDOW_MS = 1_000;
/** Players counted before those that have been quiet are forgotten. */
const QUIET_PLAYERS = 1_000;

interface Window {
  start: number;
  reports: number;
  /** Which item and state the player told last. */
  told: string;
}

/** Keeps one player that reports without end from costing the others: counted before anything is looked up. */
export class ReportLimits {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts a report of a player.
   * @param told item and state: a report that tells others than the one before always passes
   * @throws REELAY_TOO_MANY_REPORTS, with Retry-After
   */
  count(player: string, told: string): void {
    const now = this.#clock.now();
    const window = this.#windows.get(player);
    // Also when the clock was set back.
    if (window === undefined || now < window.start || now - window.start >= WINDOW_MS) {
      if (window === undefined) this.#forgetQuiet(now);
      this.#windows.set(player, { start: now, reports: 1, told });
      return;
    }
    window.reports++;
    const repeats = window.told === told;
    window.told = told;
    if (window.reports > MOST_PER_SECOND && repeats) {
      throw new ReelayError("REELAY_TOO_MANY_REPORTS", undefined, { headers: { "retry-after": "1" } });
    }
  }

  #forgetQuiet(now: number): void {
    if (this.#windows.size < QUIET_PLAYERS) return;
    for (const [player, { start }] of this.#windows) {
      if (now < start || now - start >= WINDOW_MS) this.#windows.delete(player);
    }
  }
}
