import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LocalEventLog, type MediaEvent, Outbox } from "../events/index.ts";
import { Database, shippedMigrations } from "../storage/index.ts";
import { createLogger, ManualClock } from "../support/index.ts";
import { Accounts } from "./index.ts";

const log = createLogger("silent");

/** Accounts on a real database, which can be closed and opened again. */
export interface AccountsRig {
  readonly accounts: Accounts;
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: ManualClock;
  readonly path: string;
  restart(): Promise<void>;
  /** Makes the database what an earlier version left: the owner, and tokens. */
  rewind(version: 2): Promise<void>;
  /** All that was told. */
  events(): Promise<readonly MediaEvent[]>;
  close(): Promise<void>;
}

export async function accountsRig(): Promise<AccountsRig> {
  const folder = mkdtempSync(join(tmpdir(), "reelay-accounts-"));
  const path = join(folder, "reelay.db");
  const clock = new ManualClock();
  const open = async () => {
    const database = Database.open(path, { migrations: shippedMigrations(), log });
    const eventLog = new LocalEventLog(database, "00000000000000aa");
    const outbox = new Outbox({
      clock,
      origin: "0".repeat(40),
      onCommitted: (entries) => eventLog.committed(entries),
    });
    return { database, eventLog, outbox, accounts: await Accounts.open({ database, outbox, clock, log }) };
  };
  let opened = await open();
  return {
    get accounts() {
      return opened.accounts;
    },
    get database() {
      return opened.database;
    },
    get outbox() {
      return opened.outbox;
    },
    clock,
    path,
    async restart() {
      await opened.database.close();
      opened = await open();
    },
    async rewind(version) {
      await opened.database.close();
      const tokens = rows(path, "SELECT hash, account_id, name, created_at, last_used_at FROM tokens");
      const [owner] = rows(path, "SELECT id, name, created_at FROM accounts WHERE id = 1");
      rmSync(path);
      await Database.open(path, {
        migrations: shippedMigrations().filter((migration) => migration.version <= version),
        log,
      }).close();
      insert(path, "accounts", [owner ?? {}]);
      insert(path, "tokens", tokens);
    },
    async events() {
      return (await opened.eventLog.read(0, 10_000)).map(({ event }) => event);
    },
    async close() {
      await opened.database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

type Row = Record<string, null | number | bigint | string | Uint8Array>;

function rows(path: string, sql: string): Row[] {
  using db = new DatabaseSync(path);
  return db.prepare(sql).all() as Row[];
}

function insert(path: string, table: string, all: readonly Row[]): void {
  using db = new DatabaseSync(path);
  for (const row of all) {
    const names = Object.keys(row);
    db.prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`).run(
      ...Object.values(row),
    );
  }
}
