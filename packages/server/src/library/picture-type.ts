export type PictureMime = "image/jpeg" | "image/png" | "image/webp" | "image/gif";

/** Covers larger than this are not taken over. */
export const MAX_PICTURE_BYTES = 10 * 1024 * 1024;

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  bytes.length >= at + text.length &&
  Buffer.from(bytes.buffer, bytes.byteOffset + at, text.length).equals(Buffer.from(text, "latin1"));

/** The type of a picture by its first bytes, whatever its name or tag says; undefined for anything else. */
export function pictureTypeOf(bytes: Uint8Array): PictureMime | undefined {
  if (startsWith(bytes, "\xff\xd8\xff")) return "image/jpeg";
  if (startsWith(bytes, "\x89PNG\r\n\x1a\n")) return "image/png";
  if (startsWith(bytes, "RIFF") && startsWith(bytes, "WEBP", 8)) return "image/webp";
  if (startsWith(bytes, "GIF87a") || startsWith(bytes, "GIF89a")) return "image/gif";
  return undefined;
}
