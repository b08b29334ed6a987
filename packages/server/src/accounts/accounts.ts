import type { AccountFacts, NewMediaEvent, Outbox, Rights } from "../events/index.ts";
import type { Database, Row, Transaction } from "../storage/index.ts";
import { type Clock, type Logger, ReelayError } from "../support/index.ts";
import {
  ACCOUNT_COLUMNS,
  type Account,
  accountFromRow,
  nameKey,
  OWNER_ID,
  type Sections,
  sectionsText,
} from "./account.ts";
import { type Avatar, avatarPath, type StoredPicture } from "./avatar.ts";
import { removeUnusedBrowsers, Tokens } from "./tokens.ts";

export interface AccountsOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  /** Sections of upstreams that an account may use. Default: none. */
  readonly upstreamsOf?: (accountId: number) => Rights["upstreams"];
}

/** What can be said of an account; what is left out stays as it is, or begins with nothing. */
export interface AccountChange {
  readonly name?: string | undefined;
  readonly sections?: Sections | undefined;
  /** `null` takes it away. */
  readonly avatar?: Avatar | null | undefined;
}

/**
 * Accounts: the owner and any number of others. All are held in memory, but for their pictures: what an account may see
 * is asked for each request.
 */
export class Accounts {
  readonly tokens: Tokens;
  readonly #database: Database;
  readonly #outbox: Outbox;
  readonly #clock: Clock;
  readonly #upstreamsOf: NonNullable<AccountsOptions["upstreamsOf"]>;
  readonly #known = new Map<number, Account>();
  readonly #onRemoved = new Set<(accountId: number) => void>();
  readonly #onRights = new Set<(accountId: number, rights: Rights) => void>();

  /** Makes sure that there is an owner and reads the accounts. */
  static async open(options: AccountsOptions): Promise<Accounts> {
    await options.database.transaction((tx) => {
      tx.run(
        `INSERT INTO accounts (id, name, name_key, created_at, sections) VALUES (?, 'Owner', 'owner', ?, '"all"')
         ON CONFLICT (id) DO NOTHING`,
        OWNER_ID,
        options.clock.now(),
      );
      removeUnusedBrowsers(tx, options.clock.now());
    });
    return new Accounts(options);
  }

  private constructor({ database, outbox, clock, log, upstreamsOf = () => undefined }: AccountsOptions) {
    this.#upstreamsOf = upstreamsOf;
    this.#database = database;
    this.#outbox = outbox;
    this.#clock = clock;
    for (const row of database.read.all(`SELECT ${ACCOUNT_COLUMNS} FROM accounts`)) this.#remember(row);
    this.tokens = new Tokens({ database, clock, log, rightsOf: (accountId) => this.rightsOf(accountId) });
  }

