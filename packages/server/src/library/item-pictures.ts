import { readFile, stat } from "node:fs/promises";
import type { Database, Row, Transaction } from "../storage/index.ts";
import { type Logger, systemCode } from "../support/index.ts";
import type { ArtworkStore } from "./artwork.ts";
import { joinBytes, nameText } from "./file-name.ts";
import { albumPicture, artistPicture, episodePicture, moviePicture, seasonPicture, showPicture } from "./picture.ts";
import { MAX_PICTURE_BYTES } from "./picture-type.ts";

/** The picture that an item has now: the hash of its content, or none. */
export interface Thumb {
  readonly itemId: number;
  readonly hash: string | null;
}

interface Folder {
  readonly locationId: number;
  readonly root: Buffer;
  readonly path: Buffer;
}

const FILE_COLUMNS = `f.name, f.media ->> 'cover' AS cover, d.path AS folder, d.location_id, l.path AS root
  FROM files f JOIN folders d ON d.id = f.folder_id JOIN locations l ON l.id = d.location_id`;

/**
 * Which picture belongs to which item: the one in its folder that is named for it, else the cover embedded in a file.
 * Folders' pictures are known from the walk (`folders.pictures`), so nothing is listed twice.
 */
export class ItemPictures {
  readonly #database: Database;
  readonly #artwork: ArtworkStore;
  readonly #log: Logger;

  constructor(database: Database, artwork: ArtworkStore, log: Logger) {
    this.#database = database;
    this.#artwork = artwork;
    this.#log = log;
  }

  /** For the items of a file that was just read. @param cover hash of the cover embedded in it */
  async forFile(fileId: number, cover: string | undefined): Promise<Thumb[]> {
    const items = this.#database.read.all(
      "SELECT i.id, i.type, i.number FROM item_files x JOIN items i ON i.id = x.item_id WHERE x.file_id = ?",
      fileId,
    );
    return Promise.all(items.map((item) => this.#thumb(item, cover)));
  }

  /** For the seasons, shows, albums and artists that are not settled yet. */
  async forUnsettledParents(sectionId: number): Promise<Thumb[]> {
    const items = this.#database.read.all(
      `SELECT id, type, number FROM items WHERE section_id = ? AND ready = 0 AND deleted_at IS NULL
       AND type IN ('show', 'season', 'artist', 'album') ORDER BY id`,
      sectionId,
    );
    return Promise.all(items.map((item) => this.#thumb(item, undefined)));
  }

  /** The items whose picture is another one since the pictures of this folder changed. */
  async changedIn(folderId: number): Promise<Thumb[]> {
    const items = this.#database.read.all(
      `WITH folder AS (SELECT location_id, path FROM folders WHERE id = ?),
         held AS (SELECT x.item_id FROM folder p JOIN folders d ON d.location_id = p.location_id
           AND (d.path = p.path OR length(p.path) = 0 OR substr(d.path, 1, length(p.path) + 1) = CAST(p.path || '/' AS BLOB))
           JOIN files f ON f.folder_id = d.id AND f.deleted_at IS NULL JOIN item_files x ON x.file_id = f.id)
       SELECT id, type, number, thumb FROM items WHERE deleted_at IS NULL AND ready = 1 AND id IN (
         SELECT item_id FROM held UNION SELECT parent_id FROM items JOIN held ON item_id = id
         UNION SELECT root_id FROM items JOIN held ON item_id = id) ORDER BY id`,
      folderId,
    );
    const changed: Thumb[] = [];
    for (const item of items) {
      const thumb = await this.#thumb(item, undefined);
      if (thumb.hash !== item.thumb) changed.push(thumb);
    }
    return changed;
  }

  /** Whatever is right for one item now. */
  current(item: Row): Promise<Thumb> {
    return this.#thumb(item, undefined);
  }

  set(tx: Transaction, thumbs: readonly Thumb[]): void {
    for (const { itemId, hash } of thumbs) tx.run("UPDATE items SET thumb = ? WHERE id = ?", hash, itemId);
  }

  async #thumb(item: Row, cover: string | undefined): Promise<Thumb> {
    const itemId = Number(item.id);
    const file = this.#firstFile(itemId, String(item.type));
    if (file === undefined) return { itemId, hash: null };
    const chosen = this.#choose(item, file);
    const stored = chosen === undefined ? undefined : await this.#store(chosen.folder, chosen.name);
    // A track shows its album's picture; its own cover is the album's.
    const embedded = item.type === "track" || item.type === "artist" ? null : (cover ?? file.cover);
    return { itemId, hash: stored ?? (typeof embedded === "string" ? embedded : null) };
  }

