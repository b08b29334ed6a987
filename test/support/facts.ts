import type { ItemName, Kind } from "./sample-library.ts";
import type { Told } from "./told.ts";

const kinds: Readonly<Record<number, Kind>> = {
  1: "movie",
  2: "show",
  3: "season",
  4: "episode",
  8: "artist",
  9: "album",
  10: "track",
};

/** Timeline states that are facts: 0 created, 9 deleted, and the bare 5, which says that an item is settled. */
export function itemFact({ type, entry }: Told): "created" | "settled" | "deleted" | undefined {
  if (type !== "timeline") return undefined;
  if (entry.state === 0) return "created";
  if (entry.state === 9) return "deleted";
  const bare = entry.metadataState === undefined && entry.mediaState === undefined && entry.queueSize === undefined;
  return entry.state === 5 && bare ? "settled" : undefined;
}

/** Everything that is not progress. */
export function isFact(told: Told): boolean {
  if (told.type === "activity") return told.entry.event !== "updated";
  if (told.type === "timeline") return itemFact(told) !== undefined;
  return told.type !== "progress";
}

export interface ActivityEntry {
  readonly event: string;
  readonly uuid: string;
  readonly Activity: { readonly uuid: string; readonly title: string; readonly progress: number };
}

export function activityOf({ entry }: Told): ActivityEntry {
  return entry as unknown as ActivityEntry;
}

/**
 * Knows items by what clients can know of them: parents from the `created` notification, the title from the settled
 * one. So the tests name items by their titles, and never ask the server.
 */
export class ItemBook {
  readonly #items = new Map<string, { kind: Kind; parent: string | undefined; title: string | undefined }>();

  /** Reads what was told; in order, more than once if need be. */
  read(told: readonly Told[]): this {
    for (const { type, entry } of told) {
      if (type !== "timeline") continue;
      const id = String(entry.itemID);
      const known = this.#items.get(id);
      this.#items.set(id, {
        kind: kinds[Number(entry.type)] ?? raise(`type ${entry.type}`),
        parent: entry.parentItemID === undefined ? known?.parent : String(entry.parentItemID),
        title: entry.title === "" ? known?.title : String(entry.title),
      });
    }
    return this;
  }

  /** @throws for an item of which only a number is known */
  nameOf(itemID: unknown): ItemName {
    const { kind } = this.#items.get(String(itemID)) ?? raise(`item ${itemID} was never told`);
    return `${kind} ${this.#path(String(itemID))}`;
  }

  #path(id: string): string {
    const item = this.#items.get(id) ?? raise(`item ${id} was never told`);
    const title = item.title ?? raise(`item ${id} was never given a title`);
    return item.parent === undefined ? title : `${this.#path(item.parent)}/${title}`;
  }

  /** The facts among what was told, a line each: `created movie X`, `activity started Scanning Films`. */
  facts(told: readonly Told[]): string[] {
    this.read(told);
    return told.filter(isFact).map((one) => {
      const fact = itemFact(one);
      if (fact !== undefined) return `${fact} ${this.nameOf(one.entry.itemID)}`;
      if (one.type === "activity") return `activity ${activityOf(one).event} ${activityOf(one).Activity.title}`;
      if (one.type === "status") return `status ${one.entry.title}`;
      return `${one.type} ${JSON.stringify(one.entry)}`;
    });
  }
}

function raise(message: string): never {
  throw new Error(message);
}
