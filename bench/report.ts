import { cpus, totalmem } from "node:os";

/** What every suite gives, with `--json` as it stands here. */
export interface BenchReport {
  readonly machine: Machine;
  /** What was measured: each subject next to its floor or peer, measured in turns. */
  readonly rows: readonly BenchRow[];
  /** By name: the subject's median divided by that of its floor or peer. */
  readonly ratios: Readonly<Record<string, number>>;
  /** By the same names, for the ratios that have a goal: whether it was reached. */
  readonly goals: Readonly<Record<string, boolean>>;
  /** By the same names: what the goal is. */
  readonly limits: Readonly<Record<string, Limit>>;
}

export interface Limit {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly sqlite: string;
}

export interface BenchRow {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly rounds: number;
  /** What was set on both sides, so that the number can be judged. */
  readonly settings: string;
  /** What was done for it, over all rounds that count. */
  readonly work?: Work;
}

/** What a fan-out did. */
export interface Work {
  /** Units of work that were committed; not of those that keep nothing. */
  readonly transactions?: number;
  readonly events: number;
  /** Messages that a client took apart and found complete and in order. */
  readonly deliveries: number;
  /** Write calls of the server's process as the kernel counts them, to sockets and files; of the C floor its `send` calls. */
  readonly writes: number;
  /** What the clients received. */
  readonly bytes: number;
}

/** A ratio with the goal that it is held to. Its name begins with that of the line of goals to which it belongs. */
export interface Goal extends Limit {
  readonly ratio: string;
  readonly value: number;
}

export interface BenchSuite {
  readonly description: string;
  /** What `only` can name. */
  readonly parts: readonly string[];
  run(options: BenchOptions): Promise<{ readonly rows: readonly BenchRow[]; readonly goals: readonly Goal[] }>;
}

export interface BenchOptions {
  /** Files of a generated tree. */
  readonly files: number;
  /** Of each side in each round. */
  readonly seconds: number;
  readonly rounds: number;
  /** Names of parts of the suite; all without it. */
  readonly only?: readonly string[];
  /** Says what is being done, for who waits. */
  readonly say: (text: string) => void;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    sqlite: process.versions.sqlite ?? "unknown",
  };
}

export function isReached({ value, atLeast = 0, atMost = Number.POSITIVE_INFINITY }: Goal): boolean {
  return value >= atLeast && value <= atMost;
}

export function toReport(rows: readonly BenchRow[], goals: readonly Goal[]): BenchReport {
  return {
    machine: machine(),
    rows,
    ratios: Object.fromEntries(goals.map(({ ratio, value }) => [ratio, Math.round(value * 1_000) / 1_000])),
    goals: Object.fromEntries(goals.map((goal) => [goal.ratio, isReached(goal)])),
    limits: Object.fromEntries(goals.map(({ ratio, value: _, ...limit }) => [ratio, limit])),
  };
}
