import type { RunningActivity } from "../activities/index.ts";
import { ReelayError } from "../support/index.ts";
import { joinBytes } from "./file-name.ts";
import type { StoredMedia } from "./file-store.ts";
import { itemRow } from "./item-store.ts";
import type { ScanRooms } from "./scan.ts";

/** Reads items again when somebody asks, told as Plex tells it: `library.refresh.items`, then one bare 5. */
export class ItemRefresher {
  readonly #rooms: ScanRooms;
  readonly #running = new Set<Promise<void>>();
  readonly #abort = new AbortController();

  constructor(rooms: ScanRooms) {
    this.#rooms = rooms;
  }

  /** @returns the activity's uuid, as soon as it is told @throws REELAY_NOT_FOUND */
  async refresh(itemId: number, accountId: number): Promise<string> {
    const { database, activities, log } = this.#rooms;
    const activity = await database.transaction((tx) => {
      if (tx.get("SELECT 1 FROM items WHERE id = ? AND deleted_at IS NULL", itemId) === undefined) {
        throw new ReelayError("REELAY_NOT_FOUND", `There is no item ${itemId}.`);
      }
      return activities.start(tx, {
        type: "library.refresh.items",
        title: "Refreshing",
        audience: { kind: "account", accountId },
        userID: accountId,
        cancellable: false,
      });
    });
    const work = this.#run(itemId, activity)
      .catch((error: unknown) => log.error({ err: error, item: itemId }, "an item could not be refreshed"))
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
    return activity.uuid;
  }

  /** Waits for what runs. */
  async close(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#running);
  }

  async #run(itemId: number, activity: RunningActivity): Promise<void> {
    const { database, files, pictures, clock } = this.#rooms;
    const key = `/library/metadata/${itemId}`;
    try {
      activity.update({ subtitle: "Checking files", progress: 0, context: { key, accessible: true, exists: true } });
      const leaves = database.read.all(
        `SELECT DISTINCT f.id, f.name, f.size, f.mtime, f.inode, d.path AS folder, l.path AS root, s.type
         FROM items i JOIN item_files x ON x.item_id = i.id JOIN files f ON f.id = x.file_id AND f.deleted_at IS NULL
         JOIN folders d ON d.id = f.folder_id JOIN locations l ON l.id = d.location_id JOIN sections s ON s.id = l.section_id
         WHERE i.id = ?1 OR i.parent_id = ?1 OR i.root_id = ?1`,
        itemId,
      );
      activity.update({ subtitle: "Refreshing media analysis", progress: 33, context: { key, refreshed: true } });
      for (const [index, row] of leaves.entries()) {
        if (this.#abort.signal.aborted) break;
        await this.#readAgain(row);
        activity.update({
          progress: 33 + Math.floor((60 * (index + 1)) / leaves.length),
          context: { key, analyzed: true },
        });
      }
      const thumb = await pictures.current(database.read.get("SELECT * FROM items WHERE id = ?", itemId) ?? {});
      await database.transaction((tx) => {
        if (itemRow(tx, itemId).deleted_at === null) {
          pictures.set(tx, [thumb]);
          files.settleItem(tx, itemId, Math.floor(clock.now() / 1000));
        }
        activity.end(tx, { progress: 100 });
      });
    } catch (error) {
      await database.transaction((tx) => activity.end(tx));
      throw error;
    }
  }

  /** Keeps new facts of a file; the item's own settling tells of them. */
  async #readAgain(row: Record<string, unknown>): Promise<void> {
    const { database, probes, artwork } = this.#rooms;
    const path = joinBytes(Buffer.from(String(row.root)), row.folder as Uint8Array, row.name as Uint8Array);
    const probe = await probes.probe(path, row.type === "artist" ? "audio" : "video");
    if (probe.media === undefined || probe.fingerprint === undefined) return;
    const cover = probe.picture === undefined ? undefined : await artwork.put(probe.picture.bytes);
    const media: StoredMedia = {
      ...probe.media,
      ...(probe.tags === undefined ? {} : { tags: probe.tags }),
      ...(cover !== undefined && "hash" in cover ? { cover: cover.hash } : {}),
    };
    const { head, tail } = probe.fingerprint;
    await database.transaction((tx) => {
      tx.run(
        "UPDATE files SET media = ?, head = ?, tail = ?, error = NULL WHERE id = ?",
        JSON.stringify(media),
        head,
        tail,
        Number(row.id),
      );
    });
  }
}
