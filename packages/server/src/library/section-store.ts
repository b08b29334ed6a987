import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { basename, sep } from "node:path";
import type { Outbox } from "../events/index.ts";
import type { Database, Row, Transaction } from "../storage/index.ts";
import { type Clock, ReelayError, uuidv7 } from "../support/index.ts";
import { deleteItems } from "./item-store.ts";
import type { SectionType } from "./naming.ts";
import type { ItemType } from "./placement.ts";

export interface Location {
  readonly id: number;
  /** Absolute, without links. */
  readonly path: string;
  /** Device number at the last scan; null before the first. */
  readonly device: number | null;
}

/** A library, in the words of Plex: a type of media and the folders that hold it. Times are epoch seconds. */
export interface Section {
  readonly id: number;
  readonly uuid: string;
  readonly type: SectionType;
  readonly name: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** null: never completely. */
  readonly scannedAt: number | null;
  readonly contentChangedAt: number;
  readonly locations: readonly Location[];
}

export interface NewSection {
  readonly name: string;
  readonly type: SectionType;
  readonly paths: readonly string[];
}

export class SectionStore {
  readonly #database: Database;
  readonly #outbox: Outbox;
  readonly #clock: Clock;

  constructor(database: Database, outbox: Outbox, clock: Clock) {
    this.#database = database;
    this.#outbox = outbox;
    this.#clock = clock;
  }

  list(): Section[] {
    const locations = this.#database.read.all("SELECT id, section_id, path, device FROM locations ORDER BY id");
    return this.#database.read.all("SELECT * FROM sections ORDER BY id").map((row) =>
      toSection(
        row,
        locations.filter((location) => location.section_id === row.id),
      ),
    );
  }

  /** Whether there are none: each request asks. */
  isEmpty(): boolean {
    return this.#database.read.get("SELECT 1 FROM sections LIMIT 1") === undefined;
  }

  get(id: number): Section | undefined {
    const row = this.#database.read.get("SELECT * FROM sections WHERE id = ?", id);
    if (row === undefined) return undefined;
    return toSection(row, this.#database.read.all("SELECT * FROM locations WHERE section_id = ? ORDER BY id", id));
  }

  /** The section whose folder this is. */
  at(path: string): Section | undefined {
    return this.list().find((section) => section.locations.some((location) => location.path === path));
  }

  /** @throws REELAY_SECTION_UNREADABLE, REELAY_SECTION_OVERLAPS, REELAY_INVALID_PARAMETER (no folder) */
  async add({ name, type, paths }: NewSection): Promise<Section> {
    if (paths.length === 0)
      throw new ReelayError("REELAY_INVALID_PARAMETER", "location: at least one folder is needed.");
    const folders = paths.map(readableFolder);
    const now = Math.floor(this.#clock.now() / 1000);
    const id = await this.#database.transaction((tx) => {
      const known = tx.all("SELECT path FROM locations").map((row) => String(row.path));
      for (const [index, folder] of folders.entries()) {
        const other = [...known, ...folders.slice(0, index)].find((path) => overlaps(path, folder));
        if (other !== undefined) throw new ReelayError("REELAY_SECTION_OVERLAPS", `${folder} and ${other}`);
      }
      const section = tx.run(
        "INSERT INTO sections (uuid, type, name, created_at, updated_at, content_changed_at) VALUES (?, ?, ?, ?, ?, ?)",
        uuidv7(this.#clock.now()),
        type,
        name,
        now,
        now,
        now,
      ).lastId;
      for (const folder of folders) tx.run("INSERT INTO locations (section_id, path) VALUES (?, ?)", section, folder);
      return section;
    });
    const section = this.get(id);
    if (section === undefined) throw new Error(`section ${id} is gone right after it was added`);
    return section;
  }

  /**
   * Forgets a section and everything in it, telling each item's deletion; files are not touched.
   * @throws REELAY_NOT_FOUND
   */
  async remove(id: number): Promise<void> {
    const section = this.get(id);
    if (section === undefined) throw new ReelayError("REELAY_NOT_FOUND", `There is no section ${id}.`);
    const types = childrenFirst[section.type];
    const now = Math.floor(this.#clock.now() / 1000);
    // In slices, so that a large section does not hold up everybody else: first every item's end is told, then rows go.
    for (const type of types) {
      await this.#untilNone((tx) => {
        const items = tx.all(sectionSlices.livingItems, id, type);
        deleteItems(
          tx,
          this.#outbox,
          items.map((row) => Number(row.id)),
          now,
        );
        return items.length;
      });
    }
    for (const type of types) await this.#untilNone((tx) => tx.run(sectionSlices.deleteItems, id, type).changes);
    await this.#untilNone((tx) => tx.run(sectionSlices.deleteFiles, id).changes);
    await this.#untilNone((tx) => tx.run(sectionSlices.deleteFolders, id).changes);
    await this.#database.transaction((tx) => {
      tx.run("DELETE FROM sections WHERE id = ?", id);
    });
  }

  /** Repeats a unit of work until it finds nothing to do. */
  async #untilNone(unit: (tx: Transaction) => number): Promise<void> {
    while ((await this.#database.transaction(unit)) > 0);
  }
}

