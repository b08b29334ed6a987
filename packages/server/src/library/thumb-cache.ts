import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Logger, systemCode } from "../support/index.ts";

/** Small pictures on the disk, by key. What is lost is made again: the oldest go when there are too many bytes. */
export class ThumbCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #log: Logger;
  /** Since the last trimming. */
  #written = 0;
  #trimming: Promise<number> | undefined;

  /** @param folder is made when it is needed */
  constructor(folder: string, maxBytes: number, log: Logger) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#log = log;
  }

  async read(key: string): Promise<Buffer | undefined> {
    try {
      const bytes = await readFile(this.#pathOf(key));
      // A file without an end was written as the disk filled up.
      return bytes.length > 2 && bytes.readUInt16BE(bytes.length - 2) === 0xffd9 ? bytes : undefined;
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return undefined;
    }
  }

  /** Never fails: a picture that cannot be kept is made again the next time. */
  async write(key: string, bytes: Buffer): Promise<void> {
    const path = this.#pathOf(key);
    const draft = `${path}.${randomUUID()}.tmp`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(draft, bytes, { flag: "wx" });
      await rename(draft, path);
    } catch (error) {
      this.#log.debug({ err: error }, "a small picture could not be kept");
      await rm(draft, { force: true }).catch(() => undefined);
      return;
    }
    this.#written += bytes.length;
    if (this.#written > this.#maxBytes / 4) void this.trim();
  }

  /** Removes the oldest until there is room again. @returns how many */
  trim(): Promise<number> {
    this.#trimming ??= this.#trim()
      .catch((error: unknown) => {
        this.#log.debug({ err: error }, "small pictures could not be removed");
        return 0;
      })
      .finally(() => {
        this.#trimming = undefined;
      });
    return this.#trimming;
  }

  /** Waits for what runs. */
  async close(): Promise<void> {
    await this.#trimming;
  }

  async #trim(): Promise<number> {
    this.#written = 0;
    const files: { readonly path: string; readonly size: number; readonly mtimeMs: number }[] = [];
    for (const shelf of await readdir(this.#folder).catch(() => [])) {
      for (const name of await readdir(join(this.#folder, shelf)).catch(() => [])) {
        const path = join(this.#folder, shelf, name);
        const found = await stat(path).catch(() => undefined);
        if (found?.isFile() === true) files.push({ path, size: found.size, mtimeMs: found.mtimeMs });
      }
    }
    let excess = files.reduce((sum, { size }) => sum + size, 0) - this.#maxBytes * 0.75;
    let removed = 0;
    for (const { path, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (excess <= 0) break;
      await rm(path, { force: true });
      excess -= size;
      removed++;
    }
    return removed;
  }

  #pathOf(key: string): string {
    return join(this.#folder, key.slice(0, 2), `${key}.jpg`);
  }
}
