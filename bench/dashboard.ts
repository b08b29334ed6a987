import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { BenchRow, BenchSuite, Goal } from "./report.ts";

/** Events a second: a scan of a large library under the eyes of its owner. */
const RATE = 200;
/** How long, for each second of `--seconds`. */
const LENGTH = 20;

/** One length of events in one page. */
export interface Round {
  /** Arrived and shown, events/s. */
  readonly perSecond: number;
  /** Drawn, frames/s. */
  readonly frames: number;
  /** Tasks of more than 50 ms. */
  readonly longTasks: number;
  /** ms */
  readonly longest: number;
  /** Events that were told and are not in the list. */
  readonly missing: number;
}

export interface Measured {
  readonly chromium: string;
  /** The page's list of events. */
  readonly list: Round[];
  /** A page that reads the same stream, and counts. */
  readonly counted: Round[];
}

const program = fileURLToPath(new URL("./dashboard/drive.ts", import.meta.url));

/** How smooth the list of events stays while many arrive, beside a page that only counts them. */
export const dashboard: BenchSuite = {
  description: `the list of events in Chromium at ${RATE} events/s: long tasks, frames, and what is missing in it`,
  parts: ["dashboard"],
  async run({ seconds, rounds, say }) {
    const length = LENGTH * seconds;
    say(`dashboard: ${rounds} rounds, each twice ${length} s`);
    const given = [RATE, length, rounds].map(String);
    const { stdout } = await promisify(execFile)(process.execPath, ["-C", "source", program, ...given]);
    const { chromium, list, counted } = JSON.parse(stdout) as Measured;
    const settings = `${RATE} events/s for ${length} s over one WebSocket, Chromium ${chromium}`;
    const missing = list.reduce((sum, round) => sum + round.missing, 0);
    const longest = Math.max(0, ...list.map((round) => round.longest));
    const goals: Goal[] = [
      { ratio: "dashboard: events missing in the list", value: missing, atMost: 0 },
      { ratio: "dashboard: longest task / 200 ms", value: longest / 200, atMost: 1 },
    ];
    return { rows: [...rowsOf("list", settings, list), ...rowsOf("only counted", settings, counted)], goals };
  },
};

function rowsOf(name: string, settings: string, measured: readonly Round[]): BenchRow[] {
  const row = (what: keyof Round, label: string, unit: string): BenchRow => {
    const sorted = measured.map((round) => round[what]).toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? Number.NaN;
    const [lowest = Number.NaN] = sorted;
    return {
      name: `${name}: ${label}`,
      unit,
      median,
      lowest,
      highest: sorted.at(-1) ?? Number.NaN,
      rounds: sorted.length,
      settings,
    };
  };
  return [
    row("perSecond", "arrived and shown", "events/s"),
    row("frames", "frames drawn", "frames/s"),
    row("longTasks", "tasks of more than 50 ms", "tasks"),
    row("longest", "longest of them", "ms"),
    row("missing", "events missing", "events"),
  ];
}
