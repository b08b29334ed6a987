import { cpSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { SectionOption } from "../server-options.ts";
import { ReelayError } from "../support/index.ts";

/**
 * The sample library, copied into the data folder at the very first start: so that it can be changed, and the originals
 * cannot. A marker keeps the start «first» until the server has stored the sections.
 */
export class Samples {
  readonly #source: string;
  readonly #dataDir: string;

  constructor(source: string, dataDir: string) {
    this.#source = source;
    this.#dataDir = dataDir;
  }

  get #marker(): string {
    return join(this.#dataDir, "samples-pending");
  }

  /** Copies the samples, each sub-folder a section; nothing unless this is the data folder's first start. */
  install(): readonly SectionOption[] {
    if (existsSync(join(this.#dataDir, "reelay.db")) && !existsSync(this.#marker)) return [];
    const media = join(this.#dataDir, "media");
    writeFileSync(this.#marker, "");
    try {
      cpSync(this.#source, media, { recursive: true, preserveTimestamps: true });
    } catch (error) {
      throw new ReelayError("REELAY_CONFIG_INVALID", `--samples: ${(error as Error).message}`, { cause: error });
    }
    return folders(media).map((name) => ({ path: join(media, name), name }));
  }

  /** The sections are stored: the next start is not the first. */
  installed(): void {
    rmSync(this.#marker, { force: true });
  }
}

/** A film of the samples in the data folder, and the section's folder, if they still are there. */
export function sampleFilm(dataDir: string): { readonly film: string; readonly section: string } | undefined {
  const section = join(dataDir, "media", "Films");
  if (!existsSync(section)) return undefined;
  // The largest, since the smallest is the broken one.
  const [film] = readdirSync(section, { recursive: true, encoding: "utf8" })
    .filter((name) => [".mkv", ".mp4"].includes(extname(name)))
    .map((name) => join(section, name))
    .sort((a, b) => statSync(b).size - statSync(a).size || a.localeCompare(b));
  return film === undefined ? undefined : { film, section };
}

function folders(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
