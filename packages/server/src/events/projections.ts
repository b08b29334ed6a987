import type {
  AccountUpdateNotification,
  ActivityNotification,
  Notification,
  NotificationType,
  PlaySessionStateNotification,
  TimelineEntry,
} from "@reelay/protocol";
import type { ItemFacts } from "./item-facts.ts";
import type { AccountFacts, Family, MediaEvent, MediaEventType, ToldNotification } from "./media-event.ts";
import { mediaEventTypes } from "./media-event.ts";
import type { SessionFacts } from "./playback-facts.ts";

const LIBRARY = "com.plexapp.plugins.library";

/** Which notification each event type becomes. One event is at most one notification: its position is the message's id. */
const notificationTypes = {
  "activity.started": "activity",
  "activity.updated": "activity",
  "activity.ended": "activity",
  "status.announced": "status",
  "scan.progressed": "progress",
  "item.created": "timeline",
  "item.processing": "timeline",
  "item.analyzing": "timeline",
  "item.ready": "timeline",
  "item.updated": "timeline",
  "item.deleted": "timeline",
  // Its items are told one by one; what they are together is for webhooks and the history.
  "item.arrived": undefined,
  "preference.changed": "preference",
  "account.added": "account",
  "account.changed": "account",
  "account.removed": "account",
  "reachability.changed": "reachability",
  // For webhooks and the history: Plex has no notification of these.
  "database.backed-up": undefined,
  "database.corrupted": undefined,
  "device.appeared": undefined,
  "session.started": "playing",
  "session.paused": "playing",
  "session.resumed": "playing",
  "session.stopped": "playing",
  "session.failed": "playing",
  // For webhooks and the history: a Plex server says nothing of it on its streams.
  "session.scrobbled": undefined,
  "session.progressed": "playing",
  "item.rated": "timeline",
  "ondeck.entered": undefined,
  "upstream.connected": undefined,
  "upstream.disconnected": undefined,
  "upstream.refused": undefined,
  "upstream.gap": undefined,
  "upstream.notified": "any",
  "upstream.progressed": "any",
} as const satisfies Record<MediaEventType, NotificationType | "any" | undefined>;

/** The notification types that can come of a family's events: a filter without them sees nothing of the family. */
export function familiesOf(passes: (type: NotificationType) => boolean): ReadonlySet<Family> {
  const families = new Set<Family>();
  for (const type of Object.keys(notificationTypes) as MediaEventType[]) {
    const notification: NotificationType | "any" | undefined = notificationTypes[type];
    if (notification === "any" || (notification !== undefined && passes(notification)))
      families.add(mediaEventTypes[type].family);
  }
  return families;
}

/** The SSE and WebSocket form of an event; undefined for events that no notification tells. Pure: the same in every replay. */
export function toNotification(event: MediaEvent): ToldNotification | undefined {
  return event.notification ?? ownNotification(event);
}

/** What is told of an event of this server. */
export function ownNotification(event: MediaEvent): Notification | undefined {
  switch (event.type) {
    case "activity.started":
    case "activity.updated":
    case "activity.ended":
      return { type: "activity", entry: activity(event) };
    case "status.announced":
      return { type: "status", entry: event.facts };
    case "scan.progressed":
      return { type: "progress", entry: event.facts };
    case "item.created":
      return timeline(event.facts, { title: "", state: 0, metadataState: "created" });
    case "item.processing":
      return timeline(event.facts, {
        title: event.facts.title,
        state: event.facts.state,
        metadataState: event.facts.state === 4 ? "loading" : "processing",
        queueSize: event.facts.queueSize,
      });
    case "item.analyzing":
      return timeline(event.facts, { title: event.facts.title, state: 5, mediaState: event.facts.mediaState });
    case "item.ready":
    case "item.updated":
      return timeline(event.facts, { title: event.facts.title, state: 5 });
    case "item.deleted":
      return timeline(event.facts, { title: "", state: 9, metadataState: "deleted" });
    case "preference.changed":
      return { type: "preference", entry: event.facts };
    case "account.added":
      return account("created", event.facts);
    case "account.changed":
      return account("updated", event.facts);
    case "account.removed":
      return account("deleted", event.facts);
    case "reachability.changed":
      return { type: "reachability", entry: { reachability: event.facts.reachable } };
    case "session.started":
    case "session.paused":
    case "session.resumed":
    case "session.stopped":
    case "session.failed":
    case "session.progressed":
      return { type: "playing", entry: playing(event.facts) };
    case "item.rated":
      return timeline(event.facts.item, { title: event.facts.item.title, state: 5 });
    case "item.arrived":
    case "session.scrobbled":
    case "ondeck.entered":
    case "database.backed-up":
    case "database.corrupted":
    case "device.appeared":
    case "upstream.connected":
    case "upstream.disconnected":
    case "upstream.refused":
    case "upstream.gap":
    case "upstream.notified":
    case "upstream.progressed":
      return undefined;
  }
}

function activity(
  event: Extract<MediaEvent, { type: "activity.started" | "activity.updated" | "activity.ended" }>,
): ActivityNotification {
  const { uuid, type, cancellable, userID, title, subtitle, progress, context } = event.facts;
  return {
    event: event.type === "activity.started" ? "started" : event.type === "activity.updated" ? "updated" : "ended",
    uuid,
    Activity: {
      uuid,
      type,
      cancellable,
      userID,
      title,
      subtitle,
      progress,
      ...(context === undefined ? {} : { Context: context }),
    },
  };
}

function account(event: AccountUpdateNotification["event"], { accountId, name }: AccountFacts): Notification {
  return { type: "account", entry: { event, accountID: accountId, title: name } };
}

function playing(session: SessionFacts): PlaySessionStateNotification {
  const { sessionKey, player, item, viewOffset, playQueueItemID, playQueueID, state } = session;
  return {
    sessionKey: String(sessionKey),
    clientIdentifier: player.uuid,
    guid: "",
    ratingKey: String(item.itemId),
    url: "",
    key: `/library/metadata/${item.itemId}`,
    viewOffset,
    ...(playQueueItemID === undefined ? {} : { playQueueItemID }),
    ...(playQueueID === undefined ? {} : { playQueueID }),
    state,
  };
}

type TimelineState = Pick<TimelineEntry, "title" | "state"> &
  Partial<Pick<TimelineEntry, "metadataState" | "mediaState" | "queueSize">>;

/** Keys in the order of the captures: real clients do not mind, people who compare do. */
function timeline(item: ItemFacts, told: TimelineState): Notification {
  // Captures show parents on created and deleted children, and not on the later states.
  const withParents = told.state === 0 || told.state === 9;
  const entry: TimelineEntry = {
    identifier: LIBRARY,
    sectionID: String(item.sectionId),
    itemID: String(item.itemId),
    ...(withParents && item.parentId !== undefined ? { parentItemID: String(item.parentId) } : {}),
    ...(withParents && item.rootId !== undefined ? { rootItemID: String(item.rootId) } : {}),
    type: item.metadataType,
    ...told,
    updatedAt: item.updatedAt,
  };
  return { type: "timeline", entry };
}
