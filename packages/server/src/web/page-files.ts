import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { systemCode } from "../support/index.ts";

/** How a file can be sent, in the order in which they are preferred: smallest first. */
export type Coding = "br" | "gzip" | "identity";

export interface PageFile {
  readonly type: string;
  /** Whether its name changes with its content. */
  readonly hashed: boolean;
  /** `identity` is always there. */
  readonly bytes: ReadonlyMap<Coding, Buffer>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};
const codings = { ".br": "br", ".gz": "gzip" } as const satisfies Record<string, Coding>;
const isCoding = (extension: string): extension is keyof typeof codings => Object.hasOwn(codings, extension);

/** The page as it was built, in memory: less than two megabytes, read again when it was built anew. */
export class PageFiles {
  readonly #folder: string;
  #readAt: number | undefined;
  #files: Promise<ReadonlyMap<string, PageFile>> = Promise.resolve(new Map());

  /** @param folder `dist` of the dashboard; it need not be there yet */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The file of that name below the folder, with slashes; undefined if there is none. */
  async get(name: string): Promise<PageFile | undefined> {
    // Renewed with every build, and the last to be written.
    const builtAt = await modifiedAt(join(this.#folder, "built-from"));
    if (builtAt !== this.#readAt) {
      this.#readAt = builtAt;
      this.#files = builtAt === undefined ? Promise.resolve(new Map()) : readAll(this.#folder);
      // A build that is put in its place at this very moment: the next request reads it.
      this.#files.catch(() => {
        this.#readAt = undefined;
      });
    }
    return (await this.#files).get(name);
  }
}

async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function readAll(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const found = new Map<string, { readonly type: string; readonly hashed: boolean; bytes: Map<Coding, Buffer> }>();
  for (const path of await readdir(folder, { recursive: true })) {
    const name = path.replaceAll(sep, "/");
    const last = extname(name);
    const coding: Coding = isCoding(last) ? codings[last] : "identity";
    const plain = coding === "identity" ? name : name.slice(0, -last.length);
    const type = types[extname(plain)];
    if (type === undefined) continue;
    const file = found.get(plain) ?? { type, hashed: plain.startsWith("assets/"), bytes: new Map() };
    file.bytes.set(coding, await readFile(join(folder, path)));
    found.set(plain, file);
  }
  return found;
}
