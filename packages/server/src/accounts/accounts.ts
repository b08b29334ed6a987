import type { Rights } from "../events/index.ts";
import type { Viewer } from "../http/index.ts";
import type { Database } from "../storage/index.ts";
import { type Clock, type Logger, newToken, ReelayError } from "../support/index.ts";
import { fromRow, hashOf, idOf, type TokenInfo, toRow } from "./tokens.ts";

/** The account that everything belongs to; on Plex servers, too, it is number 1. */
const OWNER_ID = 1;

/** `last_used_at` is written at most this often per token: to know it to the minute is enough. */
const LAST_USED_STEP_MS = 60_000;

export interface AccountsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
}

interface KnownToken {
  info: TokenInfo;
  readonly viewer: Viewer;
  readonly stored: boolean;
}

/**
 * Accounts and their tokens. Every request asks {@link authenticate}, so all hashes are held in memory: no SQL there, and
 * a token that is revoked is refused from the same moment on.
 */
export class Accounts {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #known = new Map<string, KnownToken>();
  readonly #onRevoked = new Set<(viewer: Viewer) => void>();

  /** Makes sure that there is an owner and reads the tokens. */
  static async open(options: AccountsOptions): Promise<Accounts> {
    await options.database.transaction((tx) => {
      tx.run(
        "INSERT INTO accounts (id, name, created_at) VALUES (?, 'Owner', ?) ON CONFLICT DO NOTHING",
        OWNER_ID,
        options.clock.now(),
      );
    });
    return new Accounts(options);
  }

  private constructor({ database, clock, log }: AccountsOptions) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
    for (const row of database.read.all("SELECT * FROM tokens")) {
      const { hash, info } = fromRow(row);
      this.#remember(hash, info, true);
    }
  }

  /** Whom a token belongs to; undefined for one that is not known or was revoked. */
  readonly authenticate = (token: string): Viewer | undefined => {
    const hash = hashOf(token);
    const known = this.#known.get(hash.toString("hex"));
    if (known === undefined) return undefined;
    this.#noteUse(hash, known);
    return known.viewer;
  };

  /**
   * What an account may see. Only the owner has sections yet: none can be shared so far.
   * @throws REELAY_NOT_FOUND
   */
  rightsOf(accountId: number): Rights {
    if (accountId === OWNER_ID) return ownerRights;
    if (this.#database.read.get("SELECT 1 FROM accounts WHERE id = ?", accountId) === undefined) {
      throw new ReelayError("REELAY_NOT_FOUND", `There is no account ${accountId}.`);
    }
    return { accountId, admin: false, sections: new Set() };
  }

  /** Makes a token of the owner. It is known from the moment that it is stored. */
  async createToken(name: string): Promise<{ readonly token: string; readonly info: TokenInfo }> {
    const token = newToken();
    const hash = hashOf(token);
    const info: TokenInfo = { id: idOf(hash), name, accountId: OWNER_ID, createdAt: this.#clock.now() };
    await this.#database.transaction((tx) => {
      tx.run("INSERT INTO tokens (hash, account_id, name, created_at) VALUES (?, ?, ?, ?)", ...toRow(hash, info));
    });
    this.#remember(hash, info, true);
    return { token, info };
  }

  /** Accepts a token of the owner for as long as this server runs: one from the settings, or the local one. Not stored. */
  accept(token: string, name: string): void {
    const hash = hashOf(token);
    this.#remember(hash, { id: idOf(hash), name, accountId: OWNER_ID, createdAt: this.#clock.now() }, false);
  }

  /** The stored tokens, oldest first. */
  list(): readonly TokenInfo[] {
    return [...this.#known.values()]
      .filter(({ stored }) => stored)
      .map(({ info }) => info)
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  /** @throws REELAY_NOT_FOUND */
  async revoke(id: string): Promise<void> {
    const entry = [...this.#known].find(([, { info, stored }]) => stored && info.id === id);
    if (entry === undefined) throw new ReelayError("REELAY_NOT_FOUND", "There is no token with this id.");
    const [key, known] = entry;
    await this.#database.transaction((tx) => {
      tx.run("DELETE FROM tokens WHERE hash = ?", Buffer.from(key, "hex"));
    });
    this.#known.delete(key);
    for (const listener of this.#onRevoked) listener(known.viewer);
  }

  /**
   * Tells of each token that is revoked, as the `Viewer` that {@link authenticate} gave for it (the same object): what
   * was opened with it ends. The returned function ends the telling.
   */
  onRevoked(listener: (viewer: Viewer) => void): () => void {
    this.#onRevoked.add(listener);
    return () => this.#onRevoked.delete(listener);
  }

  #remember(hash: Buffer, info: TokenInfo, stored: boolean): void {
    const viewer: Viewer = { ...this.rightsOf(info.accountId), tokenId: info.id, tokenName: info.name };
    this.#known.set(hash.toString("hex"), { info, viewer, stored });
  }

  #noteUse(hash: Buffer, known: KnownToken): void {
    const now = this.#clock.now();
    if (!known.stored || now - (known.info.lastUsedAt ?? 0) < LAST_USED_STEP_MS) return;
    known.info = { ...known.info, lastUsedAt: now };
    this.#database
      .transaction((tx) => {
        tx.run("UPDATE tokens SET last_used_at = ? WHERE hash = ?", now, hash);
      })
      // Nobody waits for it, and a full disk must not keep anybody from reading.
      .catch((error: unknown) => this.#log.debug({ err: error }, "the use of a token was not recorded"));
  }
}

const ownerRights: Rights = { accountId: OWNER_ID, admin: true, sections: "all" };
