import { ReelayError } from "../support/index.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a time such as `1500ms`, `30s`, `5m`, `2h` or `3d`. @throws REELAY_INVALID_PARAMETER */
export function readDuration(text: string, flag: string): number {
  const [, number, unit = ""] = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (number !== undefined) return Math.round(Number(number) * (UNITS[unit] ?? 0));
  throw new ReelayError(
    "REELAY_INVALID_PARAMETER",
    `${flag}: ${JSON.stringify(text)} is no time such as 1500ms, 30s, 5m, 2h or 3d.`,
  );
}

/** A time in its largest whole unit: `90s`, `3d`. */
export function shownDuration(ms: number): string {
  const units = Object.entries(UNITS).reverse();
  const [unit = "ms", size = 1] = units.find(([, size]) => ms !== 0 && ms % size === 0) ?? [];
  return `${ms / size}${unit}`;
}