  #firstFile(itemId: number, type: string): Row | undefined {
    const holder = type === "movie" || type === "episode" || type === "track" ? "x.item_id" : "i.parent_id";
    const column = type === "show" || type === "artist" ? "i.root_id" : holder;
    // An album's cover is that of its first file that has one.
    return this.#database.read.get(
      `SELECT ${FILE_COLUMNS} JOIN item_files x ON x.file_id = f.id JOIN items i ON i.id = x.item_id
       WHERE ${column} = ? AND f.deleted_at IS NULL AND i.deleted_at IS NULL
       ORDER BY f.media ->> 'cover' IS NULL, d.path, f.name LIMIT 1`,
      itemId,
    );
  }

  #choose(item: Row, file: Row): { readonly folder: Folder; readonly name: string } | undefined {
    const folder: Folder = {
      locationId: Number(file.location_id),
      root: Buffer.from(String(file.root)),
      path: Buffer.from(file.folder as Uint8Array),
    };
    const top: Folder = { ...folder, path: topOf(folder.path) };
    const names = this.#pictureNames(folder);
    const fileName = nameText(file.name as Uint8Array);
    const pick = (name: string | undefined, where = folder) =>
      name === undefined ? undefined : { folder: where, name };
    switch (item.type) {
      case "movie":
        return pick(moviePicture(names, fileName, this.#holdsOneFilm(folder)));
      case "episode":
        return pick(episodePicture(names, fileName));
      case "season": {
        const season = seasonPicture(
          Number(item.number ?? 1),
          this.#pictureNames(top),
          folder.path.equals(top.path) ? [] : names,
        );
        return season === undefined ? undefined : pick(season.name, season.folder === "show" ? top : folder);
      }
      case "show":
        return pick(showPicture(this.#pictureNames(top)), top);
      case "album":
        return pick(albumPicture(names)) ?? this.#albumAbove(folder);
      case "artist":
        // With the albums directly in the section's folder there is no folder of the artist.
        return folder.path.equals(top.path) ? undefined : pick(artistPicture(this.#pictureNames(top)), top);
      default:
        return undefined;
    }
  }

  /** An album on several discs has its cover above them. */
  #albumAbove(folder: Folder): { readonly folder: Folder; readonly name: string } | undefined {
    const slash = folder.path.lastIndexOf(0x2f);
    const last = nameText(folder.path.subarray(slash + 1));
    if (slash === -1 || !/^(?:cd|dis[ck])\s*\d+/i.test(last)) return undefined;
    const above = { ...folder, path: folder.path.subarray(0, slash) };
    const name = albumPicture(this.#pictureNames(above));
    return name === undefined ? undefined : { folder: above, name };
  }

  #holdsOneFilm(folder: Folder): boolean {
    if (folder.path.length === 0) return false;
    const row = this.#database.read.get(
      `SELECT count(DISTINCT x.item_id) AS n FROM folders d JOIN files f ON f.folder_id = d.id AND f.deleted_at IS NULL
       JOIN item_files x ON x.file_id = f.id WHERE d.location_id = ? AND d.path = ?`,
      folder.locationId,
      folder.path,
    );
    return Number(row?.n) <= 1;
  }

  #pictureNames({ locationId, path }: Folder): string[] {
    const row = this.#database.read.get(
      "SELECT pictures FROM folders WHERE location_id = ? AND path = ?",
      locationId,
      path,
    );
    return parsePictures(String(row?.pictures ?? ""));
  }

  async #store(folder: Folder, name: string): Promise<string | undefined> {
    const path = joinBytes(folder.root, folder.path, Buffer.from(name));
    try {
      if ((await stat(path)).size > MAX_PICTURE_BYTES) {
        this.#log.warn({ path: path.toString(), code: "REELAY_PICTURE_TOO_LARGE" }, "a picture is too large");
        return undefined;
      }
      const stored = await this.#artwork.put(await readFile(path));
      if ("hash" in stored) return stored.hash;
      this.#log.warn({ path: path.toString(), code: stored.error.code }, stored.error.cause);
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      this.#log.warn({ path: path.toString(), code: systemCode(error) }, "a picture could not be read");
    }
    return undefined;
  }
}

/** The folder directly below the location: that of the show or the artist. */
function topOf(path: Buffer): Buffer {
  const slash = path.indexOf(0x2f);
  return slash === -1 ? path : path.subarray(0, slash);
}

/** One picture of a folder as the walk found it. */
export interface PictureFile {
  readonly name: Buffer;
  readonly size: number;
  readonly mtime: number;
}

/** A folder's pictures as kept in `folders.pictures`: equal texts, equal pictures. Names that are not UTF-8 choose nothing. */
export function formatPictures(pictures: readonly PictureFile[]): string {
  return pictures.length === 0
    ? ""
    : JSON.stringify(pictures.map(({ name, size, mtime }) => [nameText(name), size, mtime]));
}

function parsePictures(text: string): string[] {
  return text === "" ? [] : (JSON.parse(text) as [string, number, number][]).map(([name]) => name);
}
