import type { Transaction } from "../storage/index.ts";
import { type Clock, uuidv7 } from "../support/index.ts";
import type { FreshEntry, LogEntry } from "./log.ts";
import { type MediaEvent, mediaEventTypes, type NewMediaEvent, progressKey } from "./media-event.ts";
import { type Audience, audienceText } from "./rights.ts";
import { storeSnapshot } from "./snapshots.ts";

const INSERT = `INSERT INTO events (id, type, version, family, progress_key, time, origin, audience, subject, facts, snapshot, notification)
  VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export interface OutboxOptions {
  readonly clock: Clock;
  /** This server's machine identifier. */
  readonly origin: string;
  /** Told of what is about to be committed: see {@link Transaction.beforeCommit}. */
  readonly onAppended?: (entries: readonly FreshEntry[]) => void;
  /** Told of what was committed, in the order of the log. */
  readonly onCommitted: (entries: readonly LogEntry[]) => void;
}

/** The writing side of the log: a source appends what it did in the transaction in which it did it. */
export class Outbox {
  readonly #clock: Clock;
  readonly #origin: string;
  readonly #onAppended: ((entries: readonly FreshEntry[]) => void) | undefined;
  readonly #onCommitted: (entries: readonly LogEntry[]) => void;

  constructor(options: OutboxOptions) {
    this.#clock = options.clock;
    this.#origin = options.origin;
    this.#onAppended = options.onAppended;
    this.#onCommitted = options.onCommitted;
  }

  /** Appends in the order given. @returns the events' ids; positions are known to readers only. */
  append(tx: Transaction, events: readonly NewMediaEvent[]): string[] {
    if (events.length === 0) return [];
    const now = this.#clock.now();
    const entries = events.map(({ item, ...told }): FreshEntry => {
      const snapshot = item && storeSnapshot(tx, item, now);
      const event = {
        ...told,
        ...(snapshot === undefined ? {} : { snapshot }),
        id: uuidv7(now),
        version: 1,
        time: told.time ?? now,
        origin: told.origin ?? this.#origin,
        audience: audienceOf(told),
      } as MediaEvent;
      const { lastId } = tx.run(
        INSERT,
        event.id,
        event.type,
        mediaEventTypes[event.type].family,
        progressKey(told),
        event.time,
        event.origin,
        audienceText(event.audience),
        event.subject,
        JSON.stringify(event.facts),
        snapshot ?? null,
        event.notification === undefined ? null : JSON.stringify(event.notification),
      );
      return { seq: lastId, event, ...(item === undefined ? {} : { item }) };
    });
    if (this.#onAppended !== undefined) tx.beforeCommit(() => this.#onAppended?.(entries));
    tx.afterCommit(() => this.#onCommitted(entries.map(({ seq, event }) => ({ seq, event }))));
    return entries.map((entry) => entry.event.id);
  }
}

/** Sections have numbers of their own on each server. */
function audienceOf({ audience, origin }: NewMediaEvent): Audience {
  return audience.kind === "section" && origin !== undefined ? { ...audience, origin } : audience;
}
