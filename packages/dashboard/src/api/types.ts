import type { SettingFacts } from "@reelay/sdk";

/** An event of the log, as `/api/v1/events` tells it and the history lists it. */
export interface MediaEvent {
  /** UUIDv7; null for what is in no log, such as alarms and log lines. */
  readonly id: string | null;
  readonly position: string;
  readonly type: string;
  /** Epoch ms. */
  readonly time: number | null;
  readonly subject: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
  /** The document that clients of Plex are told. */
  readonly notification: object | null;
}

export interface EventPage {
  readonly events: readonly MediaEvent[];
  /** `before` of the next page. */
  readonly next: string | null;
}

export interface Health {
  readonly status: "ok" | "degraded";
  readonly version: string;
  readonly publicUrl: string | null;
  /** Seconds. */
  readonly uptime: number;
  readonly alarms: readonly { readonly kind: string; readonly time: number; readonly detail: string }[];
  readonly position: { readonly last: string };
  readonly subscribers: {
    readonly sse: number;
    readonly websocket: number;
    readonly lines: number;
    readonly behind: number;
  };
  readonly database: { readonly bytes: number; readonly logBytes: number };
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number } | null;
  readonly scanning: readonly number[];
  readonly webhooks: {
    /** Deliveries that will be sent, or sent again. */
    readonly waiting: number;
    /** Hooks. */
    readonly failing: number;
  };
}

export interface Account {
  readonly id: number;
  readonly name: string;
  readonly owner: boolean;
  readonly sections: "all" | readonly number[];
  readonly avatar: string | null;
  readonly createdAt: number;
}

export interface Token {
  readonly id: string;
  readonly kind: "token" | "browser";
  readonly name: string;
  readonly accountId: number;
  readonly createdAt: number;
  readonly lastUsedAt?: number;
}

export interface Device {
  readonly id: number;
  readonly clientIdentifier: string;
  readonly name: string;
  readonly platform: string;
  readonly platformVersion: string;
  readonly product: string;
  readonly version: string;
  readonly accountId: number | null;
  readonly createdAt: number;
  readonly lastSeenAt: number;
}

export interface Section {
  readonly key: string;
  readonly type: "movie" | "show" | "artist";
  readonly title: string;
  readonly refreshing: boolean;
  /** Epoch seconds. */
  readonly scannedAt?: number;
  readonly Location: readonly { readonly path: string }[];
}

export type ItemType = "movie" | "show" | "season" | "episode" | "artist" | "album" | "track";

export interface Stream {
  readonly id: number | string;
  readonly streamType: 1 | 2 | 3;
  readonly codec?: string;
  readonly language?: string;
  readonly channels?: number;
  readonly width?: number;
  readonly height?: number;
}

export interface Part {
  readonly key: string;
  readonly file?: string;
  readonly size?: number;
  readonly container?: string;
  readonly Stream?: readonly Stream[];
}

export interface Media {
  readonly id: number | string;
  readonly duration?: number;
  readonly bitrate?: number;
  readonly width?: number;
  readonly height?: number;
  readonly videoCodec?: string;
  readonly audioCodec?: string;
  readonly audioChannels?: number;
  readonly videoResolution?: string;
  readonly container?: string;
  readonly Part: readonly Part[];
}

/** An item of the library, as `/library/metadata` shows it. Times in epoch seconds, durations in ms. */
export interface Item {
  readonly ratingKey: string;
  readonly type: ItemType;
  readonly title: string;
  readonly summary?: string;
  readonly year?: number;
  readonly index?: number;
  readonly parentIndex?: number;
  readonly parentTitle?: string;
  readonly grandparentTitle?: string;
  readonly parentRatingKey?: string;
  readonly grandparentRatingKey?: string;
  readonly librarySectionID?: number | string;
  readonly librarySectionTitle?: string;
  readonly thumb?: string;
  readonly parentThumb?: string;
  readonly grandparentThumb?: string;
  readonly duration?: number;
  readonly addedAt?: number;
  readonly updatedAt?: number;
  readonly viewCount?: number;
  readonly viewOffset?: number;
  readonly lastViewedAt?: number;
  readonly userRating?: number;
  readonly leafCount?: number;
  readonly viewedLeafCount?: number;
  readonly childCount?: number;
  readonly Media?: readonly Media[];
  readonly Genre?: readonly { readonly tag: string }[];
}

/** A playback under way, as `/status/sessions` lists it. */
export interface Session extends Item {
  readonly sessionKey: string;
  readonly User: { readonly id: string; readonly title: string };
  readonly Player: {
    readonly title: string;
    readonly product?: string;
    readonly platform?: string;
    readonly address?: string;
    readonly state: string;
    readonly local: boolean;
  };
  readonly Session: { readonly id: string; readonly location: string };
}

export interface Activity {
  readonly uuid: string;
  readonly type: string;
  readonly title: string;
  readonly subtitle: string;
  /** 0 to 100; -1 when unknown. */
  readonly progress: number;
  readonly cancellable: boolean;
}

/** As the events that tell its changes have it. */
export type Preference = SettingFacts;

export interface ButlerTask {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Days. */
  readonly interval: number;
}

/** One time that something was played, as `/status/sessions/history/all` lists it. */
export interface Viewing {
  readonly historyKey: string;
  readonly ratingKey?: string;
  readonly title: string;
  /** Epoch seconds. */
  readonly viewedAt: number;
  readonly accountID: number;
  readonly deviceID?: number;
}

/** What happened and what was sent in the last hours. */
export interface Stats {
  /** Milliseconds of each point. */
  readonly step: number;
  readonly points: readonly {
    /** Its beginning, epoch ms. */
    readonly time: number;
    /** Media events, by family. */
    readonly events: Readonly<Record<string, number>>;
    /** Made in it, by what has become of them. */
    readonly deliveries: Readonly<Record<string, number>>;
    readonly attempts: { readonly succeeded: number; readonly failed: number };
    /** ms */
    readonly latency: { readonly mean: number; readonly max: number } | null;
  }[];
}

/** A Plex server whose events are told here. */
export interface Upstream {
  readonly name: string;
  readonly url: string;
  readonly state: "connecting" | "connected" | "refused";
  /** Epoch ms. */
  readonly since: number;
  readonly reason?: string;
  readonly version?: string;
}
