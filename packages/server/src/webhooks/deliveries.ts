import type { WebhookEventName } from "@reelay/protocol";
import type { Database, Queries, Row, Transaction } from "../storage/index.ts";
import type { Attempt, AttemptDetail, Delivery, DeliveryState, NewDelivery } from "./delivery.ts";

const COLUMNS = `seq, id, hook_id, event_id, name, subject, player, snapshot, payload, event_time, created_at, state,
  due_at, expires_at, attempts, reason, ended_at`;

const INSERT = `INSERT INTO deliveries (id, hook_id, event_id, name, subject, player, snapshot, payload, event_time,
  created_at, state, due_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)
  ON CONFLICT DO NOTHING`;

const INSERT_ATTEMPT = `INSERT INTO attempts (delivery, number, at, status, error, detail)
  SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ? FROM attempts WHERE delivery = ?`;

/** Of a waiting delivery: what its lane needs. */
export interface WaitingRow {
  readonly seq: number;
  readonly hookId: string;
  readonly name: WebhookEventName;
  readonly subject: string;
  readonly player: string | null;
  readonly dueAt: number;
  readonly attempts: number;
}

/** A delivery that will not be sent any more. */
export interface EndedRow {
  readonly seq: number;
  readonly hookId: string;
}

/** What came of an attempt. */
export interface AttemptRow {
  readonly at: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly detail: AttemptDetail;
}

/** The queue of deliveries and the record of what was done with them. */
export class Deliveries {
  readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  get read(): Queries {
    return this.database.read;
  }

  /** @returns undefined when this event was planned for this hook before */
  insert(tx: Transaction, one: NewDelivery): { readonly row: WaitingRow; readonly delivery: Delivery } | undefined {
    const { hookId, name, subject, player, dueAt } = one;
    const { changes, lastId } = tx.run(
      INSERT,
      one.id,
      hookId,
      one.eventId,
      name,
      subject,
      player,
      one.snapshot,
      one.payload,
      one.eventTime,
      one.createdAt,
      dueAt,
      one.expiresAt,
    );
    if (changes === 0) return undefined;
    const fresh = { seq: lastId, attempts: 0 };
    return {
      row: { ...fresh, hookId, name, subject, player, dueAt },
      delivery: { ...one, ...fresh, state: "waiting", reason: null, endedAt: null },
    };
  }

  get(seq: number): Delivery | undefined {
    const row = this.read.get(`SELECT ${COLUMNS} FROM deliveries WHERE seq = ?`, seq);
    return row && deliveryOfRow(row);
  }

  find(id: string): Delivery | undefined {
    const row = this.read.get(`SELECT ${COLUMNS} FROM deliveries WHERE id = ?`, id);
    return row && deliveryOfRow(row);
  }

  attempts(seq: number): Attempt[] {
    return this.read
      .all("SELECT number, at, status, error, detail FROM attempts WHERE delivery = ? ORDER BY number", seq)
      .map((row) => ({
        number: Number(row.number),
        at: Number(row.at),
        status: row.status === null ? null : Number(row.status),
        error: row.error === null ? null : String(row.error),
        detail: JSON.parse(String(row.detail)) as AttemptDetail,
      }));
  }

  /** Hooks for which something waits. */
  waitingHooks(): string[] {
    return this.read
      .all("SELECT DISTINCT hook_id FROM deliveries WHERE state = 'waiting'")
      .map((row) => String(row.hook_id));
  }

  countWaiting(): number {
    return Number(this.read.get("SELECT count(*) AS n FROM deliveries WHERE state = 'waiting'")?.n ?? 0);
  }

  /** The newest creation among what waits: later than now when the clock was set back. */
  newestWaiting(): number {
    const row = this.read.get(`SELECT max(created_at) AS newest FROM
      (SELECT created_at FROM deliveries WHERE state = 'waiting' ORDER BY seq DESC LIMIT 1000)`);
    return Number(row?.newest ?? 0);
  }

  /** What waits for a hook, oldest first. */
  waiting(hookId: string, after: number, limit: number): WaitingRow[] {
    return this.read
      .all(
        `SELECT seq, hook_id, name, subject, player, due_at, attempts FROM deliveries
         WHERE hook_id = ? AND state = 'waiting' AND seq > ? ORDER BY seq LIMIT ?`,
        hookId,
        after,
        limit,
      )
      .map(waitingOfRow);
  }

  /** Waits again after a failure; one that has ended meanwhile stays as it is. */
  failed(tx: Transaction, seq: number, attempt: AttemptRow, dueAt: number): void {
    this.#attempted(tx, seq, attempt);
    tx.run("UPDATE deliveries SET attempts = attempts + 1, due_at = ? WHERE seq = ? AND state = 'waiting'", dueAt, seq);
  }

  /** Whatever has become of it meanwhile: the receiver has it. */
  delivered(tx: Transaction, seq: number, attempt: AttemptRow, now: number): void {
    this.#attempted(tx, seq, attempt);
    tx.run(
      `UPDATE deliveries SET state = 'delivered', attempts = attempts + 1, due_at = NULL, reason = NULL, ended_at = ?
       WHERE seq = ?`,
      now,
      seq,
    );
  }

  end(tx: Transaction, seq: number, state: DeliveryState, reason: string, now: number): void {
    tx.run(
      "UPDATE deliveries SET state = ?, reason = ?, due_at = NULL, ended_at = ? WHERE seq = ? AND state = 'waiting'",
      state,
      reason,
      now,
      seq,
    );
  }

