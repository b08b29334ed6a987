import type { LogNotification } from "@reelay/protocol";
import type { Clock } from "../support/index.ts";

export type LogLevel = LogNotification["level"];

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly source: string;
}

/** Lines in one turn of the event loop. Whoever logs more is in a loop, or means harm. */
const MOST_WAITING = 200;
const LONGEST_TEXT = 2_000;

/** Lines of the log on their way to streams: outside of whatever logged them, and never more than can be told. */
export class LogLines {
  readonly #clock: Clock;
  readonly #listeners = new Set<(line: LogNotification) => void>();
  #waiting: LogNotification[] = [];
  #dropped = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  onLine(listener: (line: LogNotification) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add({ level, message, source }: LogLine): void {
    if (this.#listeners.size === 0) return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#dropped++;
      return;
    }
    // In a turn of its own: a line may be logged in the middle of a commit or of a write to the very streams.
    if (this.#waiting.length === 0) setImmediate(() => this.#tell());
    this.#waiting.push(this.#entry({ level, message: message.slice(0, LONGEST_TEXT), source }));
  }

  #tell(): void {
    const lines = this.#waiting;
    if (this.#dropped > 0) {
      lines.push(this.#entry({ level: 1, message: `${this.#dropped} more lines were not told`, source: "reelay" }));
    }
    this.#waiting = [];
    this.#dropped = 0;
    for (const line of lines) for (const listener of this.#listeners) listener(line);
  }

  #entry(line: LogLine): LogNotification {
    return { ...line, time: this.#clock.now() / 1_000 };
  }
}
