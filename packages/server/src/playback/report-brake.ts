import type { Clock } from "../support/index.ts";

/** Refusals on one connection, without a pause, after which one answer is held back. */
const MOST_REFUSED = 20;
const HELD_MS = 1_000;

interface Braked {
  refused: number;
  /** An answer is being held: those behind it wait on their own. */
  held: boolean;
}

/**
 * Slows down a connection on which reports are refused one after the other. Refusing costs as well, and a player that sends ahead without waiting
 * for answers would have the whole event loop. One answer is held back for a second: the later ones must queue behind it, and once enough of
 * them do, Node reads no more from that connection. All others are served meanwhile.
 */
export class ReportBrake {
  readonly #clock: Clock;
  readonly #connections = new WeakMap<object, Braked>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A report on this connection is refused. @returns when its answer may leave; undefined: at once */
  refused(connection: object): Promise<void> | undefined {
    const braked = this.#connections.get(connection) ?? { refused: 0, held: false };
    this.#connections.set(connection, braked);
    if (braked.held || ++braked.refused <= MOST_REFUSED) return undefined;
    braked.held = true;
    return new Promise((resolve) => {
      this.#clock.after(HELD_MS, () => {
        // One more that is refused is held again.
        braked.held = false;
        resolve();
      });
    });
  }

  /** A report on this connection was taken. */
  taken(connection: object): void {
    const braked = this.#connections.get(connection);
    if (braked !== undefined) braked.refused = 0;
  }
}
