import { useEffect, useState } from "react";

const exact = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  timeZoneName: "short",
});
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function exactTime(at: number): string {
  return exact.format(at);
}

/** `14:03:27`; of another day with its date before it. */
export function clockTime(at: number, now = Date.now()): string {
  const text = clock.format(at);
  return new Date(at).toDateString() === new Date(now).toDateString() ? text : `${day.format(at)}, ${text}`;
}

function ago(at: number, now: number): string {
  const past = now - at;
  if (Math.abs(past) < MINUTE) return "just now";
  if (Math.abs(past) < HOUR) return relative.format(-Math.round(past / MINUTE), "minute");
  if (Math.abs(past) < DAY) return relative.format(-Math.round(past / HOUR), "hour");
  if (Math.abs(past) < 14 * DAY) return relative.format(-Math.round(past / DAY), "day");
  return dayAndYear.format(at);
}

export interface TimeProps {
  /** Epoch ms. */
  readonly at: number;
  /** `ago`: how long since; `clock`: the time of day. Default `ago`. */
  readonly as?: "ago" | "clock";
}

/** A time as people say it here, the exact one on hover. */
export function Time({ at, as = "ago" }: TimeProps) {
  const now = useMinute();
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {as === "ago" ? ago(at, now) : clockTime(at, now)}
    </time>
  );
}

const clockTicks = new Set<(now: number) => void>();
setInterval(() => {
  for (const tick of clockTicks) tick(Date.now());
}, MINUTE / 2);

/** Now, renewed every half minute. */
function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    clockTicks.add(setNow);
    setNow(Date.now());
    return () => void clockTicks.delete(setNow);
  }, []);
  return now;
}

/** `1:02:03` or `2:03`. @param ms a length */
export function playTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** `85 ms`, `4.2 s`, `3 min`. @param ms a length */
export function shortSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : span(ms / 1_000);
}

/** `3 d 4 h`, `12 min`, `8 s`: two units at most. */
export function span(seconds: number): string {
  const units = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
    [1, "s"],
  ] as const;
  const at = units.findIndex(([length]) => seconds >= length);
  if (at === -1) return "0 s";
  return units
    .slice(at, at === 0 ? 2 : at === 1 ? 3 : at + 1)
    .map(([length, name], place) => {
      const above = place === 0 ? Number.POSITIVE_INFINITY : (units[at + place - 1]?.[0] ?? 1);
      return [Math.floor((above === Number.POSITIVE_INFINITY ? seconds : seconds % above) / length), name] as const;
    })
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} ${name}`)
    .join(" ");
}

/** `1.4 MB` */
export function byteSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const at = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** at;
  return `${value < 10 && at > 0 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}
