import { randomBytes } from "node:crypto";

/** A number used once: what `<script>` and `<style>` of one answer must carry to count. */
export function newNonce(): string {
  return randomBytes(16).toString("base64");
}

/**
 * What the page may do: run its own script and what that loads, and talk to this server. No other host, no frame around
 * it, no form.
 */
export function pagePolicy(nonce: string): Readonly<Record<string, string>> {
  return {
    "content-security-policy": [
      "default-src 'none'",
      `script-src 'nonce-${nonce}' 'strict-dynamic'`,
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self' data:",
      "media-src 'self'",
      "connect-src 'self'",
      "base-uri 'self'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
  };
}
