import type { Outbox } from "../events/index.ts";
import type { RequestHead, Viewer } from "../http/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import type { Clock, Logger } from "../support/index.ts";
import { type Device, describedBy, deviceFromRow, identifierOf } from "./device.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** When a device was last seen is written at most this often: to know it to the minute is enough. */
const LAST_SEEN_STEP_MS = 60_000;
/** Identifiers whose last writing is remembered; for others the table is asked. */
const REMEMBERED = 1_000;

export interface DevicesOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly locate: (head: RequestHead) => Whereabouts;
  /** New devices of one account at most, so that invented identifiers fill no disk. Default 10,000. */
  readonly maxPerAccount?: number;
}

/** Which devices have been here: each appears once, with the first request that has a valid token and names it. */
export class Devices {
  readonly #options: DevicesOptions;
  readonly #maxPerAccount: number;
  /** When each was last written; the one that was written longest ago comes first. */
  readonly #written = new Map<string, number>();
  /** Accounts that have brought as many as they may: what is new with them needs no transaction to be refused. */
  readonly #full = new Set<number>();

  constructor(options: DevicesOptions) {
    this.#options = options;
    this.#maxPerAccount = options.maxPerAccount ?? 10_000;
  }

  /** For every request with a valid token. Nobody waits for it, and it never fails. */
  readonly note = (viewer: Viewer, head: RequestHead): void => {
    const identifier = identifierOf(head);
    if (identifier === undefined) return;
    const { database, clock, log } = this.#options;
    const now = clock.now();
    const before = this.#written.get(identifier) ?? this.#lastSeen(identifier);
    // Also when the clock was set back.
    if (before !== undefined && Math.abs(now - before) < LAST_SEEN_STEP_MS) return;
    this.#remember(identifier, now);
    if (before === undefined && this.#full.has(viewer.accountId)) return;
    database
      .transaction((tx) => this.#write(tx, viewer, identifier, head, now))
      .catch((error: unknown) => {
        this.#written.delete(identifier);
        log.debug({ err: error }, "a device was not recorded");
      });
  };

  /** In the order in which they appeared. */
  list(start: number, size: number): { readonly devices: readonly Device[]; readonly totalSize: number } {
    const { read } = this.#options.database;
    const devices = read.all("SELECT * FROM devices ORDER BY id LIMIT ? OFFSET ?", size, start).map(deviceFromRow);
    return { devices, totalSize: Number(read.get("SELECT count(*) AS n FROM devices")?.n) };
  }

  #write(tx: Transaction, viewer: Viewer, identifier: string, head: RequestHead, now: number): void {
    const known = tx.get("SELECT account_id, about FROM devices WHERE client_identifier = ?", identifier);
    const about = describedBy(head, identifier);
    if (known === undefined) {
      this.#add(tx, viewer, identifier, about, head, now);
      return;
    }
    // Nobody calls another account's device something else.
    const mayDescribe = viewer.admin || known.account_id === viewer.accountId;
    tx.run(
      "UPDATE devices SET about = ?, last_seen_at = ? WHERE client_identifier = ?",
      mayDescribe ? merged(String(known.about), about, identifier) : String(known.about),
      now,
      identifier,
    );
  }

  #add(
    tx: Transaction,
    viewer: Viewer,
    clientIdentifier: string,
    about: ReturnType<typeof describedBy>,
    head: RequestHead,
    now: number,
  ): void {
    const { accountId } = viewer;
    if (!this.#hasRoom(tx, accountId)) return;
    tx.run(
      "INSERT INTO devices (client_identifier, account_id, about, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?)",
      clientIdentifier,
      accountId,
      JSON.stringify(about),
      now,
      now,
    );
    const { local, publicAddress } = this.#options.locate(head);
    this.#options.outbox.append(tx, [
      {
        type: "device.appeared",
        audience: { kind: "admins" },
        subject: `device:${clientIdentifier}`,
        facts: { clientIdentifier, ...about, accountId, local, publicAddress },
      },
    ]);
  }

  #hasRoom(tx: Transaction, accountId: number): boolean {
    // The row that is one too many, if there is one: cheaper than counting all.
    const full = tx.get(
      "SELECT 1 FROM devices WHERE account_id = ? LIMIT 1 OFFSET ?",
      accountId,
      this.#maxPerAccount - 1,
    );
    if (full === undefined) return true;
    if (!this.#full.has(accountId)) {
      this.#full.add(accountId);
      this.#options.log.warn(
        { account: accountId },
        `${this.#maxPerAccount} devices have been seen with the tokens of this account; more are not recorded`,
      );
    }
    return false;
  }

  #lastSeen(identifier: string): number | undefined {
    const { read } = this.#options.database;
    const row = read.get("SELECT last_seen_at FROM devices WHERE client_identifier = ?", identifier);
    return row === undefined ? undefined : Number(row.last_seen_at);
  }

  #remember(identifier: string, now: number): void {
    this.#written.delete(identifier);
    this.#written.set(identifier, now);
    const [oldest] = this.#written.keys();
    if (this.#written.size > REMEMBERED && oldest !== undefined) this.#written.delete(oldest);
  }
}

/** A request that says less than one before takes nothing away. */
function merged(before: string, about: Readonly<Record<string, string>> | object, identifier: string): string {
  const said = Object.entries(about).filter(([key, text]) => text !== "" && !(key === "name" && text === identifier));
  return JSON.stringify({ ...(JSON.parse(before) as object), ...Object.fromEntries(said) });
}
