import type { BenchRow, Work } from "../report.ts";
import { cpuSeconds, writeCalls } from "./child.ts";
import { Client } from "./client.ts";
import type { Subject } from "./subjects.ts";

/** What is offered to how many. */
export interface Load {
  readonly connections: number;
  /** Events a second. */
  readonly rate: number;
  readonly events: number;
  /** Of an event's JSON document. */
  readonly bytes: number;
}

/** One measurement of one subject. */
export interface Measured {
  readonly deliveriesPerSecond: number;
  /** Microseconds. */
  readonly cpuPerDelivery: number;
  /** ms from when an event was due to the last subscriber that got it. */
  readonly lastP99: number;
  /** ms from when an event was due to a subscriber. */
  readonly p99: number;
  readonly work: Work;
}

/** Opens the connections, offers the load, and counts until everybody has everything. @throws when something is missing */
export async function measure(work: string, subject: Subject, load: Load): Promise<Measured> {
  const { connections, rate, events, bytes } = load;
  await using client = Client.start(work, subject, connections);
  await client.connect();
  await client.reset();
  const cpuBefore = cpuSeconds(subject.pid);
  const writesBefore = writeCalls(subject.pid);
  const began = performance.now();
  const [[report, seconds], { transactions, writes }] = await Promise.all([
    client.received(events, 120).then((report) => [report, (performance.now() - began) / 1_000] as const),
    subject.run(rate, events, bytes),
  ]);
  const { deliveries } = report;
  return {
    deliveriesPerSecond: deliveries / seconds,
    cpuPerDelivery: ((cpuSeconds(subject.pid) - cpuBefore) * 1e6) / deliveries,
    lastP99: report.lastP99 / 1e6,
    p99: report.p99 / 1e6,
    work: {
      ...(transactions === undefined ? {} : { transactions }),
      events,
      deliveries,
      writes: writes ?? writeCalls(subject.pid) - writesBefore,
      bytes: report.bytes,
    },
  };
}

/** The sides of a comparison: each call is one round of one side. The round that warms up may be shorter. */
export type Sides<K extends string> = Readonly<Record<K, (warmUp: boolean) => Promise<Measured>>>;

/** Measures the sides in turns, so that whatever else the machine does meets all of them. The first round is warm-up. */
export async function interleaved<K extends string>(
  rounds: number,
  sides: Sides<K>,
  say: (text: string) => void,
): Promise<Readonly<Record<K, readonly Measured[]>>> {
  const names = Object.keys(sides) as K[];
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, Measured[]>;
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? "warm-up" : `round ${round} of ${rounds}`);
    for (const name of names) {
      const result = await sides[name](round === 0);
      if (round > 0) measured[name].push(result);
    }
  }
  return measured;
}

/** What the round that warms up is offered: a quarter. */
export function shortened(load: Load, warmUp: boolean): Load {
  return warmUp ? { ...load, events: Math.max(8, Math.round(load.events / 4)) } : load;
}

export function settingsOf({ connections, rate, events, bytes }: Load): string {
  return `${connections} subscribers, ${rate} events/s offered, ${events} events of ${bytes} bytes`;
}

export interface Metric {
  readonly of: (measured: Measured) => number;
  readonly unit: string;
}

export const metrics = {
  throughput: { of: ({ deliveriesPerSecond }) => deliveriesPerSecond, unit: "deliveries/s" },
  cpu: { of: ({ cpuPerDelivery }) => cpuPerDelivery, unit: "µs of processor/delivery" },
  last: { of: ({ lastP99 }) => lastP99, unit: "ms to the last of all, p99" },
  p99: { of: ({ p99 }) => p99, unit: "ms, p99" },
} as const satisfies Record<string, Metric>;

/** What the rounds gave of one metric. */
export function rowOf(name: string, metric: Metric, rounds: readonly Measured[], settings: string): BenchRow {
  const { of, unit } = metric;
  return { ...row(name, unit, rounds.map(of), settings), work: sumOf(rounds.map(({ work }) => work)) };
}

function sumOf(works: readonly Work[]): Work {
  const sum = (of: (work: Work) => number) => works.reduce((total, work) => total + of(work), 0);
  return {
    ...(works.some(({ transactions }) => transactions === undefined)
      ? {}
      : { transactions: sum(({ transactions = 0 }) => transactions) }),
    events: sum(({ events }) => events),
    deliveries: sum(({ deliveries }) => deliveries),
    writes: sum(({ writes }) => writes),
    bytes: sum(({ bytes }) => bytes),
  };
}

export function row(name: string, unit: string, values: readonly number[], settings: string): BenchRow {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    name,
    unit,
    median: median(sorted),
    lowest: sorted[0] ?? Number.NaN,
    highest: sorted.at(-1) ?? Number.NaN,
    rounds: sorted.length,
    settings,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The median of what each round's pair gives: whatever else the machine did met both sides of a pair. */
export function ratioOfPairs(metric: Metric, ours: readonly Measured[], theirs: readonly Measured[]): number {
  const pairs = ours.flatMap((mine, round) => {
    const other = theirs[round];
    return other === undefined ? [] : [metric.of(mine) / metric.of(other)];
  });
  return median(pairs);
}
