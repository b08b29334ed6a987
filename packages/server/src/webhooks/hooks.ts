import type { NewMediaEvent, Outbox } from "../events/index.ts";
import type { Database, Transaction } from "../storage/index.ts";
import { type Clock, type Logger, ReelayError, type SecretBox } from "../support/index.ts";
import type { AddressPolicy } from "./address-policy.ts";
import { type DisabledReason, type Hook, type HookDirectory, nameOf } from "./hook.ts";
import { checkHook } from "./hook-check.ts";
import { changed, hookOf } from "./hook-draft.ts";
import { hookLimits } from "./hook-limits.ts";
import { hookFromRow, writeHook } from "./hook-row.ts";
import type { HookChange, NewHook } from "./hook-settings.ts";
import { newSecret } from "./signing.ts";

export interface HooksOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly secrets: SecretBox;
  readonly policy: AddressPolicy;
  readonly isOwner: (accountId: number) => boolean;
}

/** A hook, and its secret: the only time that it is shown. */
export interface HookWithSecret {
  readonly hook: Hook;
  readonly secret: string;
}

/** The configured receivers of all accounts. All are held in memory: who is told is asked for each event. */
export class Hooks implements HookDirectory {
  readonly #options: HooksOptions;
  readonly #known = new Map<string, Hook>();
  readonly #listeners = new Set<(hookId: string) => void>();
  #list: readonly Hook[] | undefined;

  /** Reads the hooks. Those that cannot be opened are kept as they are, and said so in the log. */
  constructor(options: HooksOptions) {
    this.#options = options;
    const { database, secrets, log } = options;
    for (const row of database.read.all("SELECT * FROM hooks ORDER BY rowid")) {
      const hook = hookFromRow(row, secrets);
      this.#known.set(hook.id, hook);
    }
    const unreadable = this.list().filter((hook) => hook.unreadable).length;
    if (unreadable > 0) log.error({ code: "REELAY_SECRET_UNREADABLE", unreadable }, "hooks cannot be read");
  }

  /** In the order in which they were added. */
  list(): readonly Hook[] {
    this.#list ??= [...this.#known.values()];
    return this.#list;
  }

  get(id: string): Hook | undefined {
    return this.#known.get(id);
  }

  /** @throws REELAY_INVALID_PARAMETER, REELAY_HOOK_URL_REFUSED, REELAY_HOOK_LIMIT, REELAY_FORBIDDEN, REELAY_SECRET_KEY_UNUSABLE */
  add(accountId: number, input: NewHook): Promise<HookWithSecret> {
    return this.#options.database.transaction((tx) => this.#add(tx, accountId, input));
  }

  /** Changes what is given. @throws as {@link add}; REELAY_NOT_FOUND, REELAY_SECRET_UNREADABLE */
  change(id: string, change: HookChange): Promise<Hook> {
    return this.#options.database.transaction((tx) => {
      const hook = changed(this.#in(tx, id), change, this.#options.clock.now());
      // What the rules of today would refuse can still be switched off.
      if (!hook.unreadable && !isSwitchedOff(change))
        checkHook(hook, this.#options.isOwner(hook.accountId), this.#options.policy);
      return this.#write(tx, hook);
    });
  }

  /** @throws REELAY_NOT_FOUND */
  async remove(id: string): Promise<void> {
    await this.#options.database.transaction((tx) => this.#remove(tx, this.#in(tx, id).id));
  }

