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

/**
 * Epoch ms of a time such as `2h` (before now), `2026-11-21` or `2026-11-21T20:15`, in the machine's time zone unless it
 * names one. @throws REELAY_INVALID_PARAMETER
 */
export function readMoment(text: string, flag: string, now: number): number {
  if (/^[\d.]+[a-z]+$/.test(text)) return Math.max(0, now - readDuration(text, flag));
  const [, day, time = "T00:00"] =
    /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const at = day === undefined ? Number.NaN : Date.parse(`${day}${time.replace(" ", "T")}`);
  if (at >= 0) return at;
  throw new ReelayError(
    "REELAY_INVALID_PARAMETER",
    `${flag}: ${JSON.stringify(text)} is no time such as 2h (before now), 2026-11-21 or 2026-11-21T20:15.`,
  );
}
