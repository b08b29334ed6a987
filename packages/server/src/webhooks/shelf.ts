interface Place {
  readonly id: number;
  readonly size: number;
}

/** Knows by which numbers another thread keeps what it was given, so that it is given everything once. The oldest gives way. */
export class Shelf<K> {
  readonly #most: number;
  readonly #places = new Map<K, Place>();
  #size = 0;

  /** @param most the sizes of all together */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns undefined for what is not there */
  find(key: K): number | undefined {
    return this.#places.get(key)?.id;
  }

  /** @returns the numbers of what had to go for it; never its own */
  add(key: K, id: number, size: number): number[] {
    const gone = this.remove(key);
    this.#places.set(key, { id, size });
    this.#size += size;
    for (const [oldest, place] of this.#places) {
      if (this.#size <= this.#most || place.id === id) break;
      gone.push(...this.remove(oldest));
    }
    return gone;
  }

  /** @returns its number, if it was there */
  remove(key: K): number[] {
    const place = this.#places.get(key);
    if (place === undefined) return [];
    this.#places.delete(key);
    this.#size -= place.size;
    return [place.id];
  }
}
