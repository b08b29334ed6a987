import { lookup } from "node:dns";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name; rejects as `dns.lookup` does. */
export type Resolve = (name: string) => Promise<readonly ResolvedAddress[]>;

/** How many look-ups may be under way. */
export interface LookupLimits {
  /**
   * In all. The system's block a thread of Node's pool (bin/reelay.js makes it 16) until they are answered or given up, which
   * can take ten seconds, and files are read on the same threads.
   */
  readonly most: number;
  /** Of names that were not answered quickly the last time; the rest is kept for those that were. */
  readonly unproven: number;
  /** Of these, names that have failed, or took long. */
  readonly suspect: number;
}

const LIMITS: LookupLimits = { most: 8, unproven: 5, suspect: 3 };
/** An answer that takes longer is slow. Milliseconds. */
const SLOW_MS = 1_000;
/** Names of which it is known how they were answered; the one that was asked for longest ago is forgotten. */
const MOST_KNOWN = 4_096;

type Standing = "good" | "unknown" | "suspect";

interface Turn {
  readonly name: string;
  readonly start: () => void;
}

/**
 * Looks names up a few at a time, and each only once at a time: a name that nobody answers for holds one thread, not many.
 * However many such names there are, those that are answered do not wait for them.
 * @param now milliseconds of any clock
 */
export function sparingly(ask: Resolve, limits: LookupLimits = LIMITS, now = () => performance.now()): Resolve {
  const lookups = new Lookups(ask, limits, now);
  return (name) => lookups.resolve(name);
}

class Lookups {
  readonly #ask: Resolve;
  readonly #limits: LookupLimits;
  readonly #now: () => number;
  readonly #underWay = new Map<string, ReturnType<Resolve>>();
  readonly #busy: Record<Standing, number> = { good: 0, unknown: 0, suspect: 0 };
  #waiting: Turn[] = [];
  /** Whether they were answered in time, the last time. */
  readonly #answered = new Map<string, boolean>();

  constructor(ask: Resolve, limits: LookupLimits, now: () => number) {
    this.#ask = ask;
    this.#limits = limits;
    this.#now = now;
  }

  resolve(name: string): ReturnType<Resolve> {
    let found = this.#underWay.get(name);
    if (found === undefined) {
      found = this.#isFree(name) ? this.#askNow(name) : this.#askLater(name);
      this.#underWay.set(name, found);
    }
    return found;
  }

  #standing(name: string): Standing {
    const answered = this.#answered.get(name);
    if (answered === undefined) return "unknown";
    return answered ? "good" : "suspect";
  }

  #isFree(name: string): boolean {
    const { good, unknown, suspect } = this.#busy;
    const { most, unproven, suspect: mostSuspect } = this.#limits;
    const standing = this.#standing(name);
    if (good + unknown + suspect >= most) return false;
    if (standing === "good") return true;
    return unknown + suspect < unproven && (standing === "unknown" || suspect < mostSuspect);
  }

  async #askNow(name: string): ReturnType<Resolve> {
    const standing = this.#standing(name);
    this.#busy[standing]++;
    const began = this.#now();
    let inTime = false;
    try {
      const found = await this.#ask(name);
      inTime = this.#now() - began <= SLOW_MS;
      return found;
    } finally {
      this.#remember(name, inTime);
      this.#busy[standing]--;
      this.#underWay.delete(name);
      this.#startWaiting();
    }
  }

  #askLater(name: string): ReturnType<Resolve> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ name, start: () => void this.#askNow(name).then(resolve, reject) });
    });
  }

  /** Oldest first; who may not start yet holds up no one behind. */
  #startWaiting(): void {
    this.#waiting = this.#waiting.filter(({ name, start }) => {
      if (!this.#isFree(name)) return true;
      start();
      return false;
    });
  }

  #remember(name: string, inTime: boolean): void {
    const known = this.#answered;
    known.delete(name);
    known.set(name, inTime);
    const [oldest] = known.keys();
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  }
}

/** By the system, so that /etc/hosts and names such as `nas.local` count. */
export const resolveBySystem: Resolve = (name) =>
  new Promise((resolve, reject) => {
    lookup(name, { all: true }, (error, found) => (error === null ? resolve(found) : reject(error)));
  });
