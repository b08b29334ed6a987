import type { Environment } from "./environment.ts";
import type { ReconnectOptions } from "./options.ts";

/** No answer can make a client wait for longer. */
const LONGEST_MS = 10 * 60_000;

/** How long to wait before the next connection: full jitter, so that the clients of one server do not come back in one moment. */
export class Backoff {
  readonly #environment: Environment;
  readonly #initialMs: number;
  readonly #maxMs: number;
  #failures = 0;
  #askedMs = 0;

  constructor(environment: Environment, { initialDelayMs = 250, maxDelayMs = 5_000 }: ReconnectOptions) {
    this.#environment = environment;
    this.#initialMs = initialDelayMs;
    this.#maxMs = maxDelayMs;
  }

  /** @param atLeastMs What the last answer asked for */
  next(atLeastMs = 0): number {
    const most = Math.min(this.#maxMs, this.#initialMs * 2 ** Math.min(this.#failures++, 30));
    const least = Math.min(LONGEST_MS, Math.max(atLeastMs, this.#askedMs));
    return Math.max(least, this.#environment.random() * most);
  }

  /** The server asks for so long a wait before each connection from now on. */
  ask(milliseconds: number): void {
    this.#askedMs = milliseconds;
  }

  /** The connection held. */
  reset(): void {
    this.#failures = 0;
  }
}
