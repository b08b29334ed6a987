import type { Rights } from "../events/index.ts";
import type { Viewer } from "../http/index.ts";
import type { Database } from "../storage/index.ts";
import { type Clock, type Logger, newToken, ReelayError } from "../support/index.ts";
import { fromRow, hashOf, idOf, type TokenInfo, toRow } from "./token-info.ts";

/** `last_used_at` is written at most this often per token: to know it to the minute is enough. */
const LAST_USED_STEP_MS = 60_000;

export interface TokensOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** What an account may see at this moment. */
  readonly rightsOf: (accountId: number) => Rights;
}

interface KnownToken {
  info: TokenInfo;
  readonly viewer: Viewer;
  readonly stored: boolean;
}

/**
 * The tokens of all accounts. Every request asks {@link authenticate}, so all hashes are held in memory: no SQL there,
 * and a token that is revoked is refused from the same moment on.
 */
export class Tokens {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #rightsOf: (accountId: number) => Rights;
  /** By the hash, in hex. */
  readonly #known = new Map<string, KnownToken>();
  readonly #onRevoked = new Set<(viewer: Viewer) => void>();

  constructor({ database, clock, log, rightsOf }: TokensOptions) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
    this.#rightsOf = rightsOf;
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

  /** Who a viewer is by now: its rights may have changed, its token may be gone. */
  readonly current = (viewer: Viewer): Viewer | undefined => this.#find(viewer.tokenId)?.[1].viewer;

  /** Makes a token, known from the moment that it is stored. @throws REELAY_NOT_FOUND */
  async create(accountId: number, name: string): Promise<{ readonly token: string; readonly info: TokenInfo }> {
    const token = newToken();
    const hash = hashOf(token);
    const info: TokenInfo = { id: idOf(hash), name, accountId, createdAt: this.#clock.now() };
    await this.#database.transaction((tx) => {
      if (tx.get("SELECT 1 FROM accounts WHERE id = ?", accountId) === undefined) {
        throw new ReelayError("REELAY_NOT_FOUND", `There is no account ${accountId}.`);
      }
      tx.run("INSERT INTO tokens (hash, account_id, name, created_at) VALUES (?, ?, ?, ?)", ...toRow(hash, info));
      tx.afterCommit(() => this.#remember(hash, info, true));
    });
    return { token, info };
  }

  /** Accepts a token for as long as this server runs: one from the settings, or the local one. Not stored. */
  accept(token: string, accountId: number, name: string): void {
    const hash = hashOf(token);
    this.#remember(hash, { id: idOf(hash), name, accountId, createdAt: this.#clock.now() }, false);
  }

  /** The stored tokens of an account, or of all, oldest first. */
  list(accountId?: number): readonly TokenInfo[] {
    return [...this.#known.values()]
      .filter(({ stored, info }) => stored && (accountId === undefined || info.accountId === accountId))
      .map(({ info }) => info)
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  /** @param accountId if given, only a token of this account is meant @throws REELAY_NOT_FOUND */
  async revoke(id: string, accountId?: number): Promise<void> {
    const [key, known] = this.#find(id) ?? [];
    const meant = known?.stored === true && (accountId === undefined || known.info.accountId === accountId);
    if (key === undefined || known === undefined || !meant) {
      throw new ReelayError("REELAY_NOT_FOUND", "There is no token with this id.");
    }
    await this.#database.transaction((tx) => {
      tx.run("DELETE FROM tokens WHERE hash = ?", Buffer.from(key, "hex"));
      tx.afterCommit(() => this.#forget(key));
    });
  }

  /** Tells of each token that is not valid any more: what was opened with it ends. The returned function ends the telling. */
  onRevoked(listener: (viewer: Viewer) => void): () => void {
    this.#onRevoked.add(listener);
    return () => this.#onRevoked.delete(listener);
  }

  /** The rights of an account have changed. */
  renew(accountId: number): void {
    for (const [key, { info, stored }] of this.#known) {
      if (info.accountId === accountId) this.#remember(Buffer.from(key, "hex"), info, stored);
    }
  }

  /** An account was removed, and its tokens with it. */
  forgetAccount(accountId: number): void {
    for (const [key, { info }] of this.#known) if (info.accountId === accountId) this.#forget(key);
  }

  #find(id: string): [string, KnownToken] | undefined {
    // The id is how the hash begins; walking over a few hundred is only for what is rare.
    return [...this.#known].find(([key]) => key.startsWith(id));
  }

  #forget(key: string): void {
    const known = this.#known.get(key);
    if (known === undefined) return;
    this.#known.delete(key);
    for (const listener of this.#onRevoked) listener(known.viewer);
  }

  #remember(hash: Buffer, info: TokenInfo, stored: boolean): void {
    const viewer: Viewer = { ...this.#rightsOf(info.accountId), tokenId: info.id, tokenName: info.name };
    this.#known.set(hash.toString("hex"), { info, viewer, stored });
  }

  #noteUse(hash: Buffer, known: KnownToken): void {
    const now = this.#clock.now();
    // Also when the clock was set back: else nothing would be noted until it is where it was.
    const since = Math.abs(now - (known.info.lastUsedAt ?? 0));
    if (!known.stored || since < LAST_USED_STEP_MS) return;
    known.info = { ...known.info, lastUsedAt: now };
    this.#database
      .transaction((tx) => {
        tx.run("UPDATE tokens SET last_used_at = ? WHERE hash = ?", now, hash);
      })
      // Nobody waits for it, and a full disk must not keep anybody from reading.
      .catch((error: unknown) => this.#log.debug({ err: error }, "the use of a token was not recorded"));
  }
}
