import type { Rights } from "../events/index.ts";
import type { Viewer } from "../http/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { type Clock, type Logger, newToken, ReelayError } from "../support/index.ts";
import { fromRow, hashOf, idOf, TOKEN_COLUMNS, type TokenInfo, toRow } from "./token-info.ts";

/** `last_used_at` is written at most this often per token: to know it to the minute is enough. */
const LAST_USED_STEP_MS = 60_000;
/** A browser that asks for nothing for so long is signed out. */
const BROWSER_UNUSED_MS = 30 * 86_400_000;
/** Browsers of one account at most: the one that was not used for longest goes. */
const MOST_BROWSERS = 50;

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

interface Made {
  /** The secret itself, which is kept nowhere. */
  readonly token: string;
  readonly info: TokenInfo;
}

/**
 * The tokens of all accounts, and the browsers that are signed in. Every request asks {@link authenticate} or
 * {@link authenticateBrowser}, so all hashes are held in memory: no SQL there, and what is revoked is refused from the
 * same moment on.
 */
export class Tokens {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #rightsOf: (accountId: number) => Rights;
  /** By the hash, in hex. */
  readonly #known = new Map<string, KnownToken>();
  /** That hash by the id, which is how it begins. */
  readonly #keys = new Map<string, string>();
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
  readonly authenticate = (token: string): Viewer | undefined => this.#authenticate(token, "token");

  /** The same for a browser's cookie; undefined also for one that was not used for 30 days. */
  readonly authenticateBrowser = (secret: string): Viewer | undefined => this.#authenticate(secret, "browser");

  /** Who a viewer is by now: its rights may have changed, its token may be gone. */
  readonly current = (viewer: Viewer): Viewer | undefined => this.#find(viewer.tokenId)?.[1].viewer;

  /** Makes a token, known from the moment that it is stored. @throws REELAY_NOT_FOUND */
  create(accountId: number, name: string): Promise<Made> {
    return this.#create({ kind: "token", name, accountId });
  }

  /**
   * Signs a browser in. @param madeWith the id of the token by which it does @throws REELAY_NOT_FOUND for an account
   * that is gone
   */
  async createBrowser(accountId: number, name: string, madeWith?: string): Promise<Made> {
    const used = ({ lastUsedAt, createdAt }: TokenInfo) => lastUsedAt ?? createdAt;
    const browsers = this.list(accountId).filter(({ kind }) => kind === "browser");
    const tooMany = browsers.sort((a, b) => used(b) - used(a)).slice(MOST_BROWSERS - 1);
    for (const { id } of tooMany) await this.revoke(id);
    return this.#create({ kind: "browser", name, accountId, ...(madeWith === undefined ? {} : { madeWith }) });
  }

  /** Accepts a token for as long as this server runs: one from the settings, or the local one. Not stored. */
  accept(token: string, accountId: number, name: string): void {
    const hash = hashOf(token);
    const info: TokenInfo = { id: idOf(hash), kind: "token", name, accountId, createdAt: this.#clock.now() };
    this.#remember(hash, info, false);
  }

  /** The stored tokens and the browsers of an account, or of all, oldest first. */
  list(accountId?: number): TokenInfo[] {
    return [...this.#known.values()]
      .filter((known) => known.stored && this.#isValid(known))
      .map(({ info }) => info)
      .filter((info) => accountId === undefined || info.accountId === accountId)
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
      tx.run("DELETE FROM tokens WHERE hash = ? OR made_with = ?", Buffer.from(key, "hex"), id);
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

  #authenticate(secret: string, kind: TokenInfo["kind"]): Viewer | undefined {
    const hash = hashOf(secret);
    const known = this.#known.get(hash.toString("hex"));
    // What a browser keeps is no token, and the other way round: neither opens the other's door.
    if (known?.info.kind !== kind || !this.#isValid(known)) return undefined;
    this.#noteUse(hash, known);
    return known.viewer;
  }

  #isValid({ info: { kind, madeWith, lastUsedAt, createdAt } }: KnownToken): boolean {
    if (kind === "token") return true;
    if (madeWith !== undefined && !this.#keys.has(madeWith)) return false;
    return this.#clock.now() - (lastUsedAt ?? createdAt) <= BROWSER_UNUSED_MS;
  }

  async #create(described: Omit<TokenInfo, "id" | "createdAt">): Promise<Made> {
    const token = newToken();
    const hash = hashOf(token);
    const info: TokenInfo = { id: idOf(hash), createdAt: this.#clock.now(), ...described };
    await this.#database.transaction((tx) => {
      if (tx.get("SELECT 1 FROM accounts WHERE id = ?", info.accountId) === undefined) {
        throw new ReelayError("REELAY_NOT_FOUND", `There is no account ${info.accountId}.`);
      }
      tx.run(`INSERT INTO tokens (${TOKEN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`, ...toRow(hash, info));
      tx.afterCommit(() => this.#remember(hash, info, true));
    });
    return { token, info };
  }

  #find(id: string): [string, KnownToken] | undefined {
    const key = this.#keys.get(id);
    const known = key === undefined ? undefined : this.#known.get(key);
    return key === undefined || known === undefined ? undefined : [key, known];
  }

  #forget(key: string): void {
    const known = this.#known.get(key);
    if (known === undefined) return;
    const { id } = known.info;
    this.#known.delete(key);
    this.#keys.delete(id);
    for (const listener of this.#onRevoked) listener(known.viewer);
    for (const [other, { info }] of this.#known) if (info.madeWith === id) this.#forget(other);
  }

  #remember(hash: Buffer, info: TokenInfo, stored: boolean): void {
    const key = hash.toString("hex");
    const viewer: Viewer = {
      ...this.#rightsOf(info.accountId),
      tokenId: info.id,
      tokenName: info.name,
      ...(info.kind === "browser" ? { ambient: "cookie" } : {}),
    };
    this.#known.set(key, { info, viewer, stored });
    this.#keys.set(info.id, key);
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

/** Removes the rows of browsers that are signed out by now, in the transaction of a start. */
export function removeUnusedBrowsers(tx: Transaction, now: number): void {
  tx.run(
    "DELETE FROM tokens WHERE kind = 'browser' AND coalesce(last_used_at, created_at) < ?",
    now - BROWSER_UNUSED_MS,
  );
}
