import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Database, Queries } from "../storage/index.ts";
import { ReelayError, randomHex, systemCode } from "../support/index.ts";
import { highestSeq } from "./local-log.ts";

/**
 * The mark is a small file beside the database that says how far the log had come. A database that is behind its mark,
 * or that knows nothing of the start that the mark tells of, is an older copy that was put back: then the epoch is
 * renewed, so that no client takes a position of the lost history for one of the new.
 */
interface Mark {
  /** The start that wrote it. */
  readonly startId: string;
  /** Written before the database learns of a new start, so that a crash between the two is no restore. */
  readonly nextStartId?: string;
  readonly epoch: string;
  readonly seq: number;
  /** Which boot of the operating system wrote it. */
  readonly bootId: string;
  /** Whether the server ended in order. */
  readonly clean: boolean;
}

/** Why the epoch was renewed at a start; undefined when it was not. */
export type Renewal = "restored" | "mark-missing" | "power-cut";

export class PositionMark {
  readonly #path: string;
  readonly #startId: string;
  readonly #bootId: string;
  readonly epoch: string;
  readonly renewed: Renewal | undefined;
  #written = -1;

  private constructor(path: string, startId: string, bootId: string, epoch: string, renewed: Renewal | undefined) {
    this.#path = path;
    this.#startId = startId;
    this.#bootId = bootId;
    this.epoch = epoch;
    this.renewed = renewed;
  }

  /**
   * Compares database and mark, renews the epoch where it must, and begins a new start.
   * @throws REELAY_STORAGE_READ_ONLY
   */
  static async open(database: Database, path: string, bootId = systemBootId()): Promise<PositionMark> {
    const found = readMark(path);
    const seq = highestSeq(database.read);
    const known = meta(database.read, "epoch");
    const renewed = known === undefined ? undefined : renewal(database.read, found, seq, bootId);
    const epoch = known === undefined || renewed !== undefined ? randomHex(8) : known;
    const startId = randomHex(8);
    if (found !== undefined) writeMark(path, { ...found, nextStartId: startId });
    await database.transaction((tx) => {
      if (known !== undefined && renewed !== undefined) {
        tx.run("INSERT INTO epochs (epoch, last_seq) VALUES (?, ?)", known, seq);
      }
      tx.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('epoch', ?)", epoch);
      tx.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('start_id', ?)", startId);
    });
    const mark = new PositionMark(path, startId, bootId, epoch, renewed);
    writeMark(path, mark.#at(seq, false));
    mark.#written = seq;
    return mark;
  }

  /**
   * Each second and after the last commit of an ordered end. Only committed numbers may be written.
   * @returns false when the disk refuses: the mark stays behind, which is safe, and the next second tries again
   */
  write(seq: number, clean = false): boolean {
    if (seq === this.#written && !clean) return true;
    try {
      writeMark(this.#path, this.#at(seq, clean));
    } catch (error) {
      if (error instanceof ReelayError) return false;
      throw error;
    }
    this.#written = seq;
    return true;
  }

  #at(seq: number, clean: boolean): Mark {
    return { startId: this.#startId, epoch: this.epoch, seq, bootId: this.#bootId, clean };
  }
}

function renewal(queries: Queries, mark: Mark | undefined, seq: number, bootId: string): Renewal | undefined {
  if (mark === undefined) return "mark-missing";
  const startId = meta(queries, "start_id");
  if (startId !== mark.startId && startId !== mark.nextStartId) return "restored";
  // With synchronous=NORMAL a power cut may take the last commits although their positions were told.
  if (!mark.clean && mark.bootId !== bootId) return "power-cut";
  return seq < mark.seq ? "restored" : undefined;
}

function meta(queries: Queries, key: string): string | undefined {
  const value = queries.get("SELECT value FROM meta WHERE key = ?", key)?.value;
  return value === undefined ? undefined : String(value);
}

function systemBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "unknown"; // Not Linux: a power cut is then not told apart from a crash.
  }
}

function readMark(path: string): Mark | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isMark(value) ? value : undefined;
  } catch {
    return undefined; // Missing or damaged: the safe answer is a new epoch.
  }
}

function isMark(value: unknown): value is Mark {
  if (typeof value !== "object" || value === null) return false;
  const mark = value as Record<string, unknown>;
  return (
    typeof mark.startId === "string" &&
    typeof mark.epoch === "string" &&
    Number.isSafeInteger(mark.seq) &&
    typeof mark.bootId === "string" &&
    typeof mark.clean === "boolean"
  );
}

function writeMark(path: string, mark: Mark): void {
  try {
    writeFileSync(`${path}.new`, JSON.stringify(mark), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    throw new ReelayError("REELAY_STORAGE_READ_ONLY", `${path} cannot be written.`, { cause: error });
  }
}
