import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ItemSnapshot } from "../events/index.ts";
import type { Logger } from "../support/index.ts";
import type { ArtworkStore } from "./artwork.ts";
import type { Card } from "./card.ts";
import { cardOf } from "./card.ts";
import { ThumbCache } from "./thumb-cache.ts";
import type { Box } from "./thumb-making.ts";
import { Turns } from "./turns.ts";

/** Loaded with the first picture that is made: the library that draws is a large one, and a start does without. */
const load = () => import("./thumb-making.ts");

export interface ThumbsOptions {
  readonly artwork: ArtworkStore;
  /** Small pictures are kept below it. */
  readonly dataDir: string;
  readonly log: Logger;
  /** Of all small pictures that are kept. Default 256 MiB. */
  readonly maxBytes?: number;
}

/** Of the thumbs of webhooks: some 8 to 20 KB. */
const THUMB: Box = { width: 320, height: 480 };
const AT_ONCE = 2;
/** Changes with the way in which they are made, so that nothing made in an older way is shown. */
const EDITION = 2;
/** Pictures that could not be read, kept in mind. */
const MOST_BAD = 1_000;

/**
 * Small JPEG pictures of items: of their poster or cover, and of those without one a drawn card. Made off the main thread,
 * a few at a time, each once, and kept by the hash of what they are made of.
 */
export class Thumbs {
  readonly #artwork: ArtworkStore;
  readonly #cache: ThumbCache;
  readonly #log: Logger;
  readonly #turns = new Turns(AT_ONCE);
  readonly #making = new Map<string, Promise<Buffer | undefined>>();
  readonly #bad = new Set<string>();

  constructor({ artwork, dataDir, log, maxBytes = 256 * 1024 * 1024 }: ThumbsOptions) {
    this.#artwork = artwork;
    this.#log = log;
    this.#cache = new ThumbCache(join(dataDir, "thumbs"), maxBytes, log);
  }

  /** The picture that goes with a webhook. */
  async ofSnapshot({ metadata, thumb }: ItemSnapshot): Promise<Buffer> {
    const picture = thumb === null ? undefined : await this.picture(thumb, THUMB);
    return picture ?? this.card(cardOf(metadata));
  }

  /** A stored picture, made to fit; undefined for one that is not there or cannot be read. */
  async picture(hash: string, box: Box): Promise<Buffer | undefined> {
    if (this.#bad.has(hash)) return undefined;
    const made = await this.#once(`${hash} ${box.width}x${box.height}`, async () => {
      const stored = await this.#artwork.open(hash);
      return stored && (await load()).shrink(stored.path, box);
    });
    return made;
  }

  /** @throws only when nothing at all can be drawn */
  async card(card: Card): Promise<Buffer> {
    const { drawCard, drawableLine } = await load();
    const { type, title, subtitle } = card;
    // What can be drawn of them too, so that a font that was installed meanwhile shows. What fails is told by the drawing.
    const lines = await Promise.all([title, subtitle].map((text) => drawableLine(text).catch(() => "")));
    const drawn = await this.#once(`card ${JSON.stringify([type, title, subtitle, ...lines])}`, () => drawCard(card));
    // A title that cannot be drawn after all keeps no webhook from being sent.
    return drawn ?? drawCard({ type, title: "", subtitle: "" });
  }

  /** What stands behind an item: its picture, out of focus, or the colours of its card. */
  async backdrop(hash: string | undefined, { type, title }: Card): Promise<Buffer> {
    const blurred =
      hash === undefined || this.#bad.has(hash)
        ? undefined
        : await this.#once(`${hash} backdrop`, async () => {
            const stored = await this.#artwork.open(hash);
            return stored && (await load()).blur(stored.path);
          });
    if (blurred !== undefined) return blurred;
    const { drawBackdrop, WIDE } = await load();
    return drawBackdrop({ type, title }, WIDE);
  }

  /** Removes what is too much. @returns how many */
  trim(): Promise<number> {
    return this.#cache.trim();
  }

  /** Waits for what runs. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#making.values());
    await this.#cache.close();
  }

  #once(name: string, make: () => Promise<Buffer | undefined>): Promise<Buffer | undefined> {
    const key = createHash("sha256").update(`${EDITION} ${name}`).digest("hex").slice(0, 40);
    let making = this.#making.get(key);
    if (making === undefined) {
      making = this.#read(key, name, make).finally(() => this.#making.delete(key));
      this.#making.set(key, making);
    }
    return making;
  }

  async #read(key: string, name: string, make: () => Promise<Buffer | undefined>): Promise<Buffer | undefined> {
    const kept = await this.#cache.read(key);
    if (kept !== undefined) return kept;
    try {
      const made = await this.#turns.take(make);
      if (made !== undefined) await this.#cache.write(key, made);
      return made;
    } catch (error) {
      this.#log.warn({ err: error, picture: name.slice(0, 100) }, "a picture could not be made small");
      if (this.#bad.size >= MOST_BAD) this.#bad.clear();
      this.#bad.add(name.slice(0, name.indexOf(" ")));
      return undefined;
    }
  }
}
