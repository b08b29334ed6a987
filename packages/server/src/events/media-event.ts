import type { Notification, UnknownNotification } from "@reelay/protocol";
import type { Arrival, ItemFacts } from "./item-facts.ts";
import type { NamedItemFacts, OnDeckFacts, RatingFacts, SessionFacts } from "./playback-facts.ts";
import type { Audience } from "./rights.ts";
import type { ItemSnapshot } from "./snapshots.ts";
import type { Missed, PassedOnFacts, UpstreamFacts, UpstreamGapFacts, UpstreamTroubleFacts } from "./upstream-facts.ts";

interface Kind {
  readonly class: "fact" | "progress";
  readonly family: string;
  /** Who may see it: a source may address it to these kinds of audience only, and the owner sees everything. */
  readonly audience: readonly Audience["kind"][];
}

/**
 * The vocabulary of the log: what can have happened. Facts, not wire formats: `projections.ts` makes the notification.
 * `fact` events are kept by retention; of `progress` events only the newest per key is kept for long.
 *
 * It is also the one table of who may see what. `section`: accounts that may use the event's section. `account`: the
 * account that it is about. `admins`: nobody else. test/audience holds every type to it on live and resumed streams.
 */
export const mediaEventTypes = {
  "activity.started": { class: "fact", family: "activity", audience: ["account", "admins"] },
  "activity.updated": { class: "progress", family: "activity", audience: ["account", "admins"] },
  "activity.ended": { class: "fact", family: "activity", audience: ["account", "admins"] },
  "status.announced": { class: "fact", family: "library", audience: ["section", "account", "admins"] },
  "scan.progressed": { class: "progress", family: "library", audience: ["section"] },
  "item.created": { class: "fact", family: "library", audience: ["section"] },
  "item.processing": { class: "progress", family: "library", audience: ["section"] },
  "item.analyzing": { class: "progress", family: "library", audience: ["section"] },
  "item.ready": { class: "fact", family: "library", audience: ["section"] },
  // To an account: what it alone sees of the item has changed, such as whether it was watched.
  "item.updated": { class: "fact", family: "library", audience: ["section", "account"] },
  "item.deleted": { class: "fact", family: "library", audience: ["section"] },
  "item.arrived": { class: "fact", family: "library", audience: ["section"] },
  "preference.changed": { class: "fact", family: "settings", audience: ["admins"] },
  "account.added": { class: "fact", family: "settings", audience: ["admins"] },
  "account.changed": { class: "fact", family: "settings", audience: ["admins"] },
  "account.removed": { class: "fact", family: "settings", audience: ["admins"] },
  "database.backed-up": { class: "fact", family: "settings", audience: ["admins"] },
  "database.corrupted": { class: "fact", family: "settings", audience: ["admins"] },
  "reachability.changed": { class: "fact", family: "settings", audience: ["admins"] },
  "device.appeared": { class: "fact", family: "settings", audience: ["admins"] },
  // To admins alone: of an upstream's account that no account here is linked with.
  "session.started": { class: "fact", family: "playback", audience: ["account", "admins"] },
  "session.paused": { class: "fact", family: "playback", audience: ["account", "admins"] },
  "session.resumed": { class: "fact", family: "playback", audience: ["account", "admins"] },
  "session.stopped": { class: "fact", family: "playback", audience: ["account", "admins"] },
  "session.failed": { class: "fact", family: "playback", audience: ["account", "admins"] },
  "session.scrobbled": { class: "fact", family: "playback", audience: ["account", "admins"] },
  "session.progressed": { class: "progress", family: "playback", audience: ["account", "admins"] },
  "item.rated": { class: "fact", family: "playback", audience: ["account", "admins"] },
  "ondeck.entered": { class: "fact", family: "playback", audience: ["account", "admins"] },
  "upstream.connected": { class: "fact", family: "upstream", audience: ["admins"] },
  "upstream.disconnected": { class: "fact", family: "upstream", audience: ["admins"] },
  "upstream.refused": { class: "fact", family: "upstream", audience: ["admins"] },
  "upstream.gap": { class: "fact", family: "upstream", audience: ["admins"] },
  // What an upstream told and no other type stands for: passed on as it came.
  "upstream.notified": { class: "fact", family: "upstream", audience: ["section", "admins"] },
  "upstream.progressed": { class: "progress", family: "upstream", audience: ["section", "admins"] },
} as const satisfies Record<string, Kind>;

export type MediaEventType = keyof typeof mediaEventTypes;

/** The audiences that an event of this type may have. */
export type AudienceOf<T extends MediaEventType> = Extract<
  Audience,
  { readonly kind: (typeof mediaEventTypes)[T]["audience"][number] }
>;

/** What retention counts together. */
export type Family = (typeof mediaEventTypes)[MediaEventType]["family"];

export interface ActivityFacts {
  readonly uuid: string;
  /** `library.update.section` and so on, as Plex names them. */
  readonly type: string;
  readonly cancellable: boolean;
  readonly userID: number;
  readonly title: string;
  readonly subtitle: string;
  /** 0 to 100, -1 when unknown. */
  readonly progress: number;
  /** Missing at the start; grows as the work proceeds. */
  readonly context?: { readonly [key: string]: boolean | number | string };
}

/** A preference with its new value, as `/:/prefs` shows it. */
export interface SettingFacts {
  readonly id: string;
  readonly label: string;
  readonly summary: string;
  readonly type: "bool" | "int" | "text";
  readonly default: boolean | number | string;
  readonly value: boolean | number | string;
  readonly hidden: boolean;
  readonly advanced: boolean;
  readonly group: string;
  /** `value:label|value:label` */
  readonly enumValues?: string;
}

