import { timelineTitle } from "../library/index.ts";
import type { Database, Param, Row, Transaction } from "../storage/index.ts";

/** One time that something was played. */
export interface Viewing {
  readonly accountId: number;
  readonly itemId: number;
  /** Epoch seconds. */
  readonly viewedAt: number;
  readonly clientIdentifier?: string | undefined;
}

/** What a played item was called then: the history outlasts the item. */
export interface PlayedItem {
  readonly type: string;
  readonly title: string;
  readonly parentTitle?: string;
  readonly grandparentTitle?: string;
  readonly index?: number;
  readonly parentIndex?: number;
  readonly originallyAvailableAt?: string;
  /** As timeline entries name it: `Show S01 E02`. */
  readonly timelineTitle: string;
}

export function addToHistory(tx: Transaction, { accountId, itemId, viewedAt, clientIdentifier }: Viewing): void {
  const row = tx.get(
    `SELECT i.*, p.title AS parent_title, p.number AS parent_number, r.title AS root_title FROM items i
     LEFT JOIN items p ON p.id = i.parent_id LEFT JOIN items r ON r.id = i.root_id WHERE i.id = ?`,
    itemId,
  );
  if (row === undefined) return; // Removed while it was played: nothing can be named any more.
  const item: PlayedItem = {
    type: String(row.type),
    title: String(row.title),
    timelineTitle: timelineTitle(tx, row),
    ...(row.parent_id === null ? {} : { parentTitle: String(row.parent_title) }),
    ...(row.root_id === null || row.root_id === row.parent_id ? {} : { grandparentTitle: String(row.root_title) }),
    ...(row.number === null ? {} : { index: Number(row.number) }),
    ...(row.parent_number === null ? {} : { parentIndex: Number(row.parent_number) }),
    ...(row.originally_available_at === null ? {} : { originallyAvailableAt: String(row.originally_available_at) }),
  };
  tx.run(
    `INSERT INTO history (account_id, item_id, parent_id, root_id, section_id, viewed_at, client_identifier, item)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    accountId,
    itemId,
    row.parent_id ?? null,
    row.root_id ?? null,
    row.section_id ?? null,
    viewedAt,
    clientIdentifier ?? null,
    JSON.stringify(item),
  );
}

/** Which of the history is asked for. All that is given must hold. */
export interface HistoryQuery {
  readonly accountId?: number | undefined;
  readonly sectionId?: number | undefined;
  /** The item, or what is below it. */
  readonly itemId?: number | undefined;
  /** Epoch seconds, inclusive. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  /** Sections that may be seen. */
  readonly sections: "all" | ReadonlySet<number>;
  readonly newestFirst: boolean;
  readonly start: number;
  readonly size: number;
}

export async function readHistory(
  database: Database,
  query: HistoryQuery,
): Promise<{ readonly rows: readonly Row[]; readonly totalSize: number }> {
  const conditions: string[] = [];
  const params: Param[] = [];
  const only = (condition: string, ...values: readonly (Param | undefined)[]) => {
    if (values.some((value) => value === undefined)) return;
    conditions.push(condition);
    params.push(...(values as Param[]));
  };
  only("h.account_id = ?", query.accountId);
  only("h.section_id = ?", query.sectionId);
  only("(h.item_id = ? OR h.parent_id = ? OR h.root_id = ?)", query.itemId, query.itemId, query.itemId);
  only("h.viewed_at >= ?", query.from);
  only("h.viewed_at <= ?", query.until);
  // Numbers of our own.
  if (query.sections !== "all") only(`h.section_id IN (${[...query.sections].join(", ") || "NULL"})`);
  const where = ["reelay_alive()", ...conditions].join(" AND ");
  const [counted] = await database.readLong(`SELECT count(*) AS n FROM history h WHERE ${where}`, params, {});
  const direction = query.newestFirst ? "DESC" : "ASC";
  const rows = await database.readLong(
    `SELECT h.*, (SELECT d.id FROM devices d WHERE d.client_identifier = h.client_identifier) AS device_id, i.updated_at, p.updated_at AS parent_updated_at,
       r.updated_at AS root_updated_at
     FROM history h LEFT JOIN items i ON i.id = h.item_id AND i.deleted_at IS NULL
     LEFT JOIN items p ON p.id = i.parent_id LEFT JOIN items r ON r.id = i.root_id
     WHERE ${where} ORDER BY h.viewed_at ${direction}, h.id ${direction} LIMIT ? OFFSET ?`,
    [...params, query.size, query.start],
    {},
  );
  return { rows, totalSize: Number(counted?.n) };
}
