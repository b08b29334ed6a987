import type { Database } from "../storage/index.ts";

/** What may be done with files that a scan did not find. */
export type Removal =
  | { readonly kind: "allowed" }
  /** `items` are unavailable now; `news` when some of them were not before. */
  | { readonly kind: "refused"; readonly items: number; readonly news: boolean };

export interface Circumstances {
  /** Somebody confirmed. */
  readonly force: boolean;
  /** A top folder lies on another device than before. */
  readonly deviceChanged: boolean;
  /** Epoch seconds. */
  readonly now: number;
}

/** Items that would be removed: those whose living files are all missing. */
const LOST = `SELECT count(DISTINCT x.item_id) AS n FROM item_files x
  WHERE x.file_id IN (SELECT file_id FROM scan_changes WHERE section_id = ?1 AND kind = 'missing')
    AND NOT EXISTS (SELECT 1 FROM item_files y JOIN files f ON f.id = y.file_id
      WHERE y.item_id = x.item_id AND f.deleted_at IS NULL
        AND f.id NOT IN (SELECT file_id FROM scan_changes WHERE section_id = ?1 AND kind = 'missing'))`;

const ALL = `SELECT count(*) AS n FROM items
  WHERE section_id = ? AND deleted_at IS NULL AND type IN ('movie', 'episode', 'track')`;

/**
 * An unmounted disk looks like a deleted library. If everything would go, or more than the larger of 20 items and 30 %
 * of the section, or if the folder's device changed, nothing is removed: the files become unavailable until they are
 * back or somebody confirms.
 */
export async function judgeRemovals(
  database: Database,
  sectionId: number,
  circumstances: Circumstances,
): Promise<Removal> {
  const [lostRow] = await database.readLong(LOST, [sectionId], {});
  const [allRow] = await database.readLong(ALL, [sectionId], {});
  const lost = Number(lostRow?.n);
  const all = Number(allRow?.n);
  const tooMany = lost > 0 && (lost >= all || lost > Math.max(20, 0.3 * all));
  if (circumstances.force || !(tooMany || (lost > 0 && circumstances.deviceChanged))) return { kind: "allowed" };
  let news = false;
  for (;;) {
    const done = await database.transaction((tx) => {
      const rows = tx.all(
        "SELECT id, file_id FROM scan_changes WHERE section_id = ? AND kind = 'missing' LIMIT 500",
        sectionId,
      );
      for (const row of rows) {
        const { changes } = tx.run(
          "UPDATE files SET unavailable_since = ? WHERE id = ? AND unavailable_since IS NULL",
          circumstances.now,
          row.file_id ?? null,
        );
        if (changes > 0) news = true;
        tx.run("DELETE FROM scan_changes WHERE id = ?", row.id ?? null);
      }
      return rows.length === 0;
    });
    if (done) return { kind: "refused", items: lost, news };
  }
}
