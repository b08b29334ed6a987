import { appendFileSync } from "node:fs";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

/** What is told past the database, because the database is what is broken. */
export type AlarmKind =
  /** SQLite finds the file damaged. */
  | "database-corrupted"
  /** A write failed, or the next one would: the disk is full, or the folder may not be written to. */
  | "storage-unwritable";

export interface AlarmRaised {
  readonly kind: AlarmKind;
  /** Epoch ms. */
  readonly time: number;
  /** What was found, for people. */
  readonly detail: string;
}

export interface AlarmOptions {
  /** JSON lines, beside the database; written as far as the disk lets it. */
  readonly file: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The one way around the log: that it cannot be written is told from memory to whoever listens, and to a file. Each kind
 * is raised once until it is over.
 */
export class Alarm {
  readonly #options: AlarmOptions;
  readonly #active = new Map<AlarmKind, AlarmRaised>();
  readonly #raised = new Set<(alarm: AlarmRaised) => void>();
  readonly #over = new Set<(alarm: AlarmRaised) => void>();

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  get file(): string {
    return this.#options.file;
  }

  get active(): readonly AlarmRaised[] {
    return [...this.#active.values()];
  }

  isRaised(kind: AlarmKind): boolean {
    return this.#active.has(kind);
  }

  raise(kind: AlarmKind, detail: string): void {
    if (this.#active.has(kind)) return;
    const alarm = { kind, time: this.#options.clock.now(), detail };
    this.#active.set(kind, alarm);
    this.#options.log.error({ kind, detail }, "alarm");
    this.#note({ ...alarm, state: "raised" });
    for (const listener of this.#raised) listener(alarm);
  }

  /** What was wrong is no more. */
  clear(kind: AlarmKind): void {
    const alarm = this.#active.get(kind);
    if (alarm === undefined) return;
    this.#active.delete(kind);
    this.#options.log.info({ kind }, "alarm is over");
    this.#note({ kind, time: this.#options.clock.now(), state: "over" });
    for (const listener of this.#over) listener(alarm);
  }

  onRaised(listener: (alarm: AlarmRaised) => void): void {
    this.#raised.add(listener);
  }

  onOver(listener: (alarm: AlarmRaised) => void): void {
    this.#over.add(listener);
  }

  #note(line: object): void {
    try {
      appendFileSync(this.#options.file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    } catch (error) {
      // A full disk may have no room for it either; the streams and the log have it.
      this.#options.log.warn({ err: error }, "an alarm could not be written to its file");
    }
  }
}
