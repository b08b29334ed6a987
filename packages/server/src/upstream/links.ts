import type { Database, Row } from "../storage/index.ts";

/** What an account here is and may see on one upstream. */
export interface Link {
  readonly accountId: number;
  /** Its account there; undefined for none. */
  readonly upstreamAccount: number | undefined;
  readonly sections: "all" | ReadonlySet<number>;
}

/** Which accounts here are linked with which of upstreams, and which sections of theirs they may use. All in memory: each event asks. */
export class Links {
  readonly #database: Database;
  /** By origin, then by account. */
  readonly #links = new Map<string, Map<number, Link>>();

  constructor(database: Database) {
    this.#database = database;
    for (const row of database.read.all("SELECT * FROM upstream_accounts"))
      this.#remember(String(row.origin), linkOf(row));
  }

  list(origin: string): readonly Link[] {
    return [...(this.#links.get(origin)?.values() ?? [])].sort((a, b) => a.accountId - b.accountId);
  }

  /** The account here that is linked with one of the upstream. */
  accountOf(origin: string, upstreamAccount: number): number | undefined {
    return this.list(origin).find((link) => link.upstreamAccount === upstreamAccount)?.accountId;
  }

  /** The sections of upstreams that an account may use. */
  sectionsOf(accountId: number): ReadonlyMap<string, "all" | ReadonlySet<number>> {
    return new Map(
      [...this.#links].flatMap(([origin, links]) => {
        const link = links.get(accountId);
        return link === undefined ? [] : [[origin, link.sections] as const];
      }),
    );
  }

  /** In the place of what was said of this account before; an account there is linked with one here. */
  async set(origin: string, link: Link): Promise<void> {
    const { accountId, upstreamAccount, sections } = link;
    await this.#database.transaction((tx) => {
      tx.run(
        "UPDATE upstream_accounts SET upstream_account = NULL WHERE origin = ? AND upstream_account = ?",
        origin,
        upstreamAccount ?? null,
      );
      tx.run(
        "INSERT OR REPLACE INTO upstream_accounts (origin, account_id, upstream_account, sections) VALUES (?, ?, ?, ?)",
        origin,
        accountId,
        upstreamAccount ?? null,
        JSON.stringify(sections === "all" ? sections : [...sections]),
      );
      tx.afterCommit(() => {
        for (const other of this.list(origin)) {
          if (upstreamAccount !== undefined && other.upstreamAccount === upstreamAccount)
            this.#remember(origin, { ...other, upstreamAccount: undefined });
        }
        this.#remember(origin, link);
      });
    });
  }

  async remove(origin: string, accountId: number): Promise<void> {
    await this.#database.transaction((tx) => {
      tx.run("DELETE FROM upstream_accounts WHERE origin = ? AND account_id = ?", origin, accountId);
      tx.afterCommit(() => void this.#links.get(origin)?.delete(accountId));
    });
  }

  /** An account is gone, and its rows with it: what the upstream's account plays is nobody's here from now on. */
  forgetAccount(accountId: number): void {
    for (const links of this.#links.values()) links.delete(accountId);
  }

  #remember(origin: string, link: Link): void {
    const links = this.#links.get(origin) ?? new Map<number, Link>();
    this.#links.set(origin, links.set(link.accountId, link));
  }
}

function linkOf(row: Row): Link {
  const sections = JSON.parse(String(row.sections)) as "all" | readonly number[];
  return {
    accountId: Number(row.account_id),
    upstreamAccount: row.upstream_account === null ? undefined : Number(row.upstream_account),
    sections: sections === "all" ? sections : new Set(sections),
  };
}
