import type { WireErrorCode } from "@reelay/protocol";

/** Why a request was refused. */
export type WebhookErrorCode =
  | Extract<WireErrorCode, "not-json" | "not-multipart" | "not-a-webhook" | "too-large">
  /** The request is not a POST. */
  | "not-post"
  /** The connection ended before the body did. */
  | "cut-off"
  /** A body parser before the receiver read the body, and left nothing that it can use. */
  | "body-consumed"
  /** A signature was asked for, and there is none. */
  | "not-signed"
  /** The signature fits none of the secrets. */
  | "bad-signature"
  /** The signature is too old, or of the future. */
  | "stale"
  /** The URL does not hold the secret. */
  | "wrong-secret"
  /** The server is none of those that are allowed. */
  | "unknown-server";

const STATUS: Readonly<Record<WebhookErrorCode, number>> = {
  "not-json": 400,
  "not-multipart": 400,
  "not-a-webhook": 400,
  "too-large": 413,
  "not-post": 405,
  "cut-off": 400,
  "body-consumed": 400,
  "not-signed": 401,
  "bad-signature": 401,
  stale: 401,
  "wrong-secret": 401,
  "unknown-server": 403,
};

/** A request that was refused. `code` says why, `status` what it was answered with. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
  readonly code: WebhookErrorCode;
  /** HTTP status. */
  readonly status: number;

  constructor(code: WebhookErrorCode, message: string) {
    super(message);
    this.code = code;
    this.status = STATUS[code];
  }
}

/** The error for what the protocol's readers refuse. */
export function refused({ code, message }: { readonly code: WireErrorCode; readonly message: string }): WebhookError {
  const known = Object.hasOwn(STATUS, code) ? (code as WebhookErrorCode) : "not-a-webhook";
  return new WebhookError(known, message);
}
