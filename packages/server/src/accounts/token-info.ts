import { hash } from "node:crypto";
import type { Param, Row } from "../storage/index.ts";

/** A token is sent by a program that was given it; a browser that is signed in sends a cookie by itself. */
export type TokenKind = "token" | "browser";

/** A token, or a browser that is signed in, as lists show it. The secret is shown once, when it is made, and kept nowhere. */
export interface TokenInfo {
  /** For `DELETE /api/v1/tokens/{id}`. */
  readonly id: string;
  readonly kind: TokenKind;
  readonly name: string;
  readonly accountId: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms, to the minute; missing if it was never used. */
  readonly lastUsedAt?: number;
  /** The id of the token by which a browser signed in: it is signed in for as long as that is valid. */
  readonly madeWith?: string;
}

/** What is stored of a token: 256 random bits need neither salt nor a slow hash. */
export function hashOf(token: string): Buffer {
  return hash("sha256", token, "buffer");
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
      kind: row.kind as TokenKind,
      name: String(row.name),
      accountId: Number(row.account_id),
      createdAt: Number(row.created_at),
      ...(lastUsedAt === null ? {} : { lastUsedAt }),
      ...(row.made_with === null ? {} : { madeWith: String(row.made_with) }),
    },
  };
}

export const TOKEN_COLUMNS = "hash, account_id, name, created_at, kind, made_with";

/** In the order of {@link TOKEN_COLUMNS}. */
export function toRow(hash: Buffer, info: TokenInfo): readonly Param[] {
  return [hash, info.accountId, info.name, info.createdAt, info.kind, info.madeWith ?? null];
}
