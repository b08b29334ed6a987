import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** By what a moved or renamed file is known again. */
export interface Fingerprint {
  /** Bytes. */
  readonly size: number;
  /** SHA-256, its first 16 bytes in hex, of the first 64 KiB (of all, if there is less). */
  readonly head: string;
  /** The same of the last 64 KiB. */
  readonly tail: string;
}

const BLOCK = 64 * 1024;

async function hashAt(handle: FileHandle, position: number, length: number): Promise<string> {
  const block = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(block, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return createHash("sha256").update(block.subarray(0, filled)).digest("hex").slice(0, 32);
}

/** The fingerprint of an open file; `size` as its `stat` said. */
export async function fingerprintOf(handle: FileHandle, size: number): Promise<Fingerprint> {
  const length = Math.min(size, BLOCK);
  const head = await hashAt(handle, 0, length);
  return { size, head, tail: size <= BLOCK ? head : await hashAt(handle, size - BLOCK, length) };
}

/** Thrown for what is no file: a folder, a pipe, a device. */
export class NotAFile extends Error {
  override readonly name = "NotAFile";
}

/**
 * Opens a regular file for reading and says its size. A pipe is opened without waiting for a writer, and refused; names
 * that are not UTF-8 come as bytes.
 */
export async function openMedia(path: string | Uint8Array): Promise<{ handle: FileHandle; size: number }> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const handle = await open(typeof path === "string" ? path : Buffer.from(path), flags);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new NotAFile(stat.isDirectory() ? "it is a folder" : "it is no regular file");
    return { handle, size: stat.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Reads at most 128 KiB. Rejects as `open` does, or with `NotAFile`. */
export async function fingerprint(path: string | Uint8Array): Promise<Fingerprint> {
  const { handle, size } = await openMedia(path);
  try {
    return await fingerprintOf(handle, size);
  } finally {
    await handle.close();
  }
}
