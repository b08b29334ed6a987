import type { AnyWebhookDelivery } from "./types.ts";

const DAY_MS = 24 * 60 * 60_000;
const MOST = 10_000;

/** What became of a delivery: true if its handlers did well. */
type Outcome = Promise<boolean>;

interface Said {
  readonly text: string;
  readonly at: number;
  readonly outcome: Outcome;
}

/**
 * Knows repeats. A sender that had no answer sends the same delivery, with the same id, again; Plex has no ids, and sends the same document twice.
 * In memory: a receiver that restarts takes one more time what it took before.
 */
export class Repeats {
  readonly #windowMs: number;
  /** In the order of arrival; the oldest are forgotten. */
  readonly #byId = new Map<string, Said>();
  /** The last document of a server's player: the same once more is a repeat, the same after another one is news. */
  readonly #last = new Map<string, Said>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** How many deliveries it remembers. */
  get size(): number {
    return this.#byId.size + this.#last.size;
  }

  /** @returns what became of the one that this repeats; undefined if it is the first */
  find(delivery: AnyWebhookDelivery): Outcome | undefined {
    const { id, receivedAt } = delivery;
    if (id !== undefined) {
      const known = this.#byId.get(id);
      return known && receivedAt - known.at < DAY_MS ? known.outcome : undefined;
    }
    const last = this.#last.get(subjectOf(delivery));
    const isRepeat = last?.text === textOf(delivery) && receivedAt - last.at < this.#windowMs;
    return isRepeat ? last.outcome : undefined;
  }

  /** Remembers one. One that fails is forgotten, so that it can be sent again. */
  remember(delivery: AnyWebhookDelivery, outcome: Outcome): void {
    const { id, receivedAt } = delivery;
    const [seen, key, lifeMs] =
      id === undefined ? [this.#last, subjectOf(delivery), this.#windowMs] : [this.#byId, id, DAY_MS];
    const said: Said = { text: id === undefined ? textOf(delivery) : "", at: receivedAt, outcome };
    seen.delete(key);
    seen.set(key, said);
    for (const [oldest, { at }] of seen) {
      if (seen.size <= MOST && receivedAt - at < lifeMs) break;
      seen.delete(oldest);
    }
    void outcome.then((good) => {
      if (!good && seen.get(key) === said) seen.delete(key);
    });
  }
}

function subjectOf({ payload: { Server, Player, Account } }: AnyWebhookDelivery): string {
  return JSON.stringify([Server.uuid, Player?.uuid ?? null, Account.id ?? null]);
}

function textOf({ json }: AnyWebhookDelivery): string {
  return JSON.stringify(json);
}
