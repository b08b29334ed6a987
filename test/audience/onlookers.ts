import type { AudienceOf, MediaEventFacts, MediaEventType } from "../../packages/server/src/events/media-event.ts";

/** Who looks: the owner, an account that may use section 1, and one that may use nothing. */
export type Onlooker = "owner" | "member" | "stranger";

/** The accounts and sections of the test server. */
export const OWNER = 1;
export const MEMBER = 2;
export const STRANGER = 3;
export const SHARED = 1;
export const PRIVATE = 2;

/** An audience that events of a type are addressed to, and who of the three is among it. */
export interface Addressed<T extends MediaEventType> {
  readonly audience: AudienceOf<T>;
  readonly seenBy: readonly Onlooker[];
}

/** What the test knows of a type. Without a row for each type of the vocabulary this does not compile. */
export interface Row<T extends MediaEventType> {
  readonly addressed: readonly Addressed<T>[];
  /** `n` makes each event of a test different from all others. */
  readonly facts: (n: number) => MediaEventFacts[T];
  /** Told by no notification. */
  readonly silent?: true;
}

/** Those who may use a section see what happens in it. */
export const inSections = [
  { audience: { kind: "section", sectionId: SHARED }, seenBy: ["owner", "member"] },
  { audience: { kind: "section", sectionId: PRIVATE }, seenBy: ["owner"] },
] as const;

/** An account sees what is its own, and nobody else's. */
export const ofAccounts = [
  { audience: { kind: "account", accountId: OWNER }, seenBy: ["owner"] },
  { audience: { kind: "account", accountId: MEMBER }, seenBy: ["owner", "member"] },
  { audience: { kind: "account", accountId: STRANGER }, seenBy: ["owner", "stranger"] },
] as const;

export const forAdmins = [{ audience: { kind: "admins" }, seenBy: ["owner"] }] as const;
