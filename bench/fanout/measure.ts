import type { BenchRow } from "../report.ts";
import { cpuSeconds } from "./child.ts";
import { Client, type ClientReport } from "./client.ts";
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
  readonly bytes: number;
}

/** Opens the connections, offers the load, and counts until everybody has everything. @throws when something is missing */
export async function measure(work: string, subject: Subject, load: Load): Promise<Measured> {
  await using client = Client.start(work, subject, load.connections);
  await client.connect();
  await client.reset();
  // Awaited here: the client must not end before.
  return await offer(subject, client, load);
}

/** The same with connections that are open. */
export async function offer(subject: Subject, client: Client, { rate, events, bytes }: Load): Promise<Measured> {
  const before = cpuSeconds(subject.pid);
  const began = performance.now();
  const [report, seconds] = await Promise.all([
    client.received(events, 120).then((report) => [report, (performance.now() - began) / 1_000] as const),
    subject.run(rate, events, bytes),
  ]).then(([received]) => received);
  return measured(report, cpuSeconds(subject.pid) - before, seconds);
}

function measured(report: ClientReport, cpu: number, seconds: number): Measured {
  return {
    deliveriesPerSecond: report.deliveries / seconds,
    cpuPerDelivery: (cpu * 1e6) / report.deliveries,
    lastP99: report.lastP99 / 1e6,
    p99: report.p99 / 1e6,
    bytes: report.bytes,
  };
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
  return row(name, metric.unit, rounds.map(metric.of), settings);
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
