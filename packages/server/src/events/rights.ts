/** Who may see an event: everybody with a section, one account (and admins), or admins only. */
export type Audience =
  /** `origin`: the machine identifier of an upstream, whose sections have numbers of their own. Without it, a section of this server. */
  | { readonly kind: "section"; readonly sectionId: number; readonly origin?: string }
  | { readonly kind: "account"; readonly accountId: number }
  | { readonly kind: "admins" };

export type AudienceText = "admins" | `account:${number}` | `section:${number}` | `section:${number}@${string}`;

/** What an account may see. Rights are those of the moment of sending, not of connecting. */
export interface Rights {
  readonly accountId: number;
  /** The owner sees everything. */
  readonly admin: boolean;
  /** Sections of this server that the account may use. */
  readonly sections: "all" | ReadonlySet<number>;
  /** Sections of upstreams that it may use, by machine identifier. None of those that are not listed. */
  readonly upstreams?: ReadonlyMap<string, "all" | ReadonlySet<number>>;
}

export function audienceText(audience: Audience): AudienceText {
  if (audience.kind === "section") {
    const { sectionId, origin } = audience;
    return origin === undefined ? `section:${sectionId}` : `section:${sectionId}@${origin}`;
  }
  return audience.kind === "account" ? `account:${audience.accountId}` : "admins";
}

/** @throws RangeError for a text that {@link audienceText} does not make: the log is damaged then. */
export function parseAudience(text: string): Audience {
  if (text === "admins") return { kind: "admins" };
  const [, kind, digits, origin] = /^(section|account):(0|[1-9]\d{0,15})(?:@([\w.-]{1,100}))?$/.exec(text) ?? [];
  if (kind === "section") return { kind, sectionId: Number(digits), ...(origin === undefined ? {} : { origin }) };
  if (kind === "account" && origin === undefined) return { kind, accountId: Number(digits) };
  throw new RangeError(`no audience: ${text}`);
}

export function maySee(rights: Rights, audience: Audience): boolean {
  if (rights.admin) return true;
  if (audience.kind === "section") {
    const sections = sectionsOf(rights, audience.origin);
    return sections === "all" || sections?.has(audience.sectionId) === true;
  }
  return audience.kind === "account" && audience.accountId === rights.accountId;
}

/** The sections of a server that an account may use. @param origin of an upstream; undefined: this server */
export function sectionsOf(rights: Rights, origin: string | undefined): "all" | ReadonlySet<number> | undefined {
  if (rights.admin) return "all";
  return origin === undefined ? rights.sections : rights.upstreams?.get(origin);
}

/** Equal for rights under which the same events are seen: subscribers with one key share a group. */
export function rightsKey(rights: Rights): string {
  if (rights.admin) return "admin";
  const upstreams = [...(rights.upstreams ?? [])].map(([origin, sections]) => `/${origin}:${listed(sections)}`).sort();
  return `${rights.accountId}/${listed(rights.sections)}${upstreams.join("")}`;
}

function listed(sections: "all" | ReadonlySet<number>): string {
  return sections === "all" ? "all" : [...sections].sort((a, b) => a - b).join(".");
}
