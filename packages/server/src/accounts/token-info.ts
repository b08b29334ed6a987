import { createHash } from "node:crypto";
import type { Param, Row } from "../storage/index.ts";

/** A token as lists show it. The token itself is shown once, when it is made, and kept nowhere. */
export interface TokenInfo {
  /** For `DELETE /api/v1/tokens/{id}`. */
  readonly id: string;
  readonly name: string;
  readonly accountId: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms, to the minute; missing if it was never used. */
  readonly lastUsedAt?: number;
}

/** What is stored of a token: 256 random bits need neither salt nor a slow hash. */
export function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Names a token without telling anything of it: the beginning of its hash, 64 bits. */
export function idOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString("hex", 0, 8);
}

export function fromRow(row: Row): { readonly hash: Buffer; readonly info: TokenInfo } {
  const hash = Buffer.from(row.hash as Uint8Array);
  const lastUsedAt = row.last_used_at as number | null;
  return {
    hash,
    info: {
      id: idOf(hash),
      name: String(row.name),
      accountId: Number(row.account_id),
      createdAt: Number(row.created_at),
      ...(lastUsedAt === null ? {} : { lastUsedAt }),
    },
  };
}

export function toRow(hash: Buffer, info: TokenInfo): readonly Param[] {
  return [hash, info.accountId, info.name, info.createdAt];
}
