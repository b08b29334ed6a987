import { hash } from "node:crypto";
import { encodeWebhookMultipart, multipartBoundary, multipartContentType } from "@reelay/protocol";
import type { Delivery } from "./delivery.ts";
import type { Hook } from "./hook.ts";

export interface RequestBody {
  readonly body: Uint8Array;
  /** The `Content-Type`. */
  readonly type: string;
}

/**
 * The body of the formats `plex` and `json`.
 * @param text the payload as it is sent
 * @param thumb JPEG; left out for hooks without pictures
 * @param seed what the boundary is made of: the same for all attempts, so that all have the same bytes
 */
export function encodeBody(
  hook: Pick<Hook, "format" | "thumb">,
  text: string,
  thumb: Uint8Array | undefined,
  seed: string,
): RequestBody {
  const picture = hook.thumb ? thumb : undefined;
  return hook.format === "json" ? json(text, picture) : multipart(text, picture, boundaryFrom(seed));
}

/** Of a delivery: hooks that are sent the same message are sent the same bytes. */
export function seedOf({ eventId, id, name }: Pick<Delivery, "eventId" | "id" | "name">): string {
  return `${eventId ?? id} ${name}`;
}

/** The `Content-Type` of a delivery's multipart body. */
export function multipartTypeOf(delivery: Delivery): string {
  return multipartContentType(boundaryFrom(seedOf(delivery)));
}

function boundaryFrom(seed: string): string {
  const random = hash("sha256", seed, "buffer");
  return multipartBoundary((bytes) => bytes.set(random.subarray(0, bytes.length)));
}

function multipart(payload: string, thumb: Uint8Array | undefined, boundary: string): RequestBody {
  const parts = thumb === undefined ? { payload } : { payload, thumb };
  return { body: encodeWebhookMultipart(parts, boundary), type: multipartContentType(boundary) };
}

/** `thumb`, if any, is the document's last key: a `data:` URL. */
function json(text: string, thumb: Uint8Array | undefined): RequestBody {
  const picture = thumb === undefined ? undefined : `data:image/jpeg;base64,${base64(thumb)}`;
  const document = picture === undefined ? text : `${text.slice(0, -1)},"thumb":"${picture}"}`;
  return { body: Buffer.from(document), type: "application/json" };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
