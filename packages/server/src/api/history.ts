import { setImmediate as nextTurn } from "node:timers/promises";
import { type EventLog, entryOfRow, formatPosition, type Rights, toNotification } from "../events/index.ts";
import type { Database } from "../storage/index.ts";
import { eventDocument } from "../streams/index.ts";
import type { EventView } from "./event-view.ts";
import { type HistoryFilter, historyQuery } from "./history-query.ts";

/** For one page. */
const TIME_LIMIT_MS = 5_000;

/** Documents made in one turn of the event loop. */
const SLICE = 25;

export interface HistoryPage {
  /** As streams tell them, newest first. */
  readonly events: readonly EventView[];
  /** Where the next page begins; undefined at the end. */
  readonly next: string | undefined;
}

/** The log backwards, read in the worker: however long it is, the event loop is free. */
export class History {
  readonly #database: Database;
  readonly #log: EventLog;

  constructor(database: Database, log: EventLog) {
    this.#database = database;
    this.#log = log;
  }

  /** @throws REELAY_QUERY_TOO_LONG, REELAY_INVALID_PARAMETER */
  async page(filter: HistoryFilter, rights: Rights, limit: number, signal: AbortSignal): Promise<HistoryPage> {
    const { epoch } = this.#log;
    // One more than is shown tells whether there is a next page.
    const { sql, params } = historyQuery(filter, rights, limit + 1, epoch);
    const rows = await this.#database.readLong(sql, params, { maxRows: limit + 1, timeoutMs: TIME_LIMIT_MS, signal });
    const shown = rows.slice(0, limit).map(entryOfRow);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    const events: EventView[] = [];
    for (const { seq, event } of shown) {
      if (events.length % SLICE === SLICE - 1) await nextTurn();
      events.push(JSON.parse(eventDocument(event, toNotification(event), formatPosition(epoch, seq))));
    }
    return {
      events,
      next: last && formatPosition(epoch, last.seq),
    };
  }
}
