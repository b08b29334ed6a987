import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

export type Row = Readonly<Record<string, null | number | string | Uint8Array>>;
export type Param = null | number | string | Uint8Array;

/** What can be asked of a connection. Statements are prepared once per connection and text. */
export interface Queries {
  get(sql: string, ...params: readonly Param[]): Row | undefined;
  all(sql: string, ...params: readonly Param[]): Row[];
}

/** Statements kept prepared: far more than the server has, so that only texts made at run time are ever dropped. */
const KEPT_STATEMENTS = 500;

/** One SQLite connection with its prepared statements. */
export class Connection implements Queries {
  readonly raw: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  readonly #onError: ((error: unknown) => unknown) | undefined;

  /** @param onError sees every error of a statement; what it returns is thrown instead */
  constructor(path: string, readOnly: boolean, onError?: (error: unknown) => unknown) {
    this.#onError = onError;
    this.raw = new DatabaseSync(path, { readOnly, timeout: 5_000 });
  }

  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.raw.prepare(sql);
      this.#keep(sql, statement);
    }
    return statement;
  }

  get(sql: string, ...params: readonly Param[]): Row | undefined {
    try {
      return this.prepare(sql).get(...(params as SQLInputValue[])) as Row | undefined;
    } catch (error) {
      throw this.#seen(error);
    }
  }

  all(sql: string, ...params: readonly Param[]): Row[] {
    try {
      return this.prepare(sql).all(...(params as SQLInputValue[])) as Row[];
    } catch (error) {
      throw this.#seen(error);
    }
  }

  #seen(error: unknown): unknown {
    return this.#onError === undefined ? error : this.#onError(error);
  }

  #keep(sql: string, statement: StatementSync): void {
    const [oldest] = this.#statements.keys();
    if (oldest !== undefined && this.#statements.size >= KEPT_STATEMENTS) this.#statements.delete(oldest);
    this.#statements.set(sql, statement);
  }
}