  /** Ends what is too old by now, at most `limit`. @returns those that ended */
  expire(tx: Transaction, now: number, limit: number): EndedRow[] {
    return tx
      .all(
        `UPDATE deliveries SET state = 'expired', due_at = NULL, ended_at = ?,
           reason = 'older than ' || ((expires_at - event_time) / 1000) || ' s, the oldest that its hook wants'
         WHERE seq IN (SELECT seq FROM deliveries WHERE state = 'waiting' AND expires_at <= ? LIMIT ?)
         RETURNING seq, hook_id`,
        now,
        now,
        limit,
      )
      .map(endedOfRow);
  }

  /** Whether {@link expire} would find any. */
  anyExpired(now: number): boolean {
    return (
      this.read.get("SELECT 1 FROM deliveries WHERE state = 'waiting' AND expires_at <= ? LIMIT 1", now) !== undefined
    );
  }

  /** Ends what waits for a hook that is disabled or gone. @returns how many; less than `limit` when none is left */
  drop(tx: Transaction, hookId: string, reason: string, now: number, limit: number): number {
    return tx.run(
      `UPDATE deliveries SET state = 'dropped', due_at = NULL, ended_at = ?, reason = ?
       WHERE seq IN (SELECT seq FROM deliveries WHERE hook_id = ? AND state = 'waiting' LIMIT ?)`,
      now,
      reason,
      hookId,
      limit,
    ).changes;
  }

  /** Ends what waits of a player's live events, because a newer one is planned. */
  supersede(
    tx: Transaction,
    newer: { readonly hookId: string; readonly player: string; readonly seq: number; readonly eventId: string },
    names: readonly WebhookEventName[],
    reason: string,
    now: number,
  ): EndedRow[] {
    return tx
      .all(
        `UPDATE deliveries SET state = 'superseded', due_at = NULL, ended_at = ?, reason = ?
         WHERE hook_id = ? AND state = 'waiting' AND player = ? AND seq < ? AND event_id IS NOT ?
           AND name IN (SELECT value FROM json_each(?))
         RETURNING seq, hook_id`,
        now,
        reason,
        newer.hookId,
        newer.player,
        newer.seq,
        newer.eventId,
        JSON.stringify(names),
      )
      .map(endedOfRow);
  }

  /**
   * Ends the stops and pauses of a player that are still held.
   * @param since their events are no older than this
   */
  settle(
    tx: Transaction,
    play: { readonly hookId: string; readonly player: string; readonly since: number },
    reason: string,
    now: number,
  ): EndedRow[] {
    return tx
      .all(
        `UPDATE deliveries SET state = 'settled', due_at = NULL, ended_at = ?, reason = ?
         WHERE hook_id = ? AND state = 'waiting' AND player = ? AND attempts = 0 AND due_at > ? AND event_time >= ?
           AND name IN ('media.stop', 'media.pause')
         RETURNING seq, hook_id`,
        now,
        reason,
        play.hookId,
        play.player,
        now,
        play.since,
      )
      .map(endedOfRow);
  }

  /** Sends it once more, as new: under the same id, so that a receiver can tell. */
  again(tx: Transaction, seq: number, now: number, expiresAt: number | null): void {
    tx.run(
      `UPDATE deliveries SET state = 'waiting', due_at = ?, attempts = 0, expires_at = ?, reason = NULL, ended_at = NULL
       WHERE seq = ?`,
      now,
      expiresAt,
      seq,
    );
  }

  /** The clock was set back: what waits does not wait longer for it, and does not stay fresh longer. */
  shift(tx: Transaction, ms: number): void {
    tx.run("UPDATE deliveries SET due_at = due_at - ?, expires_at = expires_at - ? WHERE state = 'waiting'", ms, ms);
  }

  #attempted(tx: Transaction, seq: number, { at, status, error, detail }: AttemptRow): void {
    tx.run(INSERT_ATTEMPT, seq, at, status, error, JSON.stringify(detail), seq);
  }
}

function waitingOfRow(row: Row): WaitingRow {
  return {
    seq: Number(row.seq),
    hookId: String(row.hook_id),
    name: String(row.name) as WebhookEventName,
    subject: String(row.subject),
    player: row.player === null ? null : String(row.player),
    dueAt: Number(row.due_at),
    attempts: Number(row.attempts),
  };
}

function endedOfRow(row: Row): EndedRow {
  return { seq: Number(row.seq), hookId: String(row.hook_id) };
}

/** A row of the table `deliveries`, all columns. */
export function deliveryOfRow(row: Row): Delivery {
  const text = (value: unknown) => (value === null ? null : String(value));
  const number = (value: unknown) => (value === null ? null : Number(value));
  return {
    seq: Number(row.seq),
    id: String(row.id),
    hookId: String(row.hook_id),
    eventId: text(row.event_id),
    name: String(row.name) as WebhookEventName,
    subject: String(row.subject),
    player: text(row.player),
    snapshot: text(row.snapshot),
    payload: String(row.payload),
    eventTime: Number(row.event_time),
    createdAt: Number(row.created_at),
    state: String(row.state) as DeliveryState,
    dueAt: number(row.due_at),
    expiresAt: number(row.expires_at),
    attempts: Number(row.attempts),
    reason: text(row.reason),
    endedAt: number(row.ended_at),
  };
}

/** All columns of the table `deliveries`, for {@link deliveryOfRow}. */
export const deliveryColumns = COLUMNS;
