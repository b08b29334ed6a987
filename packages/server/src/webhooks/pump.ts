/** Started in one turn of the event loop. */
const TURN = 32;

export interface PumpOptions {
  readonly now: () => number;
  /** @returns whether something was started for this hook: then it is asked again, at the end of the line */
  readonly start: (hookId: string, now: number) => boolean;
  /** Nothing is started any more. */
  readonly isStopped: () => boolean;
  /** Told when all hooks were asked and none has anything to start. */
  readonly onIdle: () => void;
}

/** Asks the hooks that may have something to do, in turns, so that none waits for all that another has. */
export class Pump {
  readonly #options: PumpOptions;
  readonly #ready = new Set<string>();
  #running = false;

  constructor(options: PumpOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return !this.#running && this.#ready.size === 0;
  }

  /** The hook may have something to do. */
  wake(hookId: string): void {
    this.#ready.add(hookId);
    if (this.#running || this.#options.isStopped()) return;
    this.#running = true;
    queueMicrotask(() => this.#turn());
  }

  forget(hookId: string): void {
    this.#ready.delete(hookId);
  }

  #turn(): void {
    const { now, start, isStopped, onIdle } = this.#options;
    this.#running = false;
    const time = now();
    let started = 0;
    for (const hookId of this.#ready) {
      if (started >= TURN || isStopped()) break;
      this.#ready.delete(hookId);
      if (!start(hookId, time)) continue;
      started++;
      this.#ready.add(hookId);
    }
    if (this.#ready.size === 0 || isStopped()) {
      onIdle();
      return;
    }
    this.#running = true;
    setImmediate(() => this.#turn());
  }
}
