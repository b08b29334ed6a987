import { type ItemSnapshot, readSnapshot } from "../events/index.ts";
import type { Queries } from "../storage/index.ts";

/** Makes the small JPEG that goes with an item. */
export type MakeThumb = (snapshot: ItemSnapshot) => Promise<Uint8Array>;

/** Kept in memory: the events of an item, and all hooks and attempts, send the same picture. */
const MOST_BYTES = 16 * 1_048_576;
/** Snapshots of which it is known what their picture is made of. */
const MOST_KEYS = 4_096;

/** The pictures of deliveries, by the hash of their snapshot. */
export class Pictures {
  readonly #read: Queries;
  readonly #make: MakeThumb;
  readonly #keys = new Map<string, string>();
  readonly #made = new Map<string, Uint8Array>();
  readonly #making = new Map<string, Promise<Uint8Array>>();
  #bytes = 0;

  constructor(read: Queries, make: MakeThumb) {
    this.#read = read;
    this.#make = make;
  }

  /** @returns at once what is in memory; undefined for a snapshot that is not kept any more */
  get(hash: string): Uint8Array | Promise<Uint8Array> | undefined {
    let key = this.#keys.get(hash);
    const known = key === undefined ? undefined : this.#inMemory(key);
    if (known !== undefined) return known;
    const snapshot = readSnapshot(this.#read, hash);
    if (snapshot === undefined) return undefined;
    key = keyOf(snapshot);
    if (this.#keys.size >= MOST_KEYS) this.#keys.clear();
    this.#keys.set(hash, key);
    return this.#inMemory(key) ?? this.#once(key, snapshot);
  }

  #inMemory(key: string): Uint8Array | undefined {
    const made = this.#made.get(key);
    if (made === undefined) return undefined;
    // The newest at the end.
    this.#made.delete(key);
    this.#made.set(key, made);
    return made;
  }

  #once(key: string, snapshot: ItemSnapshot): Promise<Uint8Array> {
    let making = this.#making.get(key);
    if (making === undefined) {
      making = this.#load(key, snapshot).finally(() => this.#making.delete(key));
      this.#making.set(key, making);
    }
    return making;
  }

  async #load(key: string, snapshot: ItemSnapshot): Promise<Uint8Array> {
    const picture = await this.#make(snapshot);
    this.#made.set(key, picture);
    this.#bytes += picture.length;
    for (const [oldest, { length }] of this.#made) {
      if (this.#bytes <= MOST_BYTES) break;
      this.#made.delete(oldest);
      this.#bytes -= length;
    }
    return picture;
  }
}

/** What a picture is made of: snapshots of one item differ in what was seen of it, and not in this. */
function keyOf({ thumb, metadata }: ItemSnapshot): string {
  const { ratingKey, type, title, originalTitle, parentTitle, grandparentTitle, index, parentIndex, year } = metadata;
  const names = [type, title, originalTitle, parentTitle, grandparentTitle];
  return JSON.stringify([thumb, ratingKey, ...names, index, parentIndex, year]);
}
