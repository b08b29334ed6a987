import type { ItemSnapshot } from "../events/index.ts";
import type { Clock } from "../support/index.ts";
import type { UpstreamClient } from "./client.ts";

/** For one picture, milliseconds and bytes. */
const PICTURE_MS = 3_000;
const PICTURE_BYTES = 10 * 1_048_576;
/** Asked for at once. */
const MOST_AT_ONCE = 4;
/** Pictures of which it is known where they are kept. */
const MOST = 2_000;
/** What is kept and shown by nothing may be removed after an hour. ms */
const KNOWN_MS = 1_800_000;
/** One that could not be had is asked for again after so long. ms */
const MISSING_MS = 60_000;

export interface UpstreamPicturesOptions {
  readonly client: UpstreamClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Keeps a picture. @returns the hash of its content; undefined if it is none */
  readonly keep: (bytes: Uint8Array) => Promise<string | undefined>;
}

interface Known {
  /** Null: it could not be had. */
  readonly hash: string | null;
  readonly at: number;
}

/**
 * The pictures of an upstream's items, for webhooks: fetched by this server's own token, kept by the hash of their content
 * as those of the own library are. What there is none of is drawn as a card.
 */
export class UpstreamPictures {
  readonly #options: UpstreamPicturesOptions;
  /** By the path on the upstream, which changes with the picture. */
  readonly #known = new Map<string, Known>();
  readonly #fetching = new Map<string, Promise<void>>();

  constructor(options: UpstreamPicturesOptions) {
    this.#options = options;
  }

  /** Whether it is not known yet what its picture is. */
  lacks(snapshot: ItemSnapshot | undefined): boolean {
    const path = snapshot && pathOf(snapshot);
    return path !== undefined && this.#get(path) === undefined;
  }

  /** With its picture, as far as that is here. */
  into(snapshot: ItemSnapshot): ItemSnapshot {
    const path = snapshot.thumb === null ? pathOf(snapshot) : undefined;
    const hash = path && this.#get(path)?.hash;
    return hash ? { ...snapshot, thumb: hash } : snapshot;
  }

  /** Fetches what is not here. Resolves after three seconds at the latest, and never rejects. */
  async fetch(snapshots: readonly (ItemSnapshot | undefined)[]): Promise<void> {
    const { clock, signal } = this.#options;
    const paths = new Set(snapshots.flatMap((one) => (one && this.lacks(one) ? (pathOf(one) ?? []) : [])));
    if (paths.size === 0) return;
    const over = Promise.withResolvers<void>();
    const cancel = clock.after(PICTURE_MS, over.resolve);
    const stop = () => over.resolve();
    signal.addEventListener("abort", stop, { once: true });
    const queue = [...paths];
    let isOver = false;
    const lane = async () => {
      for (let path = queue.shift(); path !== undefined && !isOver && !signal.aborted; path = queue.shift())
        await this.#once(path);
    };
    await Promise.race([Promise.all(Array.from({ length: MOST_AT_ONCE }, lane)), over.promise]);
    isOver = true;
    cancel();
    signal.removeEventListener("abort", stop);
  }

  #get(path: string): Known | undefined {
    const known = this.#known.get(path);
    if (known === undefined) return undefined;
    const age = this.#options.clock.now() - known.at;
    return age < (known.hash === null ? MISSING_MS : KNOWN_MS) ? known : undefined;
  }

  #once(path: string): Promise<void> {
    let fetching = this.#fetching.get(path);
    if (fetching === undefined) {
      fetching = this.#fetch(path).finally(() => this.#fetching.delete(path));
      this.#fetching.set(path, fetching);
    }
    return fetching;
  }

  async #fetch(path: string): Promise<void> {
    const { client, keep, clock, signal } = this.#options;
    let hash: string | null = null;
    try {
      const { status, body } = await client.ask(path, {
        ...{ headers: { accept: "image/jpeg, image/*" }, signal },
        ...{ timeoutMs: PICTURE_MS, maxBytes: PICTURE_BYTES },
      });
      if (status === 200) hash = (await keep(body)) ?? null;
    } catch {
      // A card is drawn, and the picture asked for again later.
    }
    if (signal.aborted) return;
    const [oldest] = this.#known.keys();
    this.#known.delete(path);
    if (this.#known.size >= MOST && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(path, { hash, at: clock.now() });
  }
}

/** Of the item, else of what it is part of. What is somewhere else on the internet is not asked for. */
function pathOf({ metadata }: ItemSnapshot): string | undefined {
  return [metadata.thumb, metadata.parentThumb, metadata.grandparentThumb].find(
    (path): path is string => typeof path === "string" && /^\/(?!\/)[\x21-\x7e]{1,500}$/.test(path),
  );
}
