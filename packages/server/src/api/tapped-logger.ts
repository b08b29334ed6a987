import { type Logger, withoutToken } from "../support/index.ts";
import type { LogLevel, LogLine } from "./log-lines.ts";

const tapped = [
  ["fatal", 0],
  ["error", 0],
  ["warn", 1],
] as const satisfies readonly (readonly [string, LogLevel])[];

/**
 * The logger, which also tells its warnings and errors to `tell`. The log of streams must not be this one: a line about
 * a stream on that stream would cause the next line. Its children are not tapped.
 */
export function tappedLogger(log: Logger, tell: (line: LogLine) => void): Logger {
  // As pino makes its own children.
  const copy = Object.create(log) as Logger;
  for (const [name, level] of tapped) {
    // Looked up each time: a change of its level changes the logger's methods.
    const write = (...args: unknown[]) => (log[name] as (...args: unknown[]) => void)(...args);
    copy[name] = (...args: unknown[]) => {
      write(...args);
      tell({ level, message: messageOf(args), source: "reelay" });
    };
  }
  return copy;
}

/** Of what pino's methods take: fields first, or not; an error is the field `err`. */
function messageOf([first, second]: readonly unknown[]): string {
  const text = typeof first === "string" ? first : typeof second === "string" ? second : "";
  const error = first instanceof Error ? first : (first as { readonly err?: unknown } | undefined)?.err;
  const reason = error instanceof Error ? error.message : "";
  return withoutToken([text, reason].filter((part) => part !== "").join(": "));
}
