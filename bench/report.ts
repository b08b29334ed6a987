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
}

/** A ratio with the goal that it is held to. */
export interface Goal {
  readonly ratio: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface BenchSuite {
  readonly description: string;
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
  };
}

/** The report for people: two Markdown tables. */
export function toTables(rows: readonly BenchRow[], goals: readonly Goal[]): string {
  const { cpu, cores, memoryGiB, system, node, sqlite } = machine();
  const measured = rows.map((row) => [
    row.name,
    `${round(row.median)} ${row.unit}`,
    `${round(row.lowest)} – ${round(row.highest)}`,
    String(row.rounds),
    row.settings,
  ]);
  const compared = goals.map((goal) => [
    goal.ratio,
    `${goal.value.toFixed(2)} ×`,
    goal.atLeast === undefined ? `≤ ${goal.atMost} ×` : `≥ ${goal.atLeast} ×`,
    isReached(goal) ? "reached" : "missed",
  ]);
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}; Node ${node}, SQLite ${sqlite}`,
    "",
    table(["measured", "median", "spread", "rounds", "settings"], measured),
    "",
    table(["ratio", "value", "goal", ""], compared),
    "",
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}
