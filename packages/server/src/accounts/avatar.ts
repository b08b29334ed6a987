import { createHash } from "node:crypto";
import { ReelayError } from "../support/index.ts";

/** Bytes of a picture at most. */
export const MAX_AVATAR_BYTES = 262_144;
const MAX_URL_LENGTH = 2_048;

/** Long enough for a picture of that size as base64. */
export const MAX_AVATAR_TEXT = Math.ceil(MAX_AVATAR_BYTES / 3) * 4 + 100;

export interface StoredPicture {
  readonly bytes: Uint8Array;
  /** `image/png` … */
  readonly type: string;
}

/** How an account looks: a picture elsewhere, or one that is kept here. */
export type Avatar = { readonly kind: "url"; readonly url: string } | ({ readonly kind: "picture" } & StoredPicture);

/** The type of a picture by its first bytes; undefined for anything else. */
export type PictureTypeOf = (bytes: Uint8Array) => string | undefined;

/**
 * An avatar as the API takes it: an `http(s)` URL, or the picture itself as `data:image/png;base64,…`.
 * @throws REELAY_INVALID_PARAMETER
 */
export function readAvatar(text: string, pictureTypeOf: PictureTypeOf): Avatar {
  const [, data] = /^data:[^,]{0,80};base64,([\w+/=-]*)$/.exec(text) ?? [];
  return data === undefined ? readUrl(text) : readPicture(Buffer.from(data, "base64"), pictureTypeOf);
}

function readUrl(text: string): Avatar {
  const url = text.length > MAX_URL_LENGTH ? null : URL.parse(text);
  // Its readers are clients and receivers of webhooks: no credentials for them.
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new ReelayError(
      "REELAY_INVALID_PARAMETER",
      `avatar: an http or https URL of at most ${MAX_URL_LENGTH} characters, or data:image/png;base64,….`,
    );
  }
  return { kind: "url", url: url.href };
}

function readPicture(bytes: Buffer, pictureTypeOf: PictureTypeOf): Avatar {
  if (bytes.length > MAX_AVATAR_BYTES) {
    throw new ReelayError("REELAY_INVALID_PARAMETER", `avatar: a picture of at most ${MAX_AVATAR_BYTES / 1024} KiB.`);
  }
  const type = pictureTypeOf(bytes);
  if (type === undefined) {
    throw new ReelayError("REELAY_INVALID_PARAMETER", "avatar: a JPEG, PNG, WebP or GIF picture.");
  }
  return { kind: "picture", bytes, type };
}

/** Where an avatar is seen. A picture's path changes with it, so that what has shown the old one asks again. */
export function avatarPath(accountId: number, avatar: Avatar | null): string | undefined {
  if (avatar === null) return undefined;
  if (avatar.kind === "url") return avatar.url;
  const version = createHash("sha256").update(avatar.bytes).digest("hex").slice(0, 12);
  return `/api/v1/accounts/${accountId}/avatar?v=${version}`;
}
