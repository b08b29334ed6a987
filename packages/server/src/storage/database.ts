import type { Logger } from "../support/index.ts";
import { ReelayError } from "../support/index.ts";
import { Checkpointer } from "./checkpointer.ts";
import { Connection, type Param, type Queries, type Row } from "./connection.ts";
import { checkFile } from "./file-check.ts";
import { type Migration, migrate } from "./migrate.ts";
import { type LongReadOptions, ReaderWorker } from "./reader.ts";
import { isDamaged, isOutOfService, storageError, unreadable } from "./sqlite-errors.ts";
import { type Transaction, UnitOfWork } from "./unit.ts";

/** `T`, unless `T` is a promise: a unit of work is synchronous, or another request's rows would get into it. */
export type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

export interface DatabaseOptions {
  readonly migrations: readonly Migration[];
  /** `normal`: what was acknowledged survives a killed process; `full`: also a power cut, each commit waits for the disk. */
  readonly durability?: "normal" | "full";
  readonly log: Logger;
  /**
   * Told when a statement finds the file damaged (from then on nothing is written), and when a write fails because of the
   * disk. It must not use the database.
   */
  readonly onTrouble?: (trouble: "damaged" | "unwritable", error: Error) => void;
  /** Told of the first commit after a write had failed. */
  readonly onRecovered?: () => void;
}

/** A unit that has run and waits for the COMMIT. */
interface Done {
  readonly settle: () => void;
  readonly reject: (error: unknown) => void;
  readonly preparations: readonly (() => void)[];
  readonly listeners: readonly (() => void)[];
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
  readonly #longReader: ReaderWorker;
  readonly #checkpointer: Checkpointer;
  readonly #options: DatabaseOptions;
  #done: Done[] = [];
  #damaged = false;
  #unwritable = false;
  #open = false;
  #inUnit = false;
  #hurried = false;
  #closing: Promise<void> | undefined;

  /** @throws REELAY_DATABASE_NEWER, REELAY_DATABASE_UNREADABLE; in both cases nothing was changed. */
  static open(path: string, options: DatabaseOptions): Database {
    // Before the first writing connection: opening one may already change a file that is not to be touched.
    checkFile(path, options.migrations);
    let writer: Connection | undefined;
    try {
      writer = new Connection(path, false);
      // auto_vacuum must come before the first table: it cannot be changed on a filled database without VACUUM. In memory is
      // what a SAVEPOINT keeps to roll back to: units are small, and a file would be written for each commit.
      writer.raw.exec(`PRAGMA auto_vacuum = INCREMENTAL;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = ${options.durability === "full" ? "FULL" : "NORMAL"};
        PRAGMA wal_autocheckpoint = 0;
        PRAGMA journal_size_limit = 67108864;
        PRAGMA cache_size = -16000;
        PRAGMA temp_store = MEMORY;`);
      migrate(writer.raw, path, options.migrations, options.log);
      writer.raw.exec("PRAGMA foreign_keys = ON");
      return new Database(path, writer, options);
    } catch (error) {
      writer?.raw.close();
      throw unreadable(path, error);
    }
  }

  private constructor(path: string, writer: Connection, options: DatabaseOptions) {
    this.path = path;
    this.#options = options;
    this.#writer = writer;
    this.#reader = new Connection(path, true, (error) => this.#readError(error));
    this.#longReader = new ReaderWorker(path, (error) => this.#readError(error));
    this.#checkpointer = new Checkpointer(writer, path, options.log);
    this.read = this.#reader;
    this.#log = options.log;
  }

  /** Nothing is written from now on: the file is damaged, and writing would spread it. */
  declareDamaged(error: Error): void {
    if (this.#damaged) return;
    this.#damaged = true;
    this.#options.onTrouble?.("damaged", error);
  }

  #readError(error: unknown): unknown {
    if (!isDamaged(error)) return error;
    this.declareDamaged(error as Error);
    return storageError(error);
  }

