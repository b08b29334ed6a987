import type { Queries, Transaction } from "../storage/index.ts";

/** What is kept of an upstream's stream. */
export interface StreamMark {
  /** Undefined: it knows no positions. */
  readonly position: string | undefined;
  /** Epoch ms: until then nothing was missed. */
  readonly heardAt: number;
}

/** How far an upstream's stream was heard: written with what was told of it. */
export const upstreamStore = {
  read(queries: Queries, origin: string): StreamMark | undefined {
    const row = queries.get("SELECT position, heard_at FROM upstreams WHERE origin = ?", origin);
    if (row === undefined) return undefined;
    return { position: typeof row.position === "string" ? row.position : undefined, heardAt: Number(row.heard_at) };
  },

  write(tx: Transaction, origin: string, { position, heardAt }: StreamMark): void {
    tx.run(
      `INSERT INTO upstreams (origin, position, heard_at) VALUES (?, ?, ?)
       ON CONFLICT (origin) DO UPDATE SET position = excluded.position, heard_at = excluded.heard_at`,
      origin,
      position ?? null,
      heardAt,
    );
  },
};
