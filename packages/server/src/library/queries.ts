import type { Page } from "../http/index.ts";
import type { Database, Param, Row } from "../storage/index.ts";
import { itemColumns } from "./metadata.ts";
import type { ItemType } from "./placement.ts";

/** Which sections may be seen. */
export type Sections = "all" | ReadonlySet<number>;

export interface ListOptions {
  readonly where: string;
  readonly params: readonly Param[];
  readonly orderBy: string;
  readonly page: Page;
  /** Whose views and ratings the items show. */
  readonly accountId: number;
}

/** For whom something is read. */
export interface Reader {
  readonly accountId: number;
  readonly sections: Sections;
}

export interface Listed {
  readonly rows: readonly Row[];
  readonly totalSize: number;
}

/** What `sort` may name, as Plex names it. */
export const sortColumns = {
  titleSort: "i.title_sort COLLATE NOCASE",
  title: "i.title COLLATE NOCASE",
  addedAt: "i.added_at",
  updatedAt: "i.updated_at",
  year: "i.year",
  originallyAvailableAt: "i.originally_available_at",
  duration: "i.duration",
  index: "i.number",
  lastViewedAt: "v.last_viewed_at",
  viewCount: "coalesce(v.view_count, 0)",
  userRating: "v.user_rating",
} as const;

export type SortName = keyof typeof sortColumns;

/** Reads that the REST routes need; long ones run in the reader worker. */
export class LibraryQueries {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list({ where, params, orderBy, page, accountId }: ListOptions): Promise<Listed> {
    const [counted] = await this.#database.readLong(
      `SELECT count(*) AS n FROM items i WHERE i.deleted_at IS NULL AND ${where} AND reelay_alive()`,
      params,
      {},
    );
    const rows = await this.#database.readLong(
      `SELECT ${itemColumns(accountId)} WHERE i.deleted_at IS NULL AND ${where} AND reelay_alive()
       ORDER BY ${orderBy}, i.id LIMIT ? OFFSET ?`,
      [...params, page.size, page.start],
      {},
    );
    return { rows, totalSize: Number(counted?.n) };
  }

  /** The items of these keys that may be seen, in the order asked. */
  items(ids: readonly number[], { accountId, sections }: Reader): Row[] {
    const rows = new Map<number, Row>();
    for (const id of new Set(ids)) {
      const row = this.#database.read.get(
        `SELECT ${itemColumns(accountId)} WHERE i.deleted_at IS NULL AND i.id = ?`,
        id,
      );
      if (row !== undefined && maySeeSection(sections, Number(row.section_id))) rows.set(id, row);
    }
    return ids.map((id) => rows.get(id)).filter((row) => row !== undefined);
  }

  /** The place, name and length of one item, if it may be seen. */
  item(id: number, { sections }: Pick<Reader, "sections">): Row | undefined {
    const row = this.#database.read.get(
      `SELECT id, section_id, type, parent_id, root_id, number, title, duration, updated_at FROM items
       WHERE deleted_at IS NULL AND id = ?`,
      id,
    );
    return row !== undefined && maySeeSection(sections, Number(row.section_id)) ? row : undefined;
  }

  /** How many of each type there are. */
  counts(): Partial<Record<ItemType, number>> {
    const rows = this.#database.read.all(
      "SELECT type, count(*) AS n FROM items WHERE deleted_at IS NULL GROUP BY type",
    );
    return Object.fromEntries(rows.map((row) => [String(row.type), Number(row.n)]));
  }
}

export function maySeeSection(sections: Sections, id: number): boolean {
  return sections === "all" || sections.has(id);
}
