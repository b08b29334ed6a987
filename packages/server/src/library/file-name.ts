/**
 * Names on a disk are bytes. As text they are UTF-8 where they can be, else Latin-1: what old discs and archives hold,
 * and two names that differ stay different.
 */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function nameText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  }
}

const SLASH = Buffer.from("/");

/** A path of bytes; an empty part adds nothing. */
export function joinBytes(...parts: readonly Uint8Array[]): Buffer {
  const joined: Uint8Array[] = [];
  for (const part of parts) {
    if (part.length === 0) continue;
    if (joined.length > 0) joined.push(SLASH);
    joined.push(part);
  }
  return Buffer.concat(joined);
}
