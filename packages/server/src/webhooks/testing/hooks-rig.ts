import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalEventLog, type MediaEvent, Outbox } from "../../events/index.ts";
import { Database, shippedMigrations } from "../../storage/index.ts";
import { createLogger, ManualClock, SecretBox } from "../../support/index.ts";
import { AddressPolicy } from "../address-policy.ts";
import { Hooks } from "../hooks.ts";

const log = createLogger("silent");
export const OWNER = 1;
/** An account that is not the owner. */
export const MEMBER = 2;

/** The hooks of a server with an owner and a member, on a real database that can be closed and opened again. */
export interface HooksRig extends AsyncDisposable {
  readonly hooks: Hooks;
  readonly database: Database;
  readonly clock: ManualClock;
  readonly folder: string;
  /** @param key passphrase of the sealed values */
  restart(key?: string): Promise<void>;
  /** All that was told. */
  events(): Promise<readonly MediaEvent[]>;
}

export async function hooksRig(): Promise<HooksRig> {
  const folder = mkdtempSync(join(tmpdir(), "reelay-hooks-"));
  const clock = new ManualClock();
  const open = (key?: string) => {
    const database = Database.open(join(folder, "reelay.db"), { migrations: shippedMigrations(), log });
    const eventLog = new LocalEventLog(database, "00000000000000aa");
    const outbox = new Outbox({
      clock,
      origin: "0".repeat(40),
      onCommitted: (entries) => eventLog.committed(entries),
    });
    const secrets = new SecretBox({ file: join(folder, "secret.key"), key });
    return { database, eventLog, outbox, secrets };
  };
  const hooksOf = ({ database, outbox, secrets }: ReturnType<typeof open>) =>
    new Hooks({ database, outbox, clock, log, secrets, policy: new AddressPolicy(), isOwner: (id) => id === OWNER });
  let opened = open();
  await opened.database.transaction((tx) => {
    for (const [id, name] of [
      [OWNER, "owner"],
      [MEMBER, "robin"],
    ] as const) {
      tx.run(
        `INSERT INTO accounts (id, name, name_key, created_at, sections) VALUES (?, ?, ?, 0, '"all"') ON CONFLICT (id) DO NOTHING`,
        id,
        name,
        name,
      );
    }
  });
  let hooks = hooksOf(opened);
  return {
    get hooks() {
      return hooks;
    },
    get database() {
      return opened.database;
    },
    clock,
    folder,
    async restart(key) {
      await opened.database.close();
      opened = open(key);
      hooks = hooksOf(opened);
    },
    async events() {
      return (await opened.eventLog.read(0, 10_000)).map(({ event }) => event);
    },
    async [Symbol.asyncDispose]() {
      await opened.database.close();
      rmSync(folder, { recursive: true });
    },
  };
}
