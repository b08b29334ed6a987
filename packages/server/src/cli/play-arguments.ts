import { ReelayError } from "../support/index.ts";

/** Where to begin: a part of the length, or a place in ms. */
export type Place = { readonly part: number } | { readonly ms: number };

/** `89%`, `1:23:45`, `12:30`, `90s`, `5m`, `1.5h`, `1h20m`. @throws REELAY_CONFIG_INVALID */
export function readPlace(option: string, text: string): Place {
  const [, percent] = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== undefined && Number(percent) <= 100) return { part: Number(percent) / 100 };
  const [, hours, minutes, seconds] = /^(?:(\d{1,3}):)?(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (minutes !== undefined) {
    return { ms: (Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 };
  }
  const ms = durationOf(text);
  if (ms !== undefined) return { ms };
  throw new ReelayError(
    "REELAY_CONFIG_INVALID",
    `${option}: ${JSON.stringify(text)} is no place such as 89%, 1:23:45 or 5m.`,
  );
}

/** ms. @throws REELAY_CONFIG_INVALID */
export function readDuration(option: string, text: string): number {
  const ms = durationOf(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new ReelayError(
    "REELAY_CONFIG_INVALID",
    `${option}: ${JSON.stringify(text)} is no time such as 90s, 2m or 1h.`,
  );
}

const FASTEST = 1_000;

/** How many times faster than life. @throws REELAY_CONFIG_INVALID */
export function readSpeed(option: string, text: string): number {
  const speed = /^\d{1,4}(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (speed > 0 && speed <= FASTEST) return speed;
  throw new ReelayError("REELAY_CONFIG_INVALID", `${option}: ${JSON.stringify(text)} is no number up to ${FASTEST}.`);
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function durationOf(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  return Math.round(parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (units[unit] ?? 0), 0));
}

/** `1:23:45`, or `3:07` below an hour. */
export function clockTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