export interface AccountFacts {
  readonly accountId: number;
  /** What it is called; by now, if that is what changed. */
  readonly name: string;
}

/** A client identifier that was never seen before, as the request that named it describes it. Texts may be empty. */
export interface DeviceFacts {
  readonly clientIdentifier: string;
  readonly name: string;
  readonly platform: string;
  readonly platformVersion: string;
  readonly product: string;
  readonly version: string;
  readonly device: string;
  readonly model: string;
  readonly vendor: string;
  /** Whose token it had; missing where an upstream does not say, or nobody here is linked with its account. */
  readonly accountId?: number;
  /** It is on a network of the server's; missing as above, and so is the address. */
  readonly local?: boolean;
  readonly publicAddress?: string;
  /** Told afterwards: it appeared between these times, when nobody listened. Such an event is synthetic. */
  readonly missed?: Missed;
}

/** Something new in a library, at the level at which people speak of it. */
export type ArrivalFacts = NamedItemFacts & {
  /** How much of it is new and can be played. */
  readonly count: number;
  /** Ids of the `item.ready` events that it stands for; the first hundred. */
  readonly rolledUp: readonly string[];
};

export interface MediaEventFacts {
  "activity.started": ActivityFacts;
  "activity.updated": ActivityFacts;
  "activity.ended": ActivityFacts;
  "status.announced": { readonly title: string; readonly description: string; readonly notificationName: string };
  "scan.progressed": { readonly message: string };
  "item.created": ItemFacts;
  "item.processing": ItemFacts & { readonly title: string; readonly state: 1 | 2 | 3 | 4; readonly queueSize: number };
  "item.analyzing": ItemFacts & { readonly title: string; readonly mediaState: "analyzing" | "thumbnailing" };
  "item.ready": NamedItemFacts & { readonly arrival?: Arrival };
  /** `better-file`: what is known has another file now, which makes it nothing new. */
  "item.updated": NamedItemFacts & { readonly arrival?: "better-file" };
  "item.deleted": ItemFacts;
  "item.arrived": ArrivalFacts;
  "preference.changed": SettingFacts;
  "account.added": AccountFacts;
  "account.changed": AccountFacts & { readonly changed: readonly ("name" | "avatar" | "sections")[] };
  "account.removed": AccountFacts;
  /** `bytes` of the file, `durationMs` of making and proving it. Of an upstream none of it is known. */
  "database.backed-up": { readonly file?: string; readonly bytes?: number; readonly durationMs?: number };
  "database.corrupted": { readonly detail: string };
  /** Whether this server answers under its public address, `url`. */
  "reachability.changed": { readonly reachable: boolean; readonly url: string };
  "device.appeared": DeviceFacts;
  "session.started": SessionFacts;
  "session.paused": SessionFacts;
  "session.resumed": SessionFacts;
  "session.stopped": SessionFacts;
  "session.failed": SessionFacts;
  "session.scrobbled": SessionFacts;
  "session.progressed": SessionFacts;
  "item.rated": RatingFacts;
  "ondeck.entered": OnDeckFacts;
  "upstream.connected": UpstreamFacts;
  "upstream.disconnected": UpstreamTroubleFacts;
  "upstream.refused": UpstreamTroubleFacts;
  "upstream.gap": UpstreamGapFacts;
  "upstream.notified": PassedOnFacts;
  "upstream.progressed": PassedOnFacts;
}

/** What a Plex server or client calls a notification, in whichever catalogue it is. */
export type ToldNotification = Notification | UnknownNotification;

interface Described<T extends MediaEventType> {
  readonly type: T;
  readonly audience: AudienceOf<T>;
  /** The item or activity that it is about: `item:42`, `activity:<uuid>`, `section:1`. */
  readonly subject: string;
  readonly facts: MediaEventFacts[T];
  /** The very notification by which an upstream told it: streams give it back as it came. */
  readonly notification?: ToldNotification;
}

/** An event as a source tells it. */
export type NewMediaEvent = {
  [T in MediaEventType]: Described<T> & {
    /** Epoch ms of its cause. Default: now. */
    readonly time?: number;
    /** Machine identifier of the upstream that it happened on. Default: this server. */
    readonly origin?: string;
    /** Of the item that it is about, where a webhook may tell of it. */
    readonly item?: ItemSnapshot;
  };
}[MediaEventType];

/** An event as the log keeps it. */
export type MediaEvent = {
  [T in MediaEventType]: Described<T> & {
    /** UUIDv7. */
    readonly id: string;
    /** Of the facts' shape; 1. */
    readonly version: number;
    /** Epoch ms of its cause. */
    readonly time: number;
    /** Machine identifier of the server that it happened on. */
    readonly origin: string;
    /** The hash of what was stored of its item: see `snapshots.ts`. */
    readonly snapshot?: string;
  };
}[MediaEventType];

/** Which progress events replace each other: those of one type about one subject of one server. */
export function progressKey(event: NewMediaEvent): string | null {
  return mediaEventTypes[event.type].class === "fact" ? null : subjectKey(event.type, event.subject, event.origin);
}

/** @param origin of an upstream */
export function subjectKey(type: MediaEventType, subject: string, origin: string | undefined): string {
  return `${type} ${subject}${origin === undefined ? "" : ` ${origin}`}`;
}
