import { setImmediate as nextTurn } from "node:timers/promises";
import type { Database, Queries, Row } from "../storage/index.ts";
import type { EventLog, FreshEntry, LogEntry } from "./log.ts";
import type { Family, MediaEvent } from "./media-event.ts";
import { parseAudience } from "./rights.ts";

/**
 * How many of the newest entries are kept as objects, so that live sinks never read them back from the table. What
 * retention has removed since may still be among them: a reader is then told more than it was promised.
 */
const TAIL = 4_096;

/** Entries of one batch of a following. */
const BATCH = 1_000;

const SELECT = `SELECT seq, id, type, version, time, origin, audience, subject, facts, snapshot, notification
  FROM events WHERE seq > ? ORDER BY seq LIMIT ?`;

/** The log as a table of the server's own database. */
export class LocalEventLog implements EventLog {
  readonly epoch: string;
  readonly #read: Queries;
  #last: number;
  #tail: LogEntry[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #listeners = new Set<(entries: readonly FreshEntry[]) => void>();

  constructor(database: Database, epoch: string) {
    this.epoch = epoch;
    this.#read = database.read;
    this.#last = highestSeq(database.read);
  }

  sharedWith(epoch: string): number | undefined {
    const row = this.#read.get("SELECT last_seq FROM epochs WHERE epoch = ?", epoch);
    return row === undefined ? undefined : Number(row.last_seq);
  }

  completeAfter(families?: ReadonlySet<Family>): number {
    return this.#read
      .all("SELECT family, removed_through FROM retained")
      .filter((row) => families === undefined || families.has(row.family as Family))
      .reduce((most, row) => Math.max(most, Number(row.removed_through)), 0);
  }

  last(): number {
    return this.#last;
  }

  async read(from: number, limit: number): Promise<readonly LogEntry[]> {
    return this.#readNow(from, limit);
  }

  async *follow(from: number, signal: AbortSignal): AsyncGenerator<readonly LogEntry[]> {
    let position = from;
    let wake: () => void = () => undefined;
    const stop = () => wake();
    signal.addEventListener("abort", stop);
    try {
      while (!signal.aborted) {
        const entries = this.#readNow(position, BATCH);
        const newest = entries.at(-1);
        if (newest === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
            this.#waiting.add(resolve);
          });
          this.#waiting.delete(wake);
        } else {
          position = newest.seq;
          yield entries;
          // Who follows from far back may not keep the event loop until the end is reached.
          if (entries.length === BATCH) await nextTurn();
        }
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  onAppended(listener: (entries: readonly FreshEntry[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Told by the outbox before each commit. */
  appended(entries: readonly FreshEntry[]): void {
    for (const listener of this.#listeners) listener(entries);
  }

  /** Told by the outbox after each commit. */
  committed(entries: readonly LogEntry[]): void {
    const newest = entries.at(-1);
    if (newest === undefined) return;
    this.#last = newest.seq;
    this.#tail.push(...entries);
    // Cut at twice the length, so that the cost of moving is spread.
    if (this.#tail.length > 2 * TAIL) this.#tail = this.#tail.slice(-TAIL);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #readNow(from: number, limit: number): readonly LogEntry[] {
    if (from >= this.#last) return [];
    const oldest = this.#tail[0];
    if (oldest !== undefined && oldest.seq <= from + 1) {
      const start = firstAfter(this.#tail, from);
      return this.#tail.slice(start, start + limit);
    }
    return this.#read.all(SELECT, from, limit).map(entryOfRow);
  }
}

/** The index of the first entry with a greater `seq`. */
function firstAfter(entries: readonly LogEntry[], seq: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The highest number ever given, also when its row was removed since. */
export function highestSeq(queries: Queries): number {
  return Number(queries.get("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?.seq ?? 0);
}

/** A row of the table `events`, all columns but those for retention. */
export function entryOfRow(row: Row): LogEntry {
  const event = {
    id: row.id,
    type: row.type,
    version: row.version,
    time: row.time,
    origin: row.origin,
    audience: parseAudience(String(row.audience)),
    subject: row.subject,
    facts: JSON.parse(String(row.facts)),
    ...(typeof row.notification === "string" ? { notification: JSON.parse(row.notification) } : {}),
    ...(typeof row.snapshot === "string" ? { snapshot: row.snapshot } : {}),
  };
  // Written by the outbox from the same type; a table that was tampered with is beyond what types can promise.
  return { seq: Number(row.seq), event: event as unknown as MediaEvent };
}
