import type { Row } from "../storage/index.ts";

/** The account that everything belongs to; on Plex servers, too, it is number 1. */
export const OWNER_ID = 1;

export type Sections = "all" | ReadonlySet<number>;

/** Who uses this server. */
export interface Account {
  /** Never given twice. */
  readonly id: number;
  readonly name: string;
  /** Which sections it may use. The owner's are all. */
  readonly sections: Sections;
  /** Where its picture is: a URL, or a path of this server that changes with the picture. */
  readonly avatar: string | undefined;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** A name as it is compared: no two accounts can be mistaken for each other by case or by form of their letters. */
export function nameKey(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

/** All of an account but the bytes of its picture. */
export const ACCOUNT_COLUMNS = "id, name, created_at, sections, avatar_place";

export function accountFromRow(row: Row): Account {
  const sections = JSON.parse(String(row.sections)) as "all" | readonly number[];
  return {
    id: Number(row.id),
    name: String(row.name),
    sections: sections === "all" ? "all" : new Set(sections),
    avatar: row.avatar_place === null ? undefined : String(row.avatar_place),
    createdAt: Number(row.created_at),
  };
}

export function sectionsText(sections: Sections): string {
  return JSON.stringify(sections === "all" ? "all" : [...sections].sort((a, b) => a - b));
}
