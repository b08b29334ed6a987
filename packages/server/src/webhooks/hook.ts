import type { Match, WebhookEventName } from "@reelay/protocol";

/**
 * What is sent. `plex`: the multipart request of a Plex Media Server. `json`: the same document alone. `custom`: a request
 * made of a template, for receivers that know nothing of either.
 */
export type HookFormat = "plex" | "json" | "custom";

/** A request of one's own; `{{path}}` stands for what the payload has there. */
export interface CustomRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Its content type is among {@link Hook.headers}. Empty for none. */
  readonly body: string;
}

export type DisabledReason = "by-hand" | "gone" | "failing";

/**
 * How far a hook's requests may go. `anywhere`: the local network and this machine too, for the owner's; `public`: addresses of the internet
 * only.
 */
export type Reach = "anywhere" | "public";

/** One configured receiver. Times in milliseconds. */
export interface Hook {
  readonly id: string;
  /** Whose it is: what it is told is what this account may know. */
  readonly accountId: number;
  readonly description: string;
  /** With `custom` it may hold `{{path}}`. */
  readonly url: string;
  /** Which webhook events; empty for all. */
  readonly events: readonly WebhookEventName[];
  /** Must let the payload through. `{}`: all. */
  readonly filter: Match;
  readonly format: HookFormat;
  /** Whether pictures go with the events that have one. */
  readonly thumb: boolean;
  readonly custom?: CustomRequest;
  /** Besides those of the format, as they are sent. */
  readonly headers: Readonly<Record<string, string>>;
  /** `whsec_…`, newest first: requests are signed with all that are valid. One; two while it is rotated. */
  readonly secrets: readonly string[];
  /** Until when the second of them is valid, epoch ms. */
  readonly oldSecretUntil?: number;
  /** PEM of the certificate authority that its certificate is checked against; the usual ones without it. */
  readonly ca?: string;
  /** How old an event may be when it is delivered; null for any age. */
  readonly maxAge: { readonly live: number | null; readonly record: number | null };
  /** A newer event of the same player takes the place of one that waits. */
  readonly latestOnly: boolean;
  /** How long a stop or a pause is held back: a play of the same player in this time makes it needless. 0: not at all. */
  readonly settleMs: number;
  /**
   * The key that it was sealed with is not there: `url`, `headers`, `secrets`, `custom` and `ca` are empty, and {@link WebhookRequest}s of it
   * cannot be built (REELAY_SECRET_UNREADABLE). Nothing of it is lost: with the key it is as it was.
   */
  readonly unreadable?: true;
  readonly enabled: boolean;
  readonly disabledReason?: DisabledReason;
  /** Of the first failure after the last success. */
  readonly failingSince?: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What the planner and the couriers need of the hooks. */
export interface HookDirectory {
  /** All hooks, disabled ones included; cheap, kept in memory. */
  list(): readonly Hook[];
  get(id: string): Hook | undefined;
  /** Told after a hook was added, changed, disabled, enabled or removed. @returns ends the telling */
  onChange(listener: (hookId: string) => void): () => void;
  /** By the couriers: 410 means `gone`, days of failures `failing`. Told as a `status` to its account. */
  disable(id: string, reason: DisabledReason): Promise<void>;
  /** Remembers since when it fails; `null` after a success. */
  failing(id: string, since: number | null): Promise<void>;
}

/** One HTTP request as it goes out. */
export interface WebhookRequest {
  readonly method: string;
  readonly url: string;
  /**
   * In the order and spelling in which they are sent, `Content-Length` included; `Host` and `Connection` are the client's own business.
   * Values are bytes (latin1): text beyond ASCII is UTF-8 in them.
   */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** What the request could not take from the payload: paths of a custom template that lead nowhere. */
  readonly missing: readonly string[];
}

/** For people. Of the address only the server: the rest may be what lets one in. */
export function nameOf({ description, url }: Pick<Hook, "description" | "url">): string {
  return `The webhook ${description === "" ? `to ${URL.parse(url)?.host ?? "an unknown address"}` : description}`;
}
