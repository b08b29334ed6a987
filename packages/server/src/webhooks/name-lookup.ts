import { lookup } from "node:dns";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name; rejects as `dns.lookup` does. */
export type Resolve = (name: string) => Promise<readonly ResolvedAddress[]>;

/**
 * Look-ups at once. The system's blocks a thread of Node's pool (bin/reelay.js makes it 16) until it is answered or gives up,
 * which can take ten seconds, and files are read on the same threads.
 */
const MOST_AT_ONCE = 8;

/** Looks names up a few at a time, and each only once at a time: a name that nobody answers for holds one thread, not many. */
export function sparingly(ask: Resolve, most: number = MOST_AT_ONCE): Resolve {
  const underWay = new Map<string, ReturnType<Resolve>>();
  const waiting: (() => void)[] = [];
  let free = most;

  async function inTurn(name: string): ReturnType<Resolve> {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
    try {
      return await ask(name);
    } finally {
      underWay.delete(name);
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  }

  return (name) => {
    let found = underWay.get(name);
    if (found === undefined) {
      found = inTurn(name);
      underWay.set(name, found);
    }
    return found;
  };
}

/** By the system, so that /etc/hosts and names such as `nas.local` count. */
export const resolveBySystem: Resolve = (name) =>
  new Promise((resolve, reject) => {
    lookup(name, { all: true }, (error, found) => (error === null ? resolve(found) : reject(error)));
  });
