import { audienceText, parsePosition, type Rights } from "../events/index.ts";
import type { Param } from "../storage/index.ts";
import { ReelayError } from "../support/index.ts";

export interface HistoryFilter {
  /** Only what is before this position. */
  readonly before?: string | undefined;
  readonly types?: readonly string[] | undefined;
  readonly account?: number | undefined;
  readonly section?: number | undefined;
  readonly item?: number | undefined;
  /** In any value of the facts; without regard to the case of ASCII letters. */
  readonly q?: string | undefined;
}

export interface HistoryQuery {
  readonly sql: string;
  readonly params: readonly Param[];
}

interface Condition {
  readonly sql: string;
  readonly params: readonly Param[];
}

/**
 * Newest first, and only what these rights may see: by the same rule as `maySee`, where the rows are, so that a page is
 * full however little of the log an account may see.
 */
export function historyQuery(filter: HistoryFilter, rights: Rights, limit: number, epoch: string): HistoryQuery {
  const conditions = [
    ...(filter.before === undefined ? [] : [{ sql: "seq < ?", params: [seqOf(filter.before, epoch)] }]),
    ...visibleTo(rights),
    ...(filter.types === undefined ? [] : [among("type", filter.types)]),
    ...(filter.account === undefined ? [] : [ofAccount(filter.account)]),
    ...(filter.section === undefined ? [] : [ofSection(filter.section)]),
    ...(filter.item === undefined ? [] : [ofItem(filter.item)]),
    ...(filter.q === undefined ? [] : [containing(filter.q)]),
  ];
  // First, so that a reading which finds nothing stops at its limits too.
  const where = ["reelay_alive()", ...conditions.map(({ sql }) => sql)].join(" AND ");
  return {
    sql: `SELECT seq, id, type, version, time, origin, audience, subject, facts
  FROM events WHERE ${where} ORDER BY seq DESC LIMIT ?`,
    params: [...conditions.flatMap(({ params }) => params), limit],
  };
}

/** @throws REELAY_INVALID_PARAMETER for a position of another history: its numbers mean other events */
function seqOf(before: string, epoch: string): number {
  const position = parsePosition(before);
  if (position?.epoch === epoch) return position.seq;
  throw new ReelayError("REELAY_INVALID_PARAMETER", "before: no position of this log; leave it out to begin anew.");
}

function visibleTo({ admin, accountId, sections }: Rights): Condition[] {
  if (admin) return [];
  const own = audienceText({ kind: "account", accountId });
  if (sections === "all") return [{ sql: "(audience = ? OR audience GLOB 'section:*')", params: [own] }];
  return [among("audience", [own, ...[...sections].map((id) => audienceText({ kind: "section", sectionId: id }))])];
}

/** One parameter for any number of values. */
function among(column: string, values: readonly string[]): Condition {
  return { sql: `${column} IN (SELECT value FROM json_each(?))`, params: [JSON.stringify(values)] };
}

function ofAccount(id: number): Condition {
  const facts = ["account.id", "accountId", "userID"].map((path) => `facts ->> '$.${path}' = ?`);
  return {
    sql: `(audience = ? OR ${facts.join(" OR ")})`,
    params: [audienceText({ kind: "account", accountId: id }), id, id, id],
  };
}

function ofSection(id: number): Condition {
  const facts = ["sectionId", "item.sectionId"].map((path) => `facts ->> '$.${path}' = ?`);
  return {
    sql: `(audience = ? OR ${facts.join(" OR ")})`,
    params: [audienceText({ kind: "section", sectionId: id }), id, id],
  };
}

/** Of a show or an artist also what is about its children. */
function ofItem(id: number): Condition {
  const names = ["itemId", "parentId", "rootId"].flatMap((name) => [name, `item.${name}`]);
  const facts = names.map((path) => `facts ->> '$.${path}' = ?`);
  // The text first: most events hold the number nowhere, and taking them apart six times costs more.
  return { sql: `instr(facts, ?) > 0 AND (${facts.join(" OR ")})`, params: [`":${id}`, ...names.map(() => id)] };
}

/** In a value and not in a name; the whole text first, because taking it apart costs more. */
function containing(text: string): Condition {
  return {
    sql: `facts LIKE ? ESCAPE '\\' AND EXISTS (
    SELECT 1 FROM json_tree(facts) WHERE type = 'text' AND atom LIKE ? ESCAPE '\\')`,
    params: [pattern(JSON.stringify(text).slice(1, -1)), pattern(text)],
  };
}

function pattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
