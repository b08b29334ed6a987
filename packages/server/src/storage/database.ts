import { existsSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Logger } from "../support/index.ts";
import { ReelayError } from "../support/index.ts";
import { type Migration, migrate } from "./migrate.ts";
import { type LongReadOptions, ReaderWorker } from "./reader.ts";
import { isOutOfService, storageError } from "./sqlite-errors.ts";

export type Row = Readonly<Record<string, null | number | string | Uint8Array>>;
export type Param = null | number | string | Uint8Array;

/** What can be asked of a connection. Statements are prepared once per connection and text. */
export interface Queries {
  get(sql: string, ...params: readonly Param[]): Row | undefined;
  all(sql: string, ...params: readonly Param[]): Row[];
}

/** The one writer, inside a unit of work. Valid only until the function that it was given to returns. */
export interface Transaction extends Queries {
  run(sql: string, ...params: readonly Param[]): { readonly changes: number; readonly lastId: number };
  /** Calls `fn` after the COMMIT that makes this unit durable, before its promise resolves; never after a rollback. */
  afterCommit(fn: () => void): void;
}

/** `T`, unless `T` is a promise: a unit of work is synchronous, or another request's rows would get into it. */
export type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

export interface DatabaseOptions {
  readonly migrations: readonly Migration[];
  /** `normal`: what was acknowledged survives a killed process; `full`: also a power cut, each commit waits for the disk. */
  readonly durability?: "normal" | "full";
  readonly log: Logger;
}

interface Unit {
  readonly settle: () => void;
  readonly reject: (error: unknown) => void;
  readonly afterCommit: readonly (() => void)[];
}

class Connection implements Queries {
  readonly raw: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, readOnly: boolean) {
    this.raw = new DatabaseSync(path, { readOnly, timeout: 5_000 });
  }

  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.raw.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  get(sql: string, ...params: readonly Param[]): Row | undefined {
    return this.prepare(sql).get(...(params as SQLInputValue[])) as Row | undefined;
  }

  all(sql: string, ...params: readonly Param[]): Row[] {
    return this.prepare(sql).all(...(params as SQLInputValue[])) as Row[];
  }
}

/**
 * The store: one SQLite file, one writing connection on this thread.
 *
 * Units of work run as SAVEPOINTs in one transaction per event-loop turn (group commit): a failed unit rolls back only
 * itself, and every promise settles after the COMMIT, so what a caller was told is on its way to the disk.
 */
export class Database implements AsyncDisposable {
  readonly path: string;
  /** Short reads on this thread: sees only what is committed. Longer ones go through {@link readLong}. */
  readonly read: Queries;
  readonly #writer: Connection;
  readonly #reader: Connection;
  readonly #log: Logger;
  #longReader: ReaderWorker | undefined;
  #units: Unit[] = [];
  #open = false;
  #inUnit = false;
  #closed = false;

  static open(path: string, options: DatabaseOptions): Database {
    const existed = existsSync(path);
    let writer: Connection;
    try {
      writer = new Connection(path, false);
      // Must come before the first table: it cannot be changed on a filled database without VACUUM.
      if (!existed) writer.raw.exec("PRAGMA auto_vacuum = INCREMENTAL");
      writer.raw.exec(`PRAGMA journal_mode = WAL;
        PRAGMA synchronous = ${options.durability === "full" ? "FULL" : "NORMAL"};
        PRAGMA foreign_keys = ON;
        PRAGMA journal_size_limit = 67108864;
        PRAGMA cache_size = -16000;`);
    } catch (error) {
      throw new ReelayError("REELAY_DATABASE_UNREADABLE", `${path}: ${(error as Error).message}`, { cause: error });
    }
    try {
      migrate(writer.raw, path, options.migrations, options.log);
      return new Database(path, writer, options.log);
    } catch (error) {
      writer.raw.close();
      throw error;
    }
  }

  private constructor(path: string, writer: Connection, log: Logger) {
    this.path = path;
    this.#writer = writer;
    this.#reader = new Connection(path, true);
    this.read = this.#reader;
    this.#log = log;
  }

