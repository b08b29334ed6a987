import type { Queries, Transaction } from "../storage/index.ts";
import type { Play } from "./session-teller.ts";

/** Up to where an upstream's lists are known. */
export interface KnownLists {
  /** The newest play of its history, epoch s by its clock, and the keys of all of that second. Undefined: it was never read. */
  history?: { readonly since: number; readonly keys: readonly string[] };
  /** Plays that were told and are not in its history yet. */
  plays: Play[];
  /** When the newest item was added, epoch s by its clock. Undefined: the list was never read. */
  addedSince?: number;
  /** Its devices were listed once: what is listed later is new. */
  devices?: boolean;
  /** Ratings that were told a short while ago. `ratedAt`: epoch s by its clock; `at`: epoch ms. */
  ratings?: {
    readonly item: number;
    readonly account: number;
    readonly rating: number;
    readonly ratedAt?: number;
    readonly at: number;
  }[];
  /** Where a gap begins that is not compared yet, epoch ms. */
  gapFrom?: number;
}

/** What is kept of an upstream's stream. */
export interface StreamMark {
  /** Undefined: it knows no positions. */
  readonly position: string | undefined;
  /** Epoch ms: until then nothing was missed. */
  readonly heardAt: number;
  readonly lists: KnownLists;
}

/** How far an upstream's stream was heard: written with what was told of it. */
export const upstreamStore = {
  read(queries: Queries, origin: string): StreamMark | undefined {
    const row = queries.get("SELECT position, heard_at, state FROM upstreams WHERE origin = ?", origin);
    if (row === undefined) return undefined;
    return {
      position: typeof row.position === "string" ? row.position : undefined,
      heardAt: Number(row.heard_at),
      lists: { plays: [], ...(JSON.parse(String(row.state)) as Partial<KnownLists>) },
    };
  },

  write(tx: Transaction, origin: string, { position, heardAt, lists }: StreamMark): void {
    tx.run(
      `INSERT INTO upstreams (origin, position, heard_at, state) VALUES (?, ?, ?, ?)
       ON CONFLICT (origin) DO UPDATE
       SET position = excluded.position, heard_at = excluded.heard_at, state = excluded.state`,
      origin,
      position ?? null,
      heardAt,
      JSON.stringify(lists),
    );
  },
};