  #writeError(error: unknown): unknown {
    if (isDamaged(error)) this.declareDamaged(error as Error);
    if (isOutOfService(error)) {
      this.#unwritable = true;
      this.#options.onTrouble?.("unwritable", error as Error);
    }
    return storageError(error);
  }

  /**
   * Runs `fn` at once as one unit of work; resolves with its result after the COMMIT.
   * @throws what `fn` throws (only this unit is rolled back), or REELAY_STORAGE_READ_ONLY when the disk refuses.
   */
  transaction<T>(fn: (tx: Transaction) => Synchronous<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      try {
        const { value, preparations, listeners } = this.#runUnit(fn);
        this.#done.push({ settle: () => resolve(value), reject, preparations, listeners });
      } catch (error) {
        reject(this.#writeError(error));
      }
    });
  }

  /**
   * As {@link transaction}, with its COMMIT as soon as the running code is over, not at the end of the turn: for what somebody
   * waits for. What was written before in this turn is committed with it. Once in a turn: where much is wanted soon, all but
   * the first share the COMMIT at the end.
   */
  soon<T>(fn: (tx: Transaction) => Synchronous<T>): Promise<T> {
    const done = this.transaction(fn);
    if (!this.#hurried) {
      this.#hurried = true;
      queueMicrotask(() => {
        if (!this.#inUnit) this.#commit();
      });
      setImmediate(() => {
        this.#hurried = false;
      });
    }
    return done;
  }

  #runUnit<T>(fn: (tx: Transaction) => Synchronous<T>): { value: T } & Pick<Done, "preparations" | "listeners"> {
    if (this.#closing !== undefined) throw new ReelayError("REELAY_SHUTTING_DOWN");
    if (this.#damaged) throw new ReelayError("REELAY_DATABASE_DAMAGED");
    if (this.#inUnit) throw new Error("transaction() inside a unit of work: hand the Transaction on instead");
    const db = this.#writer;
    this.#begin();
    db.prepare("SAVEPOINT unit").run();
    this.#inUnit = true;
    const unit = new UnitOfWork(db);
    try {
      const value = fn(unit);
      if (isThenable(value)) {
        // Nobody waits for it: its own failure must not end the process.
        value.then(undefined, () => undefined);
        throw new Error("a unit of work must be synchronous, but returned a promise");
      }
      // Also when `fn` caught it: what the unit wrote before is gone.
      if (unit.lost !== undefined) throw unit.lost.error;
      db.prepare("RELEASE unit").run();
      return { value: value as T, preparations: unit.preparations, listeners: unit.listeners };
    } catch (error) {
      this.#rollBackUnit(unit.lost?.error ?? error);
      throw error;
    } finally {
      unit.end();
      this.#inUnit = false;
    }
  }

  #begin(): void {
    if (this.#open) return;
    this.#writer.prepare("BEGIN IMMEDIATE").run();
    this.#open = true;
    setImmediate(() => this.#commit());
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
    if (isOutOfService(error)) this.#log.error({ err: error }, "the database cannot be written");
    this.#open = false;
    const done = this.#done;
    this.#done = [];
    const reason = this.#writeError(error);
    for (const unit of done) unit.reject(reason);
  }

  #commit(): void {
    if (!this.#open) return;
    this.#prepare();
    // Where one of them met a full disk, nothing is left to be committed.
    if (!this.#open) return;
    try {
      this.#writer.prepare("COMMIT").run();
    } catch (error) {
      if (this.#writer.raw.isTransaction) this.#writer.prepare("ROLLBACK").run();
      this.#failTurn(error);
      return;
    }
    this.#open = false;
    if (this.#unwritable) {
      this.#unwritable = false;
      this.#options.onRecovered?.();
    }
    const done = this.#done;
    this.#done = [];
    for (const unit of done) {
      for (const listener of unit.listeners) this.#tell(listener);
      unit.settle();
    }
    this.#checkpointer.committed();
  }

  /** What prepares runs units, which may prepare in turn. */
  #prepare(): void {
    // A disk that is full has perhaps room for the events alone.
    if (this.#unwritable) return;
    for (let at = 0; at < this.#done.length; at++) {
      for (const prepare of this.#done[at]?.preparations ?? []) this.#tell(prepare);
    }
  }

  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      // Whoever waits must learn of the COMMIT, whatever a listener does.
      this.#log.error({ err: error }, "a listener to a commit failed");
    }
  }

  /** For who writes much: to be awaited between transactions, so that the write-ahead log does not grow without end. */
  whenFolded(): Promise<void> {
    return this.#checkpointer.idle();
  }

  /**
   * A read that may be long, on a read-only connection in a worker: the event loop stays free.
   * @throws REELAY_QUERY_TOO_LONG past `timeoutMs`; the signal's reason when cancelled.
   */
  readLong(sql: string, params: readonly Param[], options: LongReadOptions): Promise<Row[]> {
    return this.#longReader.all(sql, params, options);
  }

  /** Commits what is open, folds the write-ahead log into the file and closes all connections. */
  close(): Promise<void> {
    if (this.#inUnit) throw new Error("close() inside a unit of work");
    if (this.#closing !== undefined) return this.#closing;
    const { promise, resolve } = Promise.withResolvers<void>();
    // Known before the last COMMIT: what its listeners would still write could not be committed any more.
    this.#closing = promise;
    this.#commit();
    resolve(this.#closeConnections());
    return promise;
  }

  async #closeConnections(): Promise<void> {
    await this.#longReader.close();
    await this.#checkpointer.close();
    this.#reader.raw.close();
    try {
      this.#writer.raw.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      // On a full disk: nothing is lost, the next start reads the write-ahead log.
      this.#log.warn({ err: error }, "the write-ahead log could not be folded into the database");
    }
    this.#writer.raw.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    "then" in value &&
    typeof value.then === "function"
  );
}
