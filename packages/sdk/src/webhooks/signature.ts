import { decodeBase64 } from "@reelay/protocol";
import { WebhookError } from "./errors.ts";

const encoder = new TextEncoder();
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;
const PREFIX = "whsec_";

/** What of a request is signed: Standard Webhooks, `<id>.<timestamp>.<body>`. */
export interface SignedParts {
  readonly id: string;
  /** Epoch seconds, as the header has them. */
  readonly timestamp: string;
  readonly body: Uint8Array;
}

/** The key that a `whsec_…` stands for. @throws TypeError for what is no such secret */
export function signingKey(secret: string): Uint8Array<ArrayBuffer> {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  const key = decodeBase64(text);
  if (key === undefined || key.length === 0)
    throw new TypeError("A signing secret is whsec_ and Base64, as `reelay hooks` shows it.");
  return key;
}

/** The value of `webhook-signature`. */
export async function sign(key: Uint8Array<ArrayBuffer>, parts: SignedParts): Promise<string> {
  const imported = await crypto.subtle.importKey("raw", key, HMAC, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign(HMAC, imported, signedContent(parts)));
  return `v1,${btoa(String.fromCharCode(...bytes))}`;
}

/**
 * Whether one of the signatures is of one of the keys. WebCrypto compares them, in constant time.
 * @param signatures as in the header: several, with blanks between them, while a secret is changed
 */
export async function isSigned(
  keys: readonly Uint8Array<ArrayBuffer>[],
  signatures: string,
  parts: SignedParts,
): Promise<boolean> {
  const content = signedContent(parts);
  // A header can hold thousands; nobody has more than a few secrets.
  const candidates = signatures.split(" ", 8).flatMap((text) => {
    const bytes = text.startsWith("v1,") ? decodeBase64(text.slice(3)) : undefined;
    return bytes ? [bytes] : [];
  });
  for (const key of keys) {
    const imported = await crypto.subtle.importKey("raw", key, HMAC, false, ["verify"]);
    for (const candidate of candidates) if (await crypto.subtle.verify(HMAC, imported, candidate, content)) return true;
  }
  return false;
}

/** @throws WebhookError `stale`, also for a time that is none */
export function checkTime(timestamp: string, now: number, toleranceSeconds: number): void {
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (Math.abs(now / 1000 - seconds) <= toleranceSeconds) return;
  throw new WebhookError(
    "stale",
    `The signature is not of the last ${toleranceSeconds} seconds: it is a replay, or a clock is wrong.`,
  );
}

/** Whether a text is one of the secrets, in a time that says nothing of how much of it is right. */
export async function isSecret(text: string, secrets: readonly string[]): Promise<boolean> {
  const digest = await sha256(text);
  let found = false;
  for (const secret of secrets) found = equalBytes(digest, await sha256(secret)) || found;
  return found;
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}

function signedContent({ id, timestamp, body }: SignedParts): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(`${id}.${timestamp}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  return content;
}