/** A parent is referenced by its children. */
const childrenFirst: Readonly<Record<SectionType, readonly ItemType[]>> = {
  movie: ["movie"],
  show: ["episode", "season", "show"],
  artist: ["track", "album", "artist"],
};
/** Rows that one unit of work deletes. */
const SLICE = "LIMIT 500";
/** What one unit of the removal of a section does. In the order of these joins: any other reads the files of all sections. */
export const sectionSlices = {
  livingItems: `SELECT id FROM items WHERE section_id = ? AND type = ? AND deleted_at IS NULL ${SLICE}`,
  deleteItems: `DELETE FROM items WHERE id IN
    (SELECT id FROM items WHERE section_id = ? AND type = ? AND deleted_at IS NOT NULL ${SLICE})`,
  deleteFiles: `DELETE FROM files WHERE id IN (SELECT f.id FROM locations l CROSS JOIN folders d ON d.location_id = l.id
    CROSS JOIN files f ON f.folder_id = d.id WHERE l.section_id = ? ${SLICE})`,
  deleteFolders: `DELETE FROM folders WHERE id IN
    (SELECT d.id FROM locations l CROSS JOIN folders d ON d.location_id = l.id WHERE l.section_id = ? ${SLICE})`,
} as const;

/** The folder's real path. Links in it are followed once, here, so that two spellings of a folder are one. */
export function readableFolder(path: string): string {
  try {
    const real = realpathSync(path);
    if (!statSync(real).isDirectory()) throw new ReelayError("REELAY_SECTION_UNREADABLE", `${path} is no folder.`);
    accessSync(real, constants.R_OK | constants.X_OK);
    return real;
  } catch (error) {
    if (error instanceof ReelayError) throw error;
    throw new ReelayError("REELAY_SECTION_UNREADABLE", `${path}: ${(error as Error).message}`, { cause: error });
  }
}

function overlaps(a: string, b: string): boolean {
  const within = (inner: string, outer: string) =>
    inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
  return within(a, b) || within(b, a);
}

/** The name a section gets from its folder. */
export function nameOfFolder(path: string): string {
  return basename(path) || path;
}

function toSection(row: Row, locations: readonly Row[]): Section {
  return {
    id: Number(row.id),
    uuid: String(row.uuid),
    type: row.type as SectionType,
    name: String(row.name),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    scannedAt: row.scanned_at === null ? null : Number(row.scanned_at),
    contentChangedAt: Number(row.content_changed_at),
    locations: locations.map((location) => ({
      id: Number(location.id),
      path: String(location.path),
      device: location.device === null || location.device === undefined ? null : Number(location.device),
    })),
  };
}
