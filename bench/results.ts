import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { BenchReport } from "./report.ts";

/** What one part of a suite gave, and when. */
export interface PartResult extends BenchReport {
  readonly suite: string;
  readonly part: string;
  /** ISO 8601, when it was begun. */
  readonly at: string;
  /** Seconds. */
  readonly took: number;
}

export const RESULTS = fileURLToPath(new URL("results/", import.meta.url));

const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const work = z.object({
  transactions: z.number().exactOptional(),
  events: z.number(),
  deliveries: z.number(),
  writes: z.number(),
  bytes: z.number(),
});

/** A result as it is on the disk; JSON has no NaN. */
const schema: z.ZodType<PartResult> = z.object({
  suite: z.string(),
  part: z.string(),
  at: z.string(),
  took: z.number(),
  machine: z.object({
    cpu: z.string(),
    cores: z.number(),
    memoryGiB: z.number(),
    system: z.string(),
    node: z.string(),
    sqlite: z.string(),
  }),
  rows: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      median: number,
      lowest: number,
      highest: number,
      rounds: z.number(),
      settings: z.string(),
      work: work.exactOptional(),
    }),
  ),
  ratios: z.record(z.string(), number),
  goals: z.record(z.string(), z.boolean()),
  limits: z.record(z.string(), z.object({ atLeast: z.number().exactOptional(), atMost: z.number().exactOptional() })),
});

/** Keeps what a part gave; what it gave before is replaced. */
export function saveResult(result: PartResult, folder = RESULTS): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(result.suite, result.part, folder), `${JSON.stringify(result, null, 2)}\n`);
}

/** All that is kept. @throws for a file that is no result */
export function savedResults(folder = RESULTS): PartResult[] {
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => {
      const read = schema.safeParse(JSON.parse(readFileSync(join(folder, name), "utf8")));
      if (!read.success)
        throw new Error(`${join(folder, name)} is no result of a part: ${z.prettifyError(read.error)}`);
      return read.data;
    });
}

export function forgetResults(folder = RESULTS): void {
  rmSync(folder, { recursive: true, force: true });
}

function fileOf(suite: string, part: string, folder: string): string {
  return join(folder, `${suite}-${part}.json`);
}
