import type { Environment } from "./environment.ts";

/** A timer that fires so much too late tells that the machine slept, and nothing of the connection. */
const LATE_MS = 1_000;

export interface HeartbeatEvents {
  /** Half of the time has passed in silence: ask for a sign of life. */
  nudge(): void;
  /** All of it has. */
  dead(): void;
}

/** Watches a connection for silence. After the machine has slept it gets a turn to say something before it is taken for dead. */
export class Heartbeat {
  readonly #environment: Environment;
  readonly #half: number;
  readonly #events: HeartbeatEvents;
  #heard: number;
  #nudged = false;
  #due = 0;
  #cancel: () => void = () => undefined;

  constructor(environment: Environment, timeoutMs: number, events: HeartbeatEvents) {
    this.#environment = environment;
    this.#half = timeoutMs / 2;
    this.#events = events;
    this.#heard = environment.now();
    this.#wait(this.#half);
  }

  /** Something was heard. Cheap: the timer is not touched. */
  alive(): void {
    this.#heard = this.#environment.now();
    this.#nudged = false;
  }

  stop(): void {
    this.#cancel();
  }

  #wait(milliseconds: number): void {
    this.#due = this.#environment.now() + milliseconds;
    this.#cancel = this.#environment.after(milliseconds, () => this.#fire());
  }

  #fire(): void {
    const now = this.#environment.now();
    // What came meanwhile may wait behind this timer.
    if (now - this.#due > LATE_MS) {
      this.#heard = now - this.#half;
      this.#nudged = false;
    }
    const silent = now - this.#heard;
    if (silent >= 2 * this.#half && this.#nudged) {
      this.#events.dead();
      return;
    }
    if (silent >= this.#half && !this.#nudged) {
      this.#nudged = true;
      this.#events.nudge();
    }
    this.#wait(Math.max(1, this.#nudged ? 2 * this.#half - silent : this.#half - silent));
  }
}
