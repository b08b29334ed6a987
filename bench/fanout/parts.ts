import type { BenchOptions, BenchRow, Goal } from "../report.ts";

/** One line of the goals: what it measures, and what it needs. */
export interface Part {
  readonly name: string;
  run(context: PartContext): Promise<{ readonly rows: readonly BenchRow[]; readonly goals: readonly Goal[] }>;
}

export interface PartContext extends BenchOptions {
  /** A folder for this run, with the compiled programs in it. */
  readonly work: string;
}
