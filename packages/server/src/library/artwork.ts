import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MAX_PICTURE_BYTES, type PictureMime, pictureTypeOf } from "./picture-type.ts";

export interface StoredPicture {
  /** SHA-256 of the bytes, in hex: the picture's name for good. */
  readonly hash: string;
  readonly mime: PictureMime;
  /** The size. */
  readonly bytes: number;
}

export interface RefusedPicture {
  readonly error: {
    readonly code: "REELAY_PICTURE_UNSUPPORTED" | "REELAY_PICTURE_TOO_LARGE";
    readonly cause: string;
  };
}

export interface OpenedPicture {
  readonly path: string;
  readonly mime: PictureMime;
  /** Bytes. */
  readonly size: number;
}

const isMissing = (error: unknown): boolean => (error as { readonly code?: unknown }).code === "ENOENT";

/**
 * Pictures by the hash of their content, below `<data>/artwork`. Storing the same picture twice stores it once; a picture
 * never changes under its name, so it can be cached without end.
 */
export class ArtworkStore {
  readonly #folder: string;

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, "artwork");
  }

  /** Keeps a picture; refuses what is not JPEG, PNG, WebP or GIF by its bytes, or larger than 10 MiB. */
  async put(bytes: Uint8Array): Promise<StoredPicture | RefusedPicture> {
    const mime = pictureTypeOf(bytes);
    if (!mime) {
      return { error: { code: "REELAY_PICTURE_UNSUPPORTED", cause: "It is no JPEG, PNG, WebP or GIF picture." } };
    }
    if (bytes.length > MAX_PICTURE_BYTES) {
      return { error: { code: "REELAY_PICTURE_TOO_LARGE", cause: "The picture is larger than 10 MiB." } };
    }
    const hash = createHash("sha256").update(bytes).digest("hex");
    const path = this.#pathOf(hash);
    if ((await sizeOf(path)) !== bytes.length) await writeWhole(path, bytes);
    return { hash, mime, bytes: bytes.length };
  }

  /** Where a picture lies; undefined if there is none of that hash, or if it is no hash. */
  async open(hash: string): Promise<OpenedPicture | undefined> {
    if (!/^[0-9a-f]{64}$/.test(hash)) return undefined;
    const path = this.#pathOf(hash);
    try {
      await using handle = await open(path);
      const [{ buffer, bytesRead }, { size }] = await Promise.all([
        handle.read(Buffer.alloc(16), 0, 16, 0),
        handle.stat(),
      ]);
      const mime = pictureTypeOf(buffer.subarray(0, bytesRead));
      return mime ? { path, mime, size } : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** The hashes of all pictures, with when each was written (epoch ms). */
  async *list(): AsyncGenerator<{ readonly hash: string; readonly writtenAt: number }> {
    for (const shelf of await namesIn(this.#folder)) {
      for (const hash of await namesIn(join(this.#folder, shelf))) {
        if (!/^[0-9a-f]{64}$/.test(hash)) continue;
        const found = await stat(this.#pathOf(hash)).catch(() => undefined);
        if (found !== undefined) yield { hash, writtenAt: found.mtimeMs };
      }
    }
  }

  async remove(hash: string): Promise<void> {
    if (/^[0-9a-f]{64}$/.test(hash)) await rm(this.#pathOf(hash), { force: true });
  }

  #pathOf(hash: string): string {
    return join(this.#folder, hash.slice(0, 2), hash);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whole or not at all, also when two write the same at once. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(draft, bytes, { flag: "wx" });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
