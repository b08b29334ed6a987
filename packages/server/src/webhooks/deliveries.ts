import type { WebhookEventName } from "@reelay/protocol";
import type { Database, Queries, Row, Transaction } from "../storage/index.ts";
import type { Delivery, DeliveryState, NewDelivery, NewMessage, StoredMessage } from "./delivery.ts";
import { deliveryColumns, deliveryOfRow } from "./delivery-row.ts";

const INSERT_MESSAGE = `INSERT INTO messages (event_id, name, account_id, subject, player, snapshot, payload, event_time)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

const INSERT = `INSERT INTO deliveries (id, hook_id, message, created_at, state, due_at, expires_at)
  VALUES (?, ?, ?, ?, 'waiting', ?, ?) ON CONFLICT DO NOTHING`;

/** Of a waiting delivery: what its lane needs. */
export interface WaitingRow {
  readonly seq: number;
  readonly hookId: string;
  readonly name: WebhookEventName;
  readonly subject: string;
  readonly player: string | null;
  readonly dueAt: number;
  readonly attempts: number;
  /** Somebody waits for it: it goes out at once, also to a receiver that is left alone. */
  readonly asked?: true;
}

/** A delivery that will not be sent any more. */
export interface EndedRow {
  readonly seq: number;
  readonly hookId: string;
}

/** A delivery that was just planned, whole: it need not be read back. */
export interface PlannedDelivery {
  readonly row: WaitingRow;
  readonly delivery: Delivery;
}

/** The queue of deliveries: what waits, and how the rest has ended. */
export class Deliveries {
  readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  get read(): Queries {
    return this.database.read;
  }

  /** Once for all hooks of an account; one that is there already stays as it is, and is what they are sent. */
  message(tx: Transaction, told: NewMessage): StoredMessage {
    const { eventId, name, accountId, subject, player, snapshot, payload, eventTime } = told;
    const { changes, lastId } = tx.run(
      INSERT_MESSAGE,
      ...[eventId, name, accountId, subject, player, snapshot, payload, eventTime],
    );
    if (changes === 1) return { message: lastId, eventId, name, subject, player, snapshot, payload, eventTime };
    const before = tx.get(
      "SELECT id, payload FROM messages WHERE event_id = ? AND name = ? AND account_id = ?",
      ...[eventId, name, accountId],
    );
    const stored = { message: Number(before?.id), payload: String(before?.payload) };
    return { eventId, name, subject, player, snapshot, eventTime, ...stored };
  }

  /** @returns undefined when this message was planned for this hook before */
  insert(tx: Transaction, message: StoredMessage, one: NewDelivery): PlannedDelivery | undefined {
    const { id, hookId, createdAt, dueAt, expiresAt } = one;
    const { changes, lastId } = tx.run(INSERT, id, hookId, message.message, createdAt, dueAt, expiresAt);
    if (changes === 0) return undefined;
    const { name, subject, player } = message;
    return {
      row: { seq: lastId, hookId, name, subject, player, dueAt, attempts: 0 },
      delivery: {
        ...message,
        ...{ seq: lastId, id, hookId, createdAt, dueAt, expiresAt },
        ...{ state: "waiting", attempts: 0, reason: null, endedAt: null },
      },
    };
  }

  get(seq: number): Delivery | undefined {
    const row = this.read.get(`SELECT ${deliveryColumns} FROM told_deliveries WHERE seq = ?`, seq);
    return row && deliveryOfRow(row);
  }

  isWaiting(seq: number): boolean {
    return this.read.get("SELECT 1 FROM deliveries WHERE seq = ? AND state = 'waiting'", seq) !== undefined;
  }

  find(id: string): Delivery | undefined {
    const row = this.read.get(`SELECT ${deliveryColumns} FROM told_deliveries WHERE id = ?`, id);
    return row && deliveryOfRow(row);
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
    // With the plus, what waits is found by its index, and not in the whole record from its end.
    const row = this.read.get(`SELECT max(created_at) AS newest FROM deliveries WHERE seq IN
      (SELECT seq FROM deliveries WHERE state = 'waiting' ORDER BY +seq DESC LIMIT 1000)`);
    return Number(row?.newest ?? 0);
  }

  /** What waits for a hook, oldest first. */
  waiting(hookId: string, after: number, limit: number): WaitingRow[] {
    return this.read
      .all(
        `SELECT seq, hook_id, name, subject, player, due_at, attempts FROM told_deliveries
         WHERE hook_id = ? AND state = 'waiting' AND seq > ? ORDER BY seq LIMIT ?`,
        hookId,
        after,
        limit,
      )
      .map(waitingOfRow);
  }

  /** Waits again after a failure; one that has ended meanwhile stays as it is. */
  failed(tx: Transaction, seq: number, dueAt: number): void {
    tx.run("UPDATE deliveries SET attempts = attempts + 1, due_at = ? WHERE seq = ? AND state = 'waiting'", dueAt, seq);
  }

  /** Whatever has become of it meanwhile: the receiver has it. */
  delivered(tx: Transaction, seq: number, now: number): void {
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
           reason = 'older than ' || ((expires_at - (SELECT event_time FROM messages WHERE id = message)) / 1000)
             || ' s, the oldest that its hook wants'
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

  /** Ends what waits of a player's live events, because something newer has happened. */
  supersede(
    tx: Transaction,
    newer: { readonly hookId: string; readonly player: string; readonly eventId: string },
    names: readonly WebhookEventName[],
    reason: string,
    now: number,
  ): EndedRow[] {
    return tx
      .all(
        `UPDATE deliveries SET state = 'superseded', due_at = NULL, ended_at = ?, reason = ?
         WHERE hook_id = ? AND state = 'waiting' AND (SELECT player = ? AND event_id IS NOT ?
           AND name IN (SELECT value FROM json_each(?)) FROM messages WHERE messages.id = deliveries.message)
         RETURNING seq, hook_id`,
        now,
        reason,
        newer.hookId,
        newer.player,
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
         WHERE hook_id = ? AND state = 'waiting' AND attempts = 0 AND due_at > ?
           AND (SELECT player = ? AND event_time >= ? AND name IN ('media.stop', 'media.pause')
             FROM messages WHERE messages.id = deliveries.message)
         RETURNING seq, hook_id`,
        now,
        reason,
        play.hookId,
        now,
        play.player,
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
