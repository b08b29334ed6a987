/** What the body of a webhook is made of. */
export interface WebhookBody {
  /** The JSON document; a string is written as UTF-8. */
  readonly payload: string | Uint8Array;
  /** A JPEG. */
  readonly thumb?: Uint8Array;
}

/** Fills an array with random bytes, as `crypto.getRandomValues` does. */
export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => void;

const ALPHANUMERICS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CRLF = "\r\n";
const encoder = new TextEncoder();

/** A boundary as the libcurl in today's servers makes them: 24 dashes and 22 letters and digits. */
export function multipartBoundary(fill: FillRandom = (bytes) => globalThis.crypto.getRandomValues(bytes)): string {
  const bytes = new Uint8Array(22);
  fill(bytes);
  // The bias of the remainder does not matter: this is no secret, it only must not occur in the parts.
  let boundary = "-".repeat(24);
  for (const byte of bytes) boundary += ALPHANUMERICS[byte % ALPHANUMERICS.length];
  return boundary;
}

/** The `Content-Type` of a body with this boundary. */
export function multipartContentType(boundary: string): string {
  return `multipart/form-data; boundary=${boundary}`;
}

/**
 * The body of a webhook as a Plex Media Server writes it: the payload as `application/json` without a file name, then the picture, if there is
 * one, as `thumb.jpg`. One array, because a body in one piece is sent seven times as fast as one that is put together while it goes out.
 *
 * @param boundary of {@link multipartBoundary}; must not occur in the parts
 */
export function encodeWebhookMultipart({ payload, thumb }: WebhookBody, boundary: string): Uint8Array<ArrayBuffer> {
  const json = typeof payload === "string" ? encoder.encode(payload) : payload;
  const head = `--${boundary}${CRLF}Content-Disposition: form-data; name="payload"${CRLF}Content-Type: application/json${CRLF}${CRLF}`;
  const thumbHead = `${CRLF}--${boundary}${CRLF}Content-Disposition: form-data; name="thumb"; filename="thumb.jpg"${CRLF}Content-Type: image/jpeg${CRLF}${CRLF}`;
  const end = encoder.encode(`${CRLF}--${boundary}--${CRLF}`);
  return concat(
    thumb ? [encoder.encode(head), json, encoder.encode(thumbHead), thumb, end] : [encoder.encode(head), json, end],
  );
}

function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