  /**
   * Runs `fn` at once as one unit of work; resolves with its result after the COMMIT.
   * @throws what `fn` throws (only this unit is rolled back), or REELAY_STORAGE_READ_ONLY when the disk refuses.
   */
  transaction<T>(fn: (tx: Transaction) => Synchronous<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const afterCommit: (() => void)[] = [];
      try {
        const value = this.#runUnit(fn, afterCommit);
        this.#units.push({ settle: () => resolve(value), reject, afterCommit });
      } catch (error) {
        reject(storageError(error));
      }
    });
  }

  #runUnit<T>(fn: (tx: Transaction) => Synchronous<T>, afterCommit: (() => void)[]): T {
    if (this.#closed) throw new ReelayError("REELAY_SHUTTING_DOWN");
    if (this.#inUnit) throw new Error("transaction() inside a unit of work: hand the Transaction on instead");
    const db = this.#writer;
    if (!this.#open) {
      db.prepare("BEGIN IMMEDIATE").run();
      this.#open = true;
      setImmediate(() => this.#commit());
    }
    db.prepare("SAVEPOINT unit").run();
    this.#inUnit = true;
    let live = true;
    const use = <R>(work: () => R): R => {
      if (!live) throw new Error("a Transaction was used after its unit of work had ended");
      return work();
    };
    try {
      const value = fn({
        get: (sql, ...params) => use(() => db.get(sql, ...params)),
        all: (sql, ...params) => use(() => db.all(sql, ...params)),
        run: (sql, ...params) =>
          use(() => {
            const { changes, lastInsertRowid } = db.prepare(sql).run(...(params as SQLInputValue[]));
            return { changes: Number(changes), lastId: Number(lastInsertRowid) };
          }),
        afterCommit: (work) => use(() => afterCommit.push(work)),
      });
      if (isThenable(value)) throw new Error("a unit of work must be synchronous, but returned a promise");
      db.prepare("RELEASE unit").run();
      return value as T;
    } catch (error) {
      this.#rollBackUnit(error);
      throw error;
    } finally {
      live = false;
      this.#inUnit = false;
    }
  }

  #rollBackUnit(error: unknown): void {
    // A full disk or an I/O error makes SQLite roll back the whole transaction: then nobody in this turn may be told «done».
    if (!this.#writer.raw.isTransaction) {
      this.#failTurn(error);
      return;
    }
    this.#writer.prepare("ROLLBACK TO unit").run();
    this.#writer.prepare("RELEASE unit").run();
  }

  #failTurn(error: unknown): void {
    this.#open = false;
    const units = this.#units;
    this.#units = [];
    for (const unit of units) unit.reject(storageError(error));
  }

  #commit(): void {
    if (!this.#open) return;
    try {
      this.#writer.prepare("COMMIT").run();
    } catch (error) {
      if (this.#writer.raw.isTransaction) this.#writer.prepare("ROLLBACK").run();
      if (isOutOfService(error)) this.#log.error({ err: error }, "the database cannot be written");
      this.#failTurn(error);
      return;
    }
    this.#open = false;
    const units = this.#units;
    this.#units = [];
    for (const unit of units) {
      for (const work of unit.afterCommit) {
        try {
          work();
        } catch (error) {
          // The rows are committed: whoever waits must learn that, whatever a listener does.
          this.#log.error({ err: error }, "a listener failed after a commit");
        }
      }
      unit.settle();
    }
  }

  /**
   * A read that may be long, on a read-only connection in a worker: the event loop stays free.
   * @throws REELAY_QUERY_TOO_LONG past `timeoutMs`; the signal's reason when cancelled.
   */
  readLong(sql: string, params: readonly Param[], options: LongReadOptions): Promise<Row[]> {
    this.#longReader ??= new ReaderWorker(this.path);
    return this.#longReader.all(sql, params, options);
  }

  /** Commits what is open, folds the write-ahead log into the file and closes all connections. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#commit();
    this.#closed = true;
    await this.#longReader?.close();
    this.#reader.raw.close();
    this.#writer.raw.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#writer.raw.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
