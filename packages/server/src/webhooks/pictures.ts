import { type ItemSnapshot, readSnapshot } from "../events/index.ts";
import type { Queries } from "../storage/index.ts";

/** Makes the small JPEG that goes with an item. */
export type MakeThumb = (snapshot: ItemSnapshot) => Promise<Uint8Array>;

/** Kept in memory: hooks and attempts of one event send the same picture. */
const MOST_BYTES = 16 * 1_048_576;

/** The pictures of deliveries, by the hash of their snapshot. */
export class Pictures {
  readonly #read: Queries;
  readonly #make: MakeThumb;
  readonly #made = new Map<string, Uint8Array>();
  readonly #making = new Map<string, Promise<Uint8Array | undefined>>();
  #bytes = 0;

  constructor(read: Queries, make: MakeThumb) {
    this.#read = read;
    this.#make = make;
  }

  /** @returns at once what is in memory; undefined for a snapshot that is not kept any more */
  get(hash: string): Uint8Array | Promise<Uint8Array | undefined> {
    const made = this.#made.get(hash);
    if (made === undefined) return this.#once(hash);
    // The newest at the end.
    this.#made.delete(hash);
    this.#made.set(hash, made);
    return made;
  }

  #once(hash: string): Promise<Uint8Array | undefined> {
    let making = this.#making.get(hash);
    if (making === undefined) {
      making = this.#load(hash).finally(() => this.#making.delete(hash));
      this.#making.set(hash, making);
    }
    return making;
  }

  async #load(hash: string): Promise<Uint8Array | undefined> {
    const snapshot = readSnapshot(this.#read, hash);
    if (snapshot === undefined) return undefined;
    const picture = await this.#make(snapshot);
    this.#made.set(hash, picture);
    this.#bytes += picture.length;
    for (const [oldest, { length }] of this.#made) {
      if (this.#bytes <= MOST_BYTES) break;
      this.#made.delete(oldest);
      this.#bytes -= length;
    }
    return picture;
  }
}
