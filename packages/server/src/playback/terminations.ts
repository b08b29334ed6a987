import type { Database, Row, Transaction } from "../storage/index.ts";
import type { TimelineReport } from "./timeline-report.ts";

/** A player that does not know after so long that its session was ended has gone, or plays the same again. */
const KEPT_MS = 180_000;

/** A session that an administrator has ended. */
export interface Termination {
  readonly sessionId: string;
  readonly accountId: number;
  readonly clientIdentifier: string;
  readonly itemId: number;
  readonly reason: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Which players have yet to learn that their session was ended: each is told in the answers to its reports. */
export class Terminations {
  readonly #byPlayer = new Map<string, Termination>();

  constructor(database: Database) {
    for (const row of database.read.all("SELECT * FROM terminations")) {
      const termination = fromRow(row);
      this.#byPlayer.set(playerKey(termination.accountId, termination.clientIdentifier), termination);
    }
  }

  add(tx: Transaction, termination: Termination): void {
    const { sessionId, accountId, clientIdentifier, itemId, reason, at } = termination;
    tx.run(
      `INSERT OR REPLACE INTO terminations (session_id, account_id, client_identifier, item_id, reason, at)
       VALUES (?, ?, ?, ?, ?, ?)`,
      sessionId,
      accountId,
      clientIdentifier,
      itemId,
      reason,
      at,
    );
    tx.afterCommit(() => this.#byPlayer.set(playerKey(accountId, clientIdentifier), termination));
  }

  /** The termination that a report runs into. */
  of({ accountId, player, itemId, sessionId }: TimelineReport, now: number): Termination | undefined {
    const termination = this.#byPlayer.get(playerKey(accountId, player.uuid));
    if (termination === undefined || Math.abs(now - termination.at) > KEPT_MS) return undefined;
    const another = termination.itemId !== itemId || (sessionId !== undefined && sessionId !== termination.sessionId);
    return another ? undefined : termination;
  }

  /** The player has stopped, or begun another playback. */
  forget(tx: Transaction, accountId: number, clientIdentifier: string): void {
    const key = playerKey(accountId, clientIdentifier);
    if (!this.#byPlayer.has(key)) return;
    tx.run("DELETE FROM terminations WHERE account_id = ? AND client_identifier = ?", accountId, clientIdentifier);
    tx.afterCommit(() => this.#byPlayer.delete(key));
  }

  /** Forgets those whose players never came back. */
  forgetOld(tx: Transaction, now: number): void {
    for (const { accountId, clientIdentifier, at } of [...this.#byPlayer.values()]) {
      if (Math.abs(now - at) > KEPT_MS) this.forget(tx, accountId, clientIdentifier);
    }
  }

  /** Whether {@link forgetOld} has something to do. */
  hasOld(now: number): boolean {
    return [...this.#byPlayer.values()].some(({ at }) => Math.abs(now - at) > KEPT_MS);
  }
}

/** A player of two accounts counts as two. */
export function playerKey(accountId: number, clientIdentifier: string): string {
  return `${accountId} ${clientIdentifier}`;
}

function fromRow(row: Row): Termination {
  return {
    sessionId: String(row.session_id),
    accountId: Number(row.account_id),
    clientIdentifier: String(row.client_identifier),
    itemId: Number(row.item_id),
    reason: String(row.reason),
    at: Number(row.at),
  };
}
