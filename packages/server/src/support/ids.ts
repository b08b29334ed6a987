import { randomBytes, randomFillSync } from "node:crypto";

const random = Buffer.alloc(10 * 128);
let used = random.length;

/** So many random bytes from a pool: one system call for a hundred ids. @returns where in the pool they stand */
function randomAt(bytes: number): number {
  if (used + bytes > random.length) {
    randomFillSync(random);
    used = 0;
  }
  used += bytes;
  return used - bytes;
}

/**
 * A UUIDv7 (RFC 9562): 48 bits of epoch milliseconds, then random bits; sorts by time to the millisecond.
 * @param now epoch milliseconds
 */
export function uuidv7(now: number): string {
  const at = randomAt(10);
  const time = Math.max(0, Math.trunc(now)).toString(16).padStart(12, "0");
  const a = (((random[at] ?? 0) & 0x0f) | 0x70).toString(16).padStart(2, "0");
  const b = (((random[at + 2] ?? 0) & 0x3f) | 0x80).toString(16).padStart(2, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-${a}${random.toString("hex", at + 1, at + 2)}-${b}${random.toString("hex", at + 3, at + 4)}-${random.toString("hex", at + 4, at + 10)}`;
}

/** `bytes` random bytes in hex, at most 64: epochs (8), start ids (8), sessions (12), machine identifiers (20). */
export function randomHex(bytes: number): string {
  const at = randomAt(bytes);
  return random.toString("hex", at, at + bytes);
}

/** A new access token: 256 random bits, base64url (43 characters). */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}
