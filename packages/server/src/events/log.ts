import type { Family, MediaEvent } from "./media-event.ts";
import type { ItemSnapshot } from "./snapshots.ts";

export interface LogEntry {
  /** Its place: greater than that of every earlier entry; numbers may be missing where progress was thinned out. */
  readonly seq: number;
  readonly event: MediaEvent;
}

/** An entry that is just being committed, with what was stored beside it: it need not be read back. */
export interface FreshEntry extends LogEntry {
  readonly item?: ItemSnapshot;
}

/**
 * The reading side of the log, the one thing that sinks see of sources. Locally it is a table of the same database;
 * another implementation may answer late and in batches. All of them run `eventLogContract`.
 */
export interface EventLog {
  /** The history that the numbers below belong to: 16 hex digits, made with the database, renewed by a restore. */
  readonly epoch: string;
  /** Up to which `seq` this log shares the history of a former epoch; undefined for an epoch that it never had. */
  sharedWith(epoch: string): number | undefined;
  /** The `seq` after which every fact of these families is kept; all families by default. 0 when nothing was removed. */
  completeAfter(families?: ReadonlySet<Family>): number;
  /** The newest `seq`, 0 in an empty log. */
  last(): number;
  /** Entries after `from`, in order, at most `limit`. An empty answer means that there is none yet. */
  read(from: number, limit: number): Promise<readonly LogEntry[]>;
  /** Batches of entries after `from`, without gap or duplicate, as they come, until the signal aborts. */
  follow(from: number, signal: AbortSignal): AsyncIterable<readonly LogEntry[]>;
  /**
   * Tells of entries right before their COMMIT: what the listener writes then, as a unit of its own, is committed with them.
   * {@link follow} gives them all the same, after it. A log that is not of this process has no such thing. The returned
   * function ends it.
   */
  onAppended?(listener: (entries: readonly FreshEntry[]) => void): () => void;
}
