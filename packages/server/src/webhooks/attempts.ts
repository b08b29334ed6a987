import type { Row, Transaction } from "../storage/index.ts";
import { type AttemptForm, filledForm, type SentNumbers } from "./attempt-form.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Attempt, AttemptDetail, Delivery } from "./delivery.ts";
import type { Outcome } from "./outgoing.ts";

// A value and no INSERT … SELECT, for which SQLite opens a table of its own each time.
const INSERT = `INSERT INTO attempts (delivery, number, at, status, error, form, detail)
  VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE delivery = ?1), ?2, ?3, ?4, ?5, ?6)`;

const SELECT = `SELECT number, at, status, error, detail, request FROM attempts
  LEFT JOIN attempt_forms ON attempt_forms.id = form WHERE delivery = ? ORDER BY number`;

const DAY = 86_400_000;

/** The detail of an attempt whose request is a form, as it is stored. */
type Stored = Omit<AttemptDetail, "request"> & { readonly sent: SentNumbers };

/** The record of requests. */
export class Attempts {
  readonly #deliveries: Deliveries;
  /** Forms that are in the database, and the day on which they were last used. */
  readonly #kept = new Map<number, number>();

  constructor(deliveries: Deliveries) {
    this.#deliveries = deliveries;
  }

  /** @param at its beginning, epoch ms */
  record(tx: Transaction, seq: number, at: number, { status, error, form, detail }: Outcome): void {
    if (form !== undefined) this.#keep(tx, form, at);
    tx.run(INSERT, seq, at, status, error, form?.id ?? null, detail);
  }

  /** Of a delivery, oldest first. */
  of(seq: number): Attempt[] {
    const delivery = this.#deliveries.get(seq);
    if (delivery === undefined) return [];
    return this.#deliveries.read.all(SELECT, seq).map((row) => attemptOfRow(row, delivery));
  }

  /** As long as attempts may refer to it: that it is used is written once a day. */
  #keep(tx: Transaction, { id, text }: AttemptForm, at: number): void {
    const day = Math.floor(at / DAY);
    if (this.#kept.get(id) === day) return;
    tx.run(
      `INSERT INTO attempt_forms (id, request, used_at) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET used_at = max(used_at, excluded.used_at)`,
      id,
      text,
      day * DAY,
    );
    tx.afterCommit(() => this.#kept.set(id, day));
  }
}

function attemptOfRow(row: Row, delivery: Delivery): Attempt {
  return {
    number: Number(row.number),
    at: Number(row.at),
    status: row.status === null ? null : Number(row.status),
    error: row.error === null ? null : String(row.error),
    detail: detailOf(String(row.detail), row.request, delivery),
  };
}

function detailOf(text: string, form: unknown, delivery: Delivery): AttemptDetail {
  const detail = JSON.parse(text) as AttemptDetail | Stored;
  if (!("sent" in detail)) return detail;
  const { sent, ...outcome } = detail;
  return { request: typeof form === "string" ? filledForm(form, delivery, sent) : null, ...outcome };
}
