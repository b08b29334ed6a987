import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";

const PREFIX = "whsec_";
const SECRET_BYTES = 24;

/** A new signing secret in the form of Standard Webhooks: `whsec_` and 24 random bytes in base64. */
export function newSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString("base64")}`;
}

/** Whether it is `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks asks for. */
export function isSecret(text: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const key = keyOf(text);
  return key.length >= 24 && key.length <= 64 && key.toString("base64") === text.slice(PREFIX.length);
}

/** Enough of a secret to tell it from another: `whsec_…9Qk=`. */
export function maskedSecret(secret: string): string {
  return `${PREFIX}…${secret.slice(-4)}`;
}

export interface Signed {
  /** `webhook-id` */
  readonly id: string;
  /** Epoch seconds: `webhook-timestamp`. */
  readonly timestamp: number;
  readonly body: Uint8Array;
}

/** The value of `webhook-signature`: one `v1,…` per secret, so that a receiver finds the one that it knows. */
export function signatures(secrets: readonly string[], { id, timestamp, body }: Signed): string {
  return secrets
    .map((secret) => {
      const hmac = createHmac("sha256", keyObjectOf(secret)).update(`${id}.${timestamp}.`).update(body);
      return `v1,${hmac.digest("base64")}`;
    })
    .join(" ");
}

/** Making one costs as much as signing: they are kept, far more than there are hooks. */
const keyObjects = new Map<string, KeyObject>();
const KEPT_KEYS = 10_000;

function keyObjectOf(secret: string): KeyObject {
  let key = keyObjects.get(secret);
  if (key === undefined) {
    key = createSecretKey(keyOf(secret));
    if (keyObjects.size >= KEPT_KEYS) keyObjects.clear();
    keyObjects.set(secret, key);
  }
  return key;
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), "base64");
}
