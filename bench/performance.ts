import { goalLines, isOfLine } from "./goal-lines.ts";
import { intro, learned, method, notMeasured, repeat } from "./performance-text.ts";
import type { PartResult } from "./results.ts";
import { suites } from "./suites.ts";
import { goalsTable, machineLine, rowsTable, table, workTable } from "./tables.ts";

/** The page `docs/reference/performance.md`, of what the parts gave. */
export function toPage(results: readonly PartResult[]): string {
  const parts = Object.entries(suites).flatMap(([suite, { parts }]) => parts.map((part) => ({ suite, part })));
  const sections = parts.flatMap(({ suite, part }) => {
    const result = results.find((result) => result.suite === suite && result.part === part);
    return result === undefined ? [] : [section(result)];
  });
  return `${[
    "# Performance",
    "<!-- Made by `npm run bench -- performance`. -->",
    intro,
    "## Goals",
    goals(results),
    "## Method",
    method,
    "## Results",
    machines(results),
    ...sections,
    "## What was learned",
    learned,
    "## What is not measured",
    notMeasured,
    "## How to repeat it",
    repeat,
  ].join("\n\n")}\n`;
}

/** Each line of goals with its ratios, also those that nobody measured. */
function goals(results: readonly PartResult[]): string {
  const report = {
    ratios: Object.assign({}, ...results.map(({ ratios }) => ratios)) as Record<string, number>,
    goals: Object.assign({}, ...results.map(({ goals }) => goals)) as Record<string, boolean>,
    limits: Object.assign({}, ...results.map(({ limits }) => limits)) as PartResult["limits"],
  };
  const lines = goalLines.map((line) => [`\`${line.name}\``, line.what]);
  const missing = goalLines.filter((line) => !Object.keys(report.ratios).some((ratio) => isOfLine(ratio, line)));
  const ratios = Object.entries(report.ratios).toSorted(([a], [b]) => placeOf(a) - placeOf(b));
  return [
    table(["line", "what"], lines),
    goalsTable({ ...report, ratios: Object.fromEntries(ratios) }),
    ...(missing.length === 0 ? [] : [`Not measured in this run: ${missing.map(({ name }) => name).join(", ")}.`]),
  ].join("\n\n");
}

/** Goals of the lines come first, in the order of the lines. */
function placeOf(ratio: string): number {
  const line = goalLines.findIndex((line) => isOfLine(ratio, line));
  return line === -1 ? goalLines.length : line;
}

function machines(results: readonly PartResult[]): string {
  const lines = [...new Set(results.map(({ machine }) => machineLine(machine)))];
  return lines.length === 0 ? "Nothing was measured." : lines.map((line) => `${line}.`).join("\n");
}

function section({ suite, part, at, took, rows, ratios, goals, limits }: PartResult): string {
  return [
    `### ${suite}: ${part}`,
    `Begun ${at.slice(0, 16).replace("T", " ")} UTC, took ${took} s.`,
    rowsTable(rows),
    workTable(rows),
    Object.keys(ratios).length === 0 ? "" : goalsTable({ ratios, goals, limits }),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}
