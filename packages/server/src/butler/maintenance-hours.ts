/** The hours of a day in which scheduled tasks may run, by the wall clock of a time zone. */
export interface MaintenanceHours {
  /** 0 to 23. */
  readonly start: number;
  /** 0 to 23; before `start`: the window goes over midnight; equal: the whole day. */
  readonly end: number;
  /** IANA name; empty: the machine's. */
  readonly zone: string;
}

const HOUR_MS = 3_600_000;

/**
 * Whether tasks may run now. On the day on which the clock is set forward the hour that does not exist may have been the
 * whole window: then the hour after it counts, so that no day goes without. On the day on which an hour comes twice the
 * window is open in both; a task that ran is not due again.
 */
export function isMaintenanceTime(now: number, { start, end, zone }: MaintenanceHours): boolean {
  const hour = wallHour(now, zone);
  if (inWindow(hour, start, end)) return true;
  const before = wallHour(now - HOUR_MS, zone);
  const skipped = (before + 1) % 24;
  const setForward = (hour - before + 24) % 24 === 2;
  return setForward && (end - start + 24) % 24 === 1 && skipped === start;
}

function inWindow(hour: number, start: number, end: number): boolean {
  if (start === end) return true;
  return start < end ? hour >= start && hour < end : hour >= start || hour < end;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function wallHour(time: number, zone: string): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit",
      hourCycle: "h23",
      ...(zone === "" ? {} : { timeZone: zone }),
    });
    formats.set(zone, format);
  }
  return Number(format.format(time));
}
