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
  /** When it happened, epoch ms: from here, inclusive, and up to there, exclusive. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
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
    ...(filter.since === undefined ? [] : [{ sql: "time >= ?", params: [filter.since] }]),
    ...(filter.until === undefined ? [] : [{ sql: "time < ?", params: [filter.until] }]),
    ...(filter.types === undefined ? [] : [among("type", filter.types)]),
    ...(filter.account === undefined ? [] : [ofAccount(filter.account)]),
    ...(filter.section === undefined ? [] : [ofSection(filter.section)]),
    ...(filter.item === undefined ? [] : [ofItem(filter.item)]),
    ...(filter.q === undefined ? [] : [containing(filter.q)]),
  ];
  // First, so that a reading which finds nothing stops at its limits too.
  const where = ["reelay_alive()", ...conditions.map(({ sql }) => sql)].join(" AND ");
  return {
    sql: `SELECT seq, id, type, version, time, origin, audience, subject, facts, notification
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

function visibleTo({ admin, accountId, sections, upstreams = new Map() }: Rights): Condition[] {
  if (admin) return [];
  const own = among("audience", [audienceText({ kind: "account", accountId })]);
  const visible = [own, ofSections(sections), ...[...upstreams].map(([origin, some]) => ofSections(some, origin))];
  const params = visible.flatMap((condition) => condition.params);
  return [{ sql: `(${visible.map(({ sql }) => sql).join(" OR ")})`, params }];
}

/** The sections of one server that an account may use. */
function ofSections(sections: "all" | ReadonlySet<number>, origin?: string): Condition {
  const from = origin === undefined ? {} : { origin };
  if (sections !== "all") {
    return among(
      "audience",
      [...sections].map((sectionId) => audienceText({ kind: "section", sectionId, ...from })),
    );
  }
  if (origin === undefined) return { sql: "(audience GLOB 'section:*' AND instr(audience, '@') = 0)", params: [] };
  // A machine identifier holds nothing that a pattern would read.
  return { sql: "audience GLOB ?", params: [`section:*@${origin}`] };
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
