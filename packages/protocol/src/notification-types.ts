import { type NotificationDescriptor, notificationCatalogue } from "./catalogue.ts";
import type { EntryOf } from "./fields.ts";
import type { JsonObject } from "./json.ts";

type Catalogue = typeof notificationCatalogue;

/** Name of a notification type of the catalogue, such as `playing`. */
export type NotificationType = keyof Catalogue;

/** Types whose payload is known; the others (`transcode.end`, `provider.content.change`) exist only as `UnknownNotification`. */
type DescribedType = {
  [T in NotificationType]: Catalogue[T]["payloadKey"] extends string ? T : never;
}[NotificationType];

/** Payload type by notification type; derived from the catalogue. */
export type NotificationEntries = { readonly [T in DescribedType]: EntryOf<Catalogue[T]["fields"]> };

export type PlaySessionStateNotification = NotificationEntries["playing"];
export type TimelineEntry = NotificationEntries["timeline"];
export type ActivityNotification = NotificationEntries["activity"];
export type Activity = ActivityNotification["Activity"];
export type ActivityContext = NonNullable<Activity["Context"]>;
export type StatusNotification = NotificationEntries["status"];
export type ProgressNotification = NotificationEntries["progress"];
export type Setting = NotificationEntries["preference"];
export type AccountUpdateNotification = NotificationEntries["account"];
export type ReachabilityNotification = NotificationEntries["reachability"];
export type TranscodeSession = NotificationEntries["transcodeSession.update"];
export type BackgroundProcessingQueueEventNotification = NotificationEntries["backgroundProcessingQueue"];
export type AutoUpdateNotification = NotificationEntries["update.statechange"];
export type LogNotification = NotificationEntries["log"];
export type ReelayGapNotification = NotificationEntries["reelay.gap"];
export type ReelayPositionNotification = NotificationEntries["reelay.position"];

/** A notification of a known type; switch on `type` and `entry` has that type's payload. */
export type Notification = {
  readonly [T in DescribedType]: { readonly type: T; readonly entry: NotificationEntries[T] };
}[DescribedType];

/**
 * A notification that the catalogue cannot describe, passed through as it came. It alone has a `payloadKey`, so `"payloadKey" in n` tells the
 * two apart.
 */
export interface UnknownNotification {
  readonly type: string;
  readonly payloadKey: string;
  readonly entry: JsonObject;
}

/** All types, in the catalogue's order. */
export const notificationTypes = Object.keys(notificationCatalogue) as readonly NotificationType[];

/** True if the catalogue has this type. */
export function isNotificationType(type: string): type is NotificationType {
  return Object.hasOwn(notificationCatalogue, type);
}

/** What the catalogue says of a type, or `undefined`. */
export function describeNotification(type: string): NotificationDescriptor | undefined {
  return isNotificationType(type) ? notificationCatalogue[type] : undefined;
}

/** True for a notification whose payload the catalogue describes. */
export function isKnownNotification(notification: Notification | UnknownNotification): notification is Notification {
  return !("payloadKey" in notification);
}
