import type { SQLInputValue } from "node:sqlite";
import type { Connection, Param, Queries, Row } from "./connection.ts";

/** The one writer, inside a unit of work. Valid only until the function that it was given to returns. */
export interface Transaction extends Queries {
  run(sql: string, ...params: readonly Param[]): { readonly changes: number; readonly lastId: number };
  /**
   * Calls `fn` right before the COMMIT, when this unit has run: what it writes, as units of their own, is committed
   * together with this one. What fails there does not concern this unit. Not for long work: others wait.
   */
  beforeCommit(fn: () => void): void;
  /** Calls `fn` after the COMMIT that makes this unit durable, before its promise resolves; never after a rollback. */
  afterCommit(fn: () => void): void;
}

/** A {@link Transaction} that knows when it is over. */
export class UnitOfWork implements Transaction {
  readonly preparations: (() => void)[] = [];
  readonly listeners: (() => void)[] = [];
  /**
   * The error at which SQLite gave up the whole transaction (a full disk, an I/O error). From then on each statement
   * would be a transaction of its own and stay, although the unit has failed: none is let through.
   */
  lost: { readonly error: unknown } | undefined;
  readonly #db: Connection;
  #over = false;

  constructor(db: Connection) {
    this.#db = db;
  }

  get(sql: string, ...params: readonly Param[]): Row | undefined {
    this.#check();
    try {
      return this.#db.get(sql, ...params);
    } catch (error) {
      throw this.#noted(error);
    }
  }

  all(sql: string, ...params: readonly Param[]): Row[] {
    this.#check();
    try {
      return this.#db.all(sql, ...params);
    } catch (error) {
      throw this.#noted(error);
    }
  }

  run(sql: string, ...params: readonly Param[]): { changes: number; lastId: number } {
    this.#check();
    try {
      const { changes, lastInsertRowid } = this.#db.prepare(sql).run(...(params as SQLInputValue[]));
      return { changes: Number(changes), lastId: Number(lastInsertRowid) };
    } catch (error) {
      throw this.#noted(error);
    }
  }

  beforeCommit(fn: () => void): void {
    this.#check();
    this.preparations.push(fn);
  }

  afterCommit(fn: () => void): void {
    this.#check();
    this.listeners.push(fn);
  }

  end(): void {
    this.#over = true;
  }

  #check(): void {
    if (this.#over) throw new Error("a Transaction was used after its unit of work had ended");
    if (this.lost !== undefined) throw this.lost.error;
  }

  #noted(error: unknown): unknown {
    if (!this.#db.raw.isTransaction) this.lost ??= { error };
    return error;
  }
}
