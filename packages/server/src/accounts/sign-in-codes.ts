import { type Clock, newToken } from "../support/index.ts";
import { hashOf } from "./token-info.ts";

const VALID_MS = 10 * 60_000;
/** Codes that wait to be used: the oldest goes when there are more. */
const MOST_CODES = 100;

export interface SignInCode {
  /** 256 random bits, base64url. */
  readonly code: string;
  readonly accountId: number;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** Codes by which a browser signs in: each once, within ten minutes. They end with the server; only their hashes are held. */
export class SignInCodes {
  readonly #clock: Clock;
  /** By the hash, in hex, in the order in which they were made. */
  readonly #open = new Map<string, Omit<SignInCode, "code">>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  make(accountId: number): SignInCode {
    const code = newToken();
    const made = { accountId, expiresAt: this.#clock.now() + VALID_MS };
    this.#open.set(keyOf(code), made);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST_CODES && oldest !== undefined) this.#open.delete(oldest);
    return { code, ...made };
  }

  /** For whom a code is, if it is valid; it is not any more after this. */
  redeem(code: string): number | undefined {
    const key = keyOf(code);
    const made = this.#open.get(key);
    this.#open.delete(key);
    if (made === undefined) return undefined;
    const left = made.expiresAt - this.#clock.now();
    // More than it ever had: the clock was set back, and nobody knows how old it is.
    return left > 0 && left <= VALID_MS ? made.accountId : undefined;
  }
}

function keyOf(code: string): string {
  return hashOf(code).toString("hex");
}
