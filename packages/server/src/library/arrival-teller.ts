import { setImmediate as nextTurn } from "node:timers/promises";
import { type NewMediaEvent, type Outbox, rollUp } from "../events/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { Clock, Logger } from "../support/index.ts";
import { arrivalStore } from "./arrivals.ts";
import { itemSnapshot } from "./item-snapshot.ts";
import { itemFacts, itemRow, timelineTitle } from "./item-store.ts";

/** When what is new is told. Milliseconds. */
export interface ArrivalTimes {
  /** After the last that was learnt of a section's new items, while it is not scanned. Default 10 s. */
  readonly quietMs: number;
  /** After which nothing is waited for any more: what cannot be read is told as what its name says. Default 2 min. */
  readonly deadlineMs: number;
}

export interface ArrivalTellerOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly isScanning: (sectionId: number) => boolean;
  readonly times?: Partial<ArrivalTimes> | undefined;
}

/** An account that has seen nothing: what is told to many shows what none of them has watched. */
const NOBODY = 0;
/** Films, shows and artists that are told in one transaction. */
const SLICE = 10;
/** Events named as rolled up into one. */
const MOST_NAMED = 100;

/**
 * Tells what is new as `item.arrived`, once it is complete: read, with its pictures, and with what belongs to it. What
 * waits is in a table, so that a server that is killed tells it after its next start.
 */
export class ArrivalTeller {
  readonly #options: ArrivalTellerOptions;
  readonly #times: ArrivalTimes;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(options: ArrivalTellerOptions) {
    this.#options = options;
    this.#times = { quietMs: 10_000, deadlineMs: 120_000, ...options.times };
  }

  /** Something new was noted while its section is scanned: it is looked at by its deadline, or when the scan ends. */
  wake(): void {
    if (this.#cancel === undefined) this.#arm();
  }

  #arm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const due = this.#closed ? undefined : this.#nextDue();
    if (due === undefined) return;
    this.#cancel = this.#options.clock.after(Math.max(1, due - this.#options.clock.now()), () => void this.look());
  }

  /** Tells what is complete by now, and waits for the rest. Never rejects. */
  async look(): Promise<void> {
    this.#again = true;
    // Again, if this was asked for when the one that runs was past its last look.
    while (this.#again && !this.#closed) {
      this.#running ??= this.#lookUntilDone().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#running;
  }

  async #lookUntilDone(): Promise<void> {
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        for (const sectionId of this.#sections()) await this.#lookAt(sectionId);
      }
      this.#arm();
    } catch (error) {
      this.#options.log.warn({ err: error }, "what is new could not be told, trying again");
      if (!this.#closed) this.#cancel = this.#options.clock.after(this.#times.quietMs, () => void this.look());
    }
  }

  async #lookAt(sectionId: number): Promise<void> {
    const { database, clock } = this.#options;
    const span = arrivalStore.spanOf(database.read, sectionId);
    if (span === undefined) return;
    const now = clock.now();
    const before = now - this.#times.deadlineMs;
    await this.#tellAll(sectionId, (tx) => arrivalStore.overdueRoots(tx, sectionId, { before, now, most: SLICE }));
    if (this.#isQuiet(sectionId, span.last)) {
      await this.#tellAll(sectionId, (tx) => arrivalStore.settledRoots(tx, sectionId, SLICE));
    }
  }

  #isQuiet(sectionId: number, last: number): boolean {
    if (this.#options.isScanning(sectionId)) return false;
    const now = this.#options.clock.now();
    // In the future: a clock was set back.
    return last + this.#times.quietMs <= now || last > now;
  }

  /** In slices, so that a thousand new films hold up nobody. */
  async #tellAll(sectionId: number, roots: (tx: Transaction) => readonly number[]): Promise<void> {
    for (let told = -1; told !== 0 && !this.#closed; await nextTurn()) {
      told = await this.#options.database.transaction((tx) => {
        const some = roots(tx);
        for (const root of some) this.#tell(tx, sectionId, root);
        return some.length;
      });
    }
  }

  #tell(tx: Transaction, sectionId: number, root: number): void {
    const arrivals = arrivalStore.take(tx, sectionId, root);
    const readyEvents = new Map(arrivals.map(({ id, readyEvent }) => [id, readyEvent]));
    for (const { id, leaves, items } of rollUp(arrivals)) {
      const row = itemRow(tx, id);
      const item = itemSnapshot(tx, { itemId: id, accountId: NOBODY });
      const event: NewMediaEvent = {
        type: "item.arrived",
        audience: { kind: "section", sectionId },
        subject: `item:${id}`,
        facts: {
          ...itemFacts(row),
          title: timelineTitle(tx, row),
          count: leaves.length,
          rolledUp: items.flatMap((one) => readyEvents.get(one) ?? []).slice(0, MOST_NAMED),
        },
        ...(item === undefined ? {} : { item }),
      };
      this.#options.outbox.append(tx, [event]);
    }
  }

  #sections(): number[] {
    return this.#options.database.read.all("SELECT id FROM sections ORDER BY id").map(({ id }) => Number(id));
  }

  /** Epoch ms; undefined when nothing waits. */
  #nextDue(): number | undefined {
    const { database, clock, isScanning } = this.#options;
    const now = clock.now();
    const { quietMs, deadlineMs } = this.#times;
    const due = this.#sections().flatMap((sectionId) => {
      const span = arrivalStore.spanOf(database.read, sectionId);
      if (span === undefined) return [];
      // A scan's end is looked at by itself.
      return [
        Math.min(span.first, now) + deadlineMs,
        ...(isScanning(sectionId) ? [] : [Math.min(span.last, now) + quietMs]),
      ];
    });
    if (due.length === 0) return undefined;
    // What is past was looked at: something of it cannot be told yet.
    const later = due.filter((at) => at > now);
    return later.length === 0 ? now + quietMs : Math.min(...later);
  }
}
