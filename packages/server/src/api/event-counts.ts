import type { LogEntry, MediaEventType } from "../events/index.ts";

/** Counts what is appended, as cheaply as can be: it is told of every event. */
export class EventCounts {
  readonly #byType = new Map<MediaEventType, number>();
  #scans = 0;

  get byType(): ReadonlyMap<MediaEventType, number> {
    return this.#byType;
  }

  /** Scans that have ended, however. */
  get scans(): number {
    return this.#scans;
  }

  observe(entries: readonly LogEntry[]): void {
    for (const { event } of entries) {
      this.#byType.set(event.type, (this.#byType.get(event.type) ?? 0) + 1);
      if (event.type === "activity.ended" && event.facts.type === "library.update.section") this.#scans++;
    }
  }
}
