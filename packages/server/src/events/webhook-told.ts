import type { WebhookEventName } from "@reelay/protocol";
import type { MediaEvent, MediaEventType } from "./media-event.ts";
import type { Audience } from "./rights.ts";

/** One webhook event as it is told to one hook. */
export interface WebhookTold {
  readonly name: WebhookEventName;
  /** The hook's account caused it. */
  readonly user: boolean;
  /** The hook's account owns the server. */
  readonly owner: boolean;
  /** Whom `Account` shows: who caused it, or the hook's own account. */
  readonly account: "cause" | "own";
}

/** Whose hook it is. */
export interface WebhookRecipient {
  readonly accountId: number;
  readonly isOwner: boolean;
  /** Rights are those of the moment of planning. */
  maySee(audience: Audience): boolean;
}

/**
 * Whose hooks are told. `cause`: those of the account that did it, or that it is about. `owner-of-members`: the owner's, when somebody else
 * did it. `section`: of every account that may use the section. `owner`: the owner's.
 */
export type WebhookWhose = "cause" | "owner-of-members" | "section" | "owner";

interface WebhookRule {
  /** The media events that cause it. */
  readonly causes: readonly MediaEventType[];
  readonly whose: readonly WebhookWhose[];
  /** How it is known that Plex does so: seen in captures, or only named in its documentation. */
  readonly evidence: "captures" | "documented";
  /** What no capture shows, and we decided. */
  readonly ours?: string;
}

const players = ["cause", "owner-of-members"] as const;
const NO_BODY = "No body of it was ever published: the parts it has are inferred.";

/** The one table of who is told of what. docs/reference/webhook-events.md is made of it. */
export const webhookRules: Readonly<Record<WebhookEventName, WebhookRule>> = {
  "library.on.deck": {
    causes: ["ondeck.entered"],
    whose: ["cause"],
    evidence: "documented",
    ours: `Every account's own hooks are told of its own On Deck, not the owner's only. ${NO_BODY}`,
  },
  "library.new": {
    causes: ["item.arrived"],
    whose: ["section"],
    evidence: "captures",
    ours: "Everybody who may use the section is told; captures are of owners. Films are told as well as albums and shows.",
  },
  "media.pause": { causes: ["session.paused"], whose: players, evidence: "captures" },
  "media.play": { causes: ["session.started"], whose: players, evidence: "captures" },
  "media.rate": {
    causes: ["item.rated"],
    whose: players,
    evidence: "captures",
    ours: "A rating that is taken away is not told. Without `Player` where the request that rated did not name its player.",
  },
  "media.resume": { causes: ["session.resumed"], whose: players, evidence: "captures" },
  "media.scrobble": { causes: ["session.scrobbled"], whose: players, evidence: "captures" },
  "media.stop": {
    causes: ["session.stopped", "session.failed"],
    whose: players,
    evidence: "captures",
    ours: "A playback that failed, or whose player vanished, has stopped.",
  },
  "admin.database.backup": { causes: ["database.backed-up"], whose: ["owner"], evidence: "documented", ours: NO_BODY },
  "admin.database.corrupted": {
    causes: ["database.corrupted"],
    whose: ["owner"],
    evidence: "documented",
    ours: NO_BODY,
  },
  "device.new": { causes: ["device.appeared"], whose: ["owner"], evidence: "documented", ours: NO_BODY },
  "playback.started": { causes: ["session.started"], whose: ["owner-of-members"], evidence: "captures" },
};

const namesByCause = new Map<MediaEventType, readonly WebhookEventName[]>();
for (const [name, { causes }] of Object.entries(webhookRules) as [WebhookEventName, WebhookRule][]) {
  for (const cause of causes) namesByCause.set(cause, [...(namesByCause.get(cause) ?? []), name]);
}
const none: readonly WebhookEventName[] = [];

/** Which webhook events an event can become, for somebody; none for most. */
export function webhookNamesOf(event: MediaEvent): readonly WebhookEventName[] {
  if (event.type === "item.rated" && event.facts.rating === null) return none;
  return namesByCause.get(event.type) ?? none;
}

/**
 * What an account's hooks are told of an event. Empty if it is none of {@link webhookNamesOf}, and if this account is not told: it may not see
 * it, or is not the one whom it concerns.
 */
export function webhookTold(event: MediaEvent, recipient: WebhookRecipient): readonly WebhookTold[] {
  const names = webhookNamesOf(event);
  if (names.length === 0 || !recipient.maySee(event.audience)) return [];
  return names.flatMap((name) => {
    const { whose } = webhookRules[name];
    return whose.flatMap((one) => tellings[one](name, recipient, causeOf(event)));
  });
}

type Telling = (name: WebhookEventName, to: WebhookRecipient, cause: number | undefined) => WebhookTold[];

const tellings: Readonly<Record<WebhookWhose, Telling>> = {
  cause: (name, { accountId, isOwner }, cause) =>
    accountId === cause ? [{ name, user: true, owner: isOwner, account: "cause" }] : [],
  "owner-of-members": (name, { accountId, isOwner }, cause) =>
    isOwner && accountId !== cause ? [{ name, user: false, owner: true, account: "cause" }] : [],
  section: (name, { isOwner }) => [{ name, user: true, owner: isOwner, account: "own" }],
  owner: (name, { isOwner }) => (isOwner ? [{ name, user: true, owner: true, account: "own" }] : []),
};

/** The account here that did it, or whose On Deck it is. An upstream's account may have none here: then the event is for admins. */
function causeOf({ audience }: MediaEvent): number | undefined {
  return audience.kind === "account" ? audience.accountId : undefined;
}
