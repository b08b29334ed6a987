import { type Logger as PinoLogger, pino } from "pino";

export type Logger = PinoLogger;

/**
 * The server's log, JSON lines on standard error (standard output is for what a person asked to see).
 * Query tokens reach no log line: request URLs are cut by `withoutToken` before they are logged, headers are never logged.
 */
export function createLogger(level: "debug" | "info" | "warn" | "error" | "silent" = "info"): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }));
}

/** A URL as it may be logged: the value of a token parameter, in any spelling, replaced by three dots. */
export function withoutToken(url: string): string {
  return url.replace(/([?&;](?:x-plex-token|token|code)=)[^&;#]*/gi, "$1...");
}