  /**
   * Makes a new secret. Requests are signed with the old one as well for `keepOldMs`, so that receivers can be changed one after the other; an even
   * older one ends at once.
   * @throws REELAY_NOT_FOUND, REELAY_SECRET_UNREADABLE
   */
  rotateSecret(id: string, keepOldMs: number): Promise<HookWithSecret> {
    return this.#options.database.transaction((tx) => {
      const { oldSecretUntil: _ended, ...before } = this.#in(tx, id);
      if (before.unreadable) throw new ReelayError("REELAY_SECRET_UNREADABLE", `The hook ${id} cannot be read.`);
      const now = this.#options.clock.now();
      const secret = newSecret();
      const old = keepOldMs > 0 ? before.secrets.slice(0, 1) : [];
      const until = keepOldMs > 0 ? { oldSecretUntil: now + keepOldMs } : {};
      const hook = this.#write(tx, { ...before, secrets: [secret, ...old], ...until, updatedAt: now });
      return { hook, secret };
    });
  }

  /**
   * Makes the hooks of an account that a Plex client knows those that go to `urls`: others are removed, new ones have the defaults, and those that
   * stay keep their settings. Requests of one's own (`custom`) are none that such a client knows.
   * @throws as {@link add}; then nothing has changed
   */
  replace(accountId: number, urls: readonly string[]): Promise<void> {
    return this.#options.database.transaction((tx) => {
      const wanted = new Set(urls);
      for (const row of tx.all("SELECT * FROM hooks WHERE account_id = ? ORDER BY rowid", accountId)) {
        const hook = hookFromRow(row, this.#options.secrets);
        if (!isPlexList(hook)) continue;
        if (!wanted.delete(hook.url) && !urls.includes(hook.url)) this.#remove(tx, hook.id);
      }
      for (const url of wanted) this.#add(tx, accountId, { url });
    });
  }

  async disable(id: string, reason: DisabledReason): Promise<void> {
    await this.#options.database.transaction((tx) => {
      const hook = this.#in(tx, id);
      if (!hook.enabled) return;
      if (reason !== "by-hand") this.#options.outbox.append(tx, [disabledEvent(hook, reason)]);
      this.#write(tx, { ...hook, enabled: false, disabledReason: reason, updatedAt: this.#options.clock.now() });
    });
  }

  async failing(id: string, since: number | null): Promise<void> {
    await this.#options.database.transaction((tx) => {
      const row = tx.get("SELECT * FROM hooks WHERE id = ?", id);
      // Removed while its last request was under way.
      if (row === undefined) return;
      const { failingSince: _before, ...hook } = hookFromRow(row, this.#options.secrets);
      const after = since === null ? hook : { ...hook, failingSince: since };
      tx.run("UPDATE hooks SET failing_since = ? WHERE id = ?", since, id);
      tx.afterCommit(() => this.#remember(after));
    });
  }

  /** An account was removed, and the database has removed its hooks. */
  forgetAccount(accountId: number): void {
    for (const hook of this.list()) if (hook.accountId === accountId) this.#forget(hook.id);
  }

  onChange(listener: (hookId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #add(tx: Transaction, accountId: number, input: NewHook): HookWithSecret {
    const { isOwner, policy, clock } = this.#options;
    const hook = hookOf(input, accountId, clock.now());
    checkHook(hook, isOwner(accountId), policy);
    const most = isOwner(accountId) ? hookLimits.ownersHooks : hookLimits.membersHooks;
    const has = Number(tx.get("SELECT count(*) AS hooks FROM hooks WHERE account_id = ?", accountId)?.hooks);
    if (has >= most) throw new ReelayError("REELAY_HOOK_LIMIT", `An account may have ${most} hooks.`);
    return { hook: this.#write(tx, hook), secret: hook.secrets[0] ?? "" };
  }

  #in(tx: Transaction, id: string): Hook {
    const row = tx.get("SELECT * FROM hooks WHERE id = ?", id);
    if (row === undefined) throw new ReelayError("REELAY_NOT_FOUND", "There is no hook with this id.");
    return hookFromRow(row, this.#options.secrets);
  }

  #write(tx: Transaction, hook: Hook): Hook {
    writeHook(tx, hook, this.#options.secrets);
    tx.afterCommit(() => {
      this.#remember(hook);
      this.#tell(hook.id);
    });
    return hook;
  }

  #remove(tx: Transaction, id: string): void {
    tx.run("DELETE FROM hooks WHERE id = ?", id);
    tx.afterCommit(() => this.#forget(id));
  }

  #remember(hook: Hook): void {
    this.#known.set(hook.id, hook);
    this.#list = undefined;
  }

  #forget(id: string): void {
    this.#known.delete(id);
    this.#list = undefined;
    this.#tell(id);
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id);
  }
}

function isSwitchedOff({ enabled, ...rest }: HookChange): boolean {
  return enabled === false && Object.values(rest).every((value) => value === undefined);
}

/** Whether a client of Plex's own call knows the hook. One that cannot be read has no address to be known by. */
export function isPlexList(hook: Hook): boolean {
  return hook.format !== "custom" && !hook.unreadable;
}

function disabledEvent(hook: Hook, reason: "gone" | "failing"): NewMediaEvent {
  const why = reason === "gone" ? "its receiver says that it is gone (410)" : "it has failed for days";
  return {
    type: "status.announced",
    audience: { kind: "account", accountId: hook.accountId },
    subject: `hook:${hook.id}`,
    facts: {
      title: "Webhook disabled",
      description: `${nameOf(hook)} was disabled: ${why}.`,
      notificationName: "WEBHOOK_DISABLED",
    },
  };
}
