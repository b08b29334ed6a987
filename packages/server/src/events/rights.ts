/** Who may see an event: everybody with a section, one account (and admins), or admins only. */
export type Audience =
  | { readonly kind: "section"; readonly sectionId: number }
  | { readonly kind: "account"; readonly accountId: number }
  | { readonly kind: "admins" };

export type AudienceText = "admins" | `account:${number}` | `section:${number}`;

/** What an account may see. Rights are those of the moment of sending, not of connecting. */
export interface Rights {
  readonly accountId: number;
  /** The owner sees everything. */
  readonly admin: boolean;
  /** Sections that the account may use. */
  readonly sections: "all" | ReadonlySet<number>;
}

export function audienceText(audience: Audience): AudienceText {
  if (audience.kind === "section") return `section:${audience.sectionId}`;
  return audience.kind === "account" ? `account:${audience.accountId}` : "admins";
}

/** @throws RangeError for a text that {@link audienceText} does not make: the log is damaged then. */
export function parseAudience(text: string): Audience {
  if (text === "admins") return { kind: "admins" };
  const [, kind, digits] = /^(section|account):(0|[1-9]\d{0,15})$/.exec(text) ?? [];
  if (kind === "section") return { kind, sectionId: Number(digits) };
  if (kind === "account") return { kind, accountId: Number(digits) };
  throw new RangeError(`no audience: ${text}`);
}

export function maySee(rights: Rights, audience: Audience): boolean {
  if (rights.admin) return true;
  if (audience.kind === "section") return rights.sections === "all" || rights.sections.has(audience.sectionId);
  return audience.kind === "account" && audience.accountId === rights.accountId;
}

/** Equal for rights under which the same events are seen: subscribers with one key share a group. */
export function rightsKey(rights: Rights): string {
  if (rights.admin) return "admin";
  const sections = rights.sections === "all" ? "all" : [...rights.sections].sort((a, b) => a - b).join(".");
  return `${rights.accountId}/${sections}`;
}
