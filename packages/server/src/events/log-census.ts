import type { Database, Row, Transaction } from "../storage/index.ts";
import { BYTES, type Holding, type Removed } from "./log-removal.ts";

// +family: grouping along the index would read the whole log for any range of it.
const COUNT = `SELECT family, count(*) AS "rows", sum(progress_key IS NULL) AS facts, sum(${BYTES}) AS bytes FROM events`;
/** Of a log of some gigabytes on a slow disk. */
const FIRST_COUNT_MS = 300_000;

/**
 * What the log holds, per family. Counted once, in the reader worker, and kept up to date from then on: what is new since
 * the last look is added, what is removed is taken off. No run reads the log as a whole.
 */
export class LogCensus {
  readonly #database: Database;
  readonly #signal: AbortSignal;
  readonly #families = new Map<string, Holding>();
  #through: number | undefined;

  constructor(database: Database, signal: AbortSignal) {
    this.#database = database;
    this.#signal = signal;
  }

  get bytes(): number {
    return this.families().reduce((sum, [, holding]) => sum + holding.bytes, 0);
  }

  families(): [string, Holding][] {
    return [...this.#families];
  }

  /** The first count; nothing when it is done already. */
  async begin(): Promise<void> {
    if (this.#through !== undefined) return;
    const last = this.newest();
    const rows = await this.#database.readLong(`${COUNT} WHERE seq <= ? AND reelay_alive() GROUP BY +family`, [last], {
      timeoutMs: FIRST_COUNT_MS,
      signal: this.#signal,
    });
    this.#add(rows);
    this.#through = last;
  }

  /** The `seq` that a run goes up to: one that chased what is appended meanwhile would never end. */
  newest(): number {
    return Number(this.#database.read.get("SELECT max(seq) AS seq FROM events")?.seq ?? 0);
  }

  /** Counts the next `rows` events up to `last`. @returns what was looked at; `from` = `through` when there is no more */
  advance(tx: Transaction, rows: number, last: number): { readonly from: number; readonly through: number } {
    const from = this.#through ?? 0;
    const reached = tx.get(
      "SELECT max(seq) AS seq FROM (SELECT seq FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?)",
      from,
      last,
      rows,
    )?.seq;
    const through = typeof reached === "number" ? reached : from;
    if (through > from) this.#add(tx.all(`${COUNT} WHERE seq > ? AND seq <= ? GROUP BY +family`, from, through));
    this.#through = through;
    return { from, through };
  }

  /** Begins anew with the next run: a slice failed, and what it counted may not be there. */
  forget(): void {
    this.#families.clear();
    this.#through = undefined;
  }

  removed({ families }: Removed): void {
    for (const [family, taken] of families) this.#change(family, taken, -1);
  }

  #add(rows: readonly Row[]): void {
    for (const { family, rows: count, facts, bytes } of rows) {
      this.#change(String(family), { rows: Number(count), facts: Number(facts), bytes: Number(bytes) }, 1);
    }
  }

  #change(family: string, by: Holding, sign: 1 | -1): void {
    const { rows, facts, bytes } = this.#families.get(family) ?? { rows: 0, facts: 0, bytes: 0 };
    this.#families.set(family, {
      rows: rows + sign * by.rows,
      facts: facts + sign * by.facts,
      bytes: bytes + sign * by.bytes,
    });
  }
}
