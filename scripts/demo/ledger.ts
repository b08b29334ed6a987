/** Something that one listener has to hear of exactly once, by what the server's own record says. */
export interface Told {
  readonly id: string;
  /** For people: `media.play`. */
  readonly what: string;
  /** When it happened, epoch ms. */
  readonly time: number;
}

/** What one listener did hear. */
export interface Arrival {
  readonly id: string;
  readonly what: string;
  /** Epoch ms. */
  readonly at: number;
}

/** A time in which a listener was away, epoch ms; what happens in it is late, and is no measure of speed. */
export interface Absence {
  readonly from: number;
  readonly to: number;
}

export interface Account {
  readonly listener: string;
  readonly told: number;
  /** Of what was told. */
  readonly received: number;
  readonly lost: readonly Told[];
  /** Each one too many. */
  readonly twice: readonly Arrival[];
  /** What the record knows nothing of. */
  readonly unknown: readonly Arrival[];
  /** Of what happened while the listener was there, ms from the cause to the arrival. */
  readonly live: readonly number[];
  /** The same of what happened while it was away. */
  readonly late: readonly number[];
}

/** Compares what the server says that it told a listener with what that listener heard. */
export function account(
  listener: string,
  told: readonly Told[],
  arrivals: readonly Arrival[],
  absences: readonly Absence[],
): Account {
  const expected = new Map(told.map((one) => [one.id, one]));
  const first = new Map<string, Arrival>();
  const twice: Arrival[] = [];
  for (const arrival of arrivals) {
    if (first.has(arrival.id)) twice.push(arrival);
    else first.set(arrival.id, arrival);
  }
  const live: number[] = [];
  const late: number[] = [];
  for (const { id, time } of told) {
    const arrival = first.get(id);
    const isLate = absences.some(({ from, to }) => time >= from && time <= to);
    if (arrival !== undefined) (isLate ? late : live).push(Math.max(0, arrival.at - time));
  }
  return {
    ...{ listener, told: expected.size, twice, live, late },
    received: [...expected.keys()].filter((id) => first.has(id)).length,
    lost: [...expected.values()].filter(({ id }) => !first.has(id)),
    unknown: [...first.values()].filter(({ id }) => !expected.has(id)),
  };
}

/** Everything came, once, and nothing else did. */
export function holds({ lost, twice, unknown }: Account): boolean {
  return lost.length === 0 && twice.length === 0 && unknown.length === 0;
}

/** The smallest value that is not below 99 of 100. */
export function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}

export interface Balance {
  readonly holds: boolean;
  /** `told 268, received 268, lost 0, twice 0, p99 31 ms` */
  readonly line: string;
}

export function balance(accounts: readonly Account[]): Balance {
  const sum = (of: (one: Account) => number) => accounts.reduce((total, one) => total + of(one), 0);
  const told = sum((one) => one.told);
  const received = sum((one) => one.received);
  const lost = sum((one) => one.lost.length);
  const twice = sum((one) => one.twice.length);
  const slowest = Math.round(p99(accounts.flatMap(({ live }) => live)));
  return {
    holds: told > 0 && accounts.every(holds),
    line: `told ${told}, received ${received}, lost ${lost}, twice ${twice}, p99 ${slowest} ms`,
  };
}
