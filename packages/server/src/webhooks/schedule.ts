const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Between a failed attempt and the next, by how many have failed; the last for all that follow. */
const delays = [0, 5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR];

/** The longest that a receiver may put an attempt off by `Retry-After`. */
const LONGEST_WISH = 24 * HOUR;

/** How far from the plan an attempt may be, so that what failed together does not come again together. */
const JITTER = 0.1;

/**
 * How long to wait before the next attempt, milliseconds.
 * @param attempts that have failed, 1 or more
 * @param random 0 to 1
 */
export function delayAfter(attempts: number, random: number): number {
  const delay = delays[Math.min(attempts, delays.length - 1)] ?? 0;
  return Math.round(delay * (1 - JITTER + 2 * JITTER * random));
}

/** The longest that a delivery can have been told to wait: what waits longer does so because the clock was set back. */
export const LONGEST_DELAY = LONGEST_WISH;

/** The oldest form of a date in HTTP, which names no zone: it is of Greenwich all the same. */
const WITHOUT_ZONE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * What a receiver asks for by `Retry-After`, milliseconds from now: seconds, or a date; a day at most.
 * @returns undefined without the header, or when it cannot be read
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const date = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(WITHOUT_ZONE.test(text) ? `${text} GMT` : text) : Number.NaN;
  const ms = /^\d+$/.test(text) ? Number(text) * SECOND : date - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WISH);
}