  /** By id: the owner first. */
  list(): readonly Account[] {
    return [...this.#known.values()].sort((a, b) => a.id - b.id);
  }

  /** @throws REELAY_NOT_FOUND */
  get(id: number): Account {
    const account = this.#known.get(id);
    if (account === undefined) throw new ReelayError("REELAY_NOT_FOUND", `There is no account ${id}.`);
    return account;
  }

  /** What an account may see now. @throws REELAY_NOT_FOUND */
  rightsOf(accountId: number): Rights {
    const { sections } = this.get(accountId);
    const admin = accountId === OWNER_ID;
    const upstreams = this.#upstreamsOf(accountId);
    return { accountId, admin, sections: admin ? "all" : sections, ...(upstreams?.size ? { upstreams } : {}) };
  }

  /** @throws REELAY_INVALID_PARAMETER for a name that another account has */
  add({ name, sections = new Set(), avatar }: AccountChange & { readonly name: string }): Promise<Account> {
    return this.#database.transaction((tx) => {
      requireFreeName(tx, name);
      const { lastId } = tx.run(
        "INSERT INTO accounts (name, name_key, created_at, sections) VALUES (?, ?, ?, ?)",
        name,
        nameKey(name),
        this.#clock.now(),
        sectionsText(sections),
      );
      if (avatar !== undefined) writeAvatar(tx, lastId, avatar);
      this.#outbox.append(tx, [told("account.added", { accountId: lastId, name })]);
      return this.#written(tx, lastId);
    });
  }

  /** Changes what is given and differs. @throws REELAY_NOT_FOUND, REELAY_INVALID_PARAMETER */
  change(id: number, { name, sections, avatar }: AccountChange): Promise<Account> {
    return this.#database.transaction((tx) => {
      const before = accountIn(tx, id);
      const changed: ("name" | "avatar" | "sections")[] = [];
      if (name !== undefined && name !== before.name) {
        requireFreeName(tx, name, id);
        tx.run("UPDATE accounts SET name = ?, name_key = ? WHERE id = ?", name, nameKey(name), id);
        changed.push("name");
      }
      if (sections !== undefined && sectionsText(sections) !== sectionsText(before.sections)) {
        if (id === OWNER_ID) throw new ReelayError("REELAY_INVALID_PARAMETER", "sections: the owner's are all.");
        tx.run("UPDATE accounts SET sections = ? WHERE id = ?", sectionsText(sections), id);
        changed.push("sections");
      }
      if (avatar !== undefined && avatarPath(id, avatar) !== before.avatar) {
        writeAvatar(tx, id, avatar);
        changed.push("avatar");
      }
      if (changed.length === 0) return before;
      this.#outbox.append(tx, [told("account.changed", { accountId: id, name: name ?? before.name, changed })]);
      const after = this.#written(tx, id);
      if (changed.includes("sections")) tx.afterCommit(() => this.#rightsChanged(id));
      return after;
    });
  }

  /** Removes an account with its tokens; what was opened with them ends. @throws REELAY_NOT_FOUND, REELAY_INVALID_PARAMETER */
  async remove(id: number): Promise<void> {
    if (id === OWNER_ID) throw new ReelayError("REELAY_INVALID_PARAMETER", "The owner cannot be removed.");
    await this.#database.transaction((tx) => {
      const { name } = accountIn(tx, id);
      tx.run("DELETE FROM accounts WHERE id = ?", id);
      this.#outbox.append(tx, [told("account.removed", { accountId: id, name })]);
      tx.afterCommit(() => {
        this.#known.delete(id);
        this.tokens.forgetAccount(id);
        for (const listener of this.#onRemoved) listener(id);
      });
    });
  }

  /** The picture that is kept here; undefined if there is none, or it is elsewhere. */
  picture(id: number): StoredPicture | undefined {
    const row = this.#database.read.get("SELECT avatar, avatar_type FROM accounts WHERE id = ?", id);
    if (row === undefined || row.avatar === null) return undefined;
    return { bytes: row.avatar as Uint8Array, type: String(row.avatar_type) };
  }

  /** Tells of each account that is gone, with what the database held of it. */
  onRemoved(listener: (accountId: number) => void): () => void {
    this.#onRemoved.add(listener);
    return () => this.#onRemoved.delete(listener);
  }

  /** Tells when an account may see other things than before: this holds for open streams too. */
  onRights(listener: (accountId: number, rights: Rights) => void): () => void {
    this.#onRights.add(listener);
    return () => this.#onRights.delete(listener);
  }

  /** Its rights outside this server have changed. @throws REELAY_NOT_FOUND */
  renewRights(id: number): void {
    this.get(id);
    this.#rightsChanged(id);
  }

  #rightsChanged(id: number): void {
    // Removed in the same turn.
    if (!this.#known.has(id)) return;
    this.tokens.renew(id);
    for (const listener of this.#onRights) listener(id, this.rightsOf(id));
  }

  /** The account as this transaction leaves it, which is how everybody knows it once it is durable. */
  #written(tx: Transaction, id: number): Account {
    const account = accountIn(tx, id);
    tx.afterCommit(() => this.#known.set(id, account));
    return account;
  }

  #remember(row: Row): void {
    const account = accountFromRow(row);
    this.#known.set(account.id, account);
  }
}

function told<T extends "account.added" | "account.changed" | "account.removed">(
  type: T,
  facts: T extends "account.changed" ? Extract<NewMediaEvent, { type: T }>["facts"] : AccountFacts,
): NewMediaEvent {
  return { type, audience: { kind: "admins" }, subject: `account:${facts.accountId}`, facts } as NewMediaEvent;
}

function accountIn(tx: Transaction, id: number): Account {
  const row = tx.get(`SELECT ${ACCOUNT_COLUMNS} FROM accounts WHERE id = ?`, id);
  if (row === undefined) throw new ReelayError("REELAY_NOT_FOUND", `There is no account ${id}.`);
  return accountFromRow(row);
}

function requireFreeName(tx: Transaction, name: string, id = 0): void {
  const other = tx.get("SELECT name FROM accounts WHERE name_key = ? AND id <> ?", nameKey(name), id);
  if (other === undefined) return;
  throw new ReelayError("REELAY_INVALID_PARAMETER", `name: there is an account ${String(other.name)} already.`);
}

function writeAvatar(tx: Transaction, id: number, avatar: Avatar | null): void {
  const picture = avatar?.kind === "picture" ? avatar : undefined;
  tx.run(
    "UPDATE accounts SET avatar_place = ?, avatar = ?, avatar_type = ? WHERE id = ?",
    avatarPath(id, avatar) ?? null,
    picture?.bytes ?? null,
    picture?.type ?? null,
    id,
  );
}
