/** For so long a webhook may come behind its notification, or before it. ms */
const LATE_MS = 600_000;
const MOST = 1_000;

/** An item, and what it is part of. */
export interface Family {
  readonly id: number;
  readonly parentId?: number | undefined;
  readonly rootId?: number | undefined;
}

/** Items that were told of a short while ago: what is above or below one of them is of the same arrival. */
export class ToldFamilies {
  #told: (Family & { readonly at: number })[] = [];

  add({ id, parentId, rootId }: Family, at: number): void {
    this.#told = this.#told.filter((one) => one.id !== id && at - one.at < LATE_MS).slice(-(MOST - 1));
    this.#told.push({ id, parentId, rootId, at });
  }

  has(family: Family, at: number): boolean {
    return this.#told.some((one) => at - one.at < LATE_MS && (isOf(one, family) || isOf(family, one)));
  }
}

function isOf({ id }: Family, other: Family): boolean {
  return id === other.id || id === other.parentId || id === other.rootId;
}
