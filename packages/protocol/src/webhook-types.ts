import type { MediaContainer } from "./media-container.ts";

interface WebhookEventKind {
  /** A picture of the item is sent with it. */
  readonly thumb: boolean;
  /** Its payload has a `Player`. */
  readonly player: boolean;
  /** Its payload has `Metadata`. */
  readonly metadata: boolean;
  /** `live`: worth little once it is old. `record`: worth keeping. */
  readonly freshness: "live" | "record";
  readonly summary: string;
}

/** The webhook events of a Plex Media Server, by name. */
export const webhookEvents = {
  "library.on.deck": {
    thumb: true,
    player: false,
    metadata: true,
    freshness: "record",
    summary: "An item arrived that is next for an account: the new episode of a show that it watches.",
  },
  "library.new": {
    thumb: true,
    player: false,
    metadata: true,
    freshness: "record",
    summary: "Something new is in the library; what arrives together is told as one album, season or show.",
  },
  "media.pause": { thumb: false, player: true, metadata: true, freshness: "live", summary: "Playback pauses." },
  "media.play": { thumb: true, player: true, metadata: true, freshness: "live", summary: "Playback starts." },
  "media.rate": { thumb: true, player: true, metadata: true, freshness: "record", summary: "An item is rated." },
  "media.resume": { thumb: false, player: true, metadata: true, freshness: "live", summary: "Playback goes on." },
  "media.scrobble": {
    thumb: false,
    player: true,
    metadata: true,
    freshness: "record",
    summary: "An item counts as played.",
  },
  "media.stop": { thumb: false, player: true, metadata: true, freshness: "live", summary: "Playback stops." },
  "admin.database.backup": {
    thumb: false,
    player: false,
    metadata: false,
    freshness: "record",
    summary: "A backup of the database is done.",
  },
  "admin.database.corrupted": {
    thumb: false,
    player: false,
    metadata: false,
    freshness: "record",
    summary: "The database is damaged.",
  },
  "device.new": {
    thumb: false,
    player: true,
    metadata: false,
    freshness: "record",
    summary: "A device that was never seen before uses the server.",
  },
  "playback.started": {
    thumb: true,
    player: true,
    metadata: true,
    freshness: "live",
    summary: "Somebody else starts to play something of the owner's.",
  },
} as const satisfies Record<string, WebhookEventKind>;

export type WebhookEventName = keyof typeof webhookEvents;

export const webhookEventNames = Object.keys(webhookEvents) as readonly WebhookEventName[];

export interface WebhookAccount {
  /** 1 is the owner of the server. */
  readonly id: number;
  /** Address of the avatar. */
  readonly thumb?: string;
  readonly title: string;
}

export interface WebhookServer {
  readonly title: string;
  /** Its machine identifier. */
  readonly uuid: string;
}

export interface WebhookPlayer {
  /** In a network of the server's. */
  readonly local: boolean;
  readonly publicAddress: string;
  readonly title: string;
  /** Its client identifier. */
  readonly uuid: string;
}

/** The library's JSON of the item, without `Media`; `librarySectionType` is its first key. */
export type WebhookMetadata = MediaContainer;

/** The JSON document of a webhook, keys in the order in which they are written. */
export interface WebhookPayload {
  /** 0 to 10, of `media.rate` only. Servers of today write a number, older ones a text. */
  readonly rating?: number | string;
  readonly event: WebhookEventName;
  /** The hook's account caused it. */
  readonly user: boolean;
  /** The hook's account owns the server. */
  readonly owner: boolean;
  readonly Account: WebhookAccount;
  readonly Server: WebhookServer;
  readonly Player?: WebhookPlayer;
  readonly Metadata?: WebhookMetadata;
}
