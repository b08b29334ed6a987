import type { BenchRow } from "./report.ts";

/** One side of a comparison: each call is one round, and gives what it measured. */
export interface Side {
  readonly name: string;
  readonly unit: string;
  readonly settings: string;
  measure(): Promise<number>;
}

/** Measures the sides in turns, so that whatever else the machine does meets all of them. The first round is warm-up. */
export async function inTurns(sides: readonly Side[], rounds: number, warmUp = true): Promise<BenchRow[]> {
  const values = sides.map((): number[] => []);
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    for (const [index, side] of sides.entries()) {
      const value = await side.measure();
      if (round >= 0) values[index]?.push(value);
    }
  }
  return sides.map(({ name, unit, settings }, index) => {
    const sorted = (values[index] ?? []).toSorted((a, b) => a - b);
    return {
      name,
      unit,
      median: medianOf(sorted),
      lowest: sorted[0] ?? Number.NaN,
      highest: sorted.at(-1) ?? Number.NaN,
      rounds,
      settings,
    };
  });
}

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** How the first of two rows compares with the second. */
export function ratioOf([subject, floor]: readonly BenchRow[]): number {
  return (subject?.median ?? Number.NaN) / (floor?.median ?? Number.NaN);
}
