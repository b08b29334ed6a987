import { harmless } from "../support/index.ts";

/** Rows of cells as lines, the cells of a column under each other. */
export function inColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const cells = rows.map((row) => row.map(harmless));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** A time to the second, in the machine's time zone: `2026-11-21 23:05:12`. */
export function second(epochMs: number): string {
  return `${minute(epochMs)}:${String(new Date(epochMs).getSeconds()).padStart(2, "0")}`;
}

/** A time to the minute, in the machine's time zone: `2026-11-21 23:05`. */
export function minute(epochMs: number): string {
  const date = new Date(epochMs);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
