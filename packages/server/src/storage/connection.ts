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

  constructor(path: string, readOnly: boolean) {
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
    return this.prepare(sql).get(...(params as SQLInputValue[])) as Row | undefined;
  }

  all(sql: string, ...params: readonly Param[]): Row[] {
    return this.prepare(sql).all(...(params as SQLInputValue[])) as Row[];
  }

  #keep(sql: string, statement: StatementSync): void {
    const [oldest] = this.#statements.keys();
    if (oldest !== undefined && this.#statements.size >= KEPT_STATEMENTS) this.#statements.delete(oldest);
    this.#statements.set(sql, statement);
  }
}
