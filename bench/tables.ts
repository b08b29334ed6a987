import type { BenchReport, BenchRow, Limit, Machine } from "./report.ts";

/** The report for people: Markdown tables. */
export function toTables(report: BenchReport): string {
  return [machineLine(report.machine), rowsTable(report.rows), workTable(report.rows), goalsTable(report)]
    .filter((text) => text !== "")
    .join("\n\n");
}

export function machineLine({ cpu, cores, memoryGiB, system, node, sqlite }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}; Node ${node}, SQLite ${sqlite}`;
}

export function rowsTable(rows: readonly BenchRow[]): string {
  return table(
    ["measured", "median", "spread", "rounds", "settings"],
    rows.map(({ name, median, unit, lowest, highest, rounds, settings }) => [
      name,
      `${rounded(median)} ${unit}`,
      `${rounded(lowest)} – ${rounded(highest)}`,
      String(rounds),
      settings,
    ]),
  );
}

/** What was done, once per name; empty where nobody counted. */
export function workTable(rows: readonly BenchRow[]): string {
  const counted = new Map(rows.flatMap(({ name, work }) => (work === undefined ? [] : [[name, work] as const])));
  if (counted.size === 0) return "";
  return table(
    ["over all rounds", "transactions", "events", "deliveries", "write calls", "bytes received"],
    [...counted].map(([name, { transactions, events, deliveries, writes, bytes }]) => [
      name,
      transactions === undefined ? "" : whole(transactions),
      whole(events),
      whole(deliveries),
      whole(writes),
      whole(bytes),
    ]),
  );
}

export function goalsTable({ ratios, goals, limits }: Pick<BenchReport, "ratios" | "goals" | "limits">): string {
  return table(
    ["ratio", "value", "goal", ""],
    Object.entries(ratios).map(([name, value]) => [
      name,
      `${value.toFixed(2)} ×`,
      limitText(limits[name] ?? {}),
      goals[name] === true ? "reached" : "missed",
    ]),
  );
}

function limitText({ atLeast, atMost }: Limit): string {
  return [atLeast === undefined ? "" : `≥ ${atLeast} ×`, atMost === undefined ? "" : `≤ ${atMost} ×`]
    .filter((text) => text !== "")
    .join(", ");
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function rounded(value: number): string {
  return value >= 100 ? whole(value) : value.toPrecision(3);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
