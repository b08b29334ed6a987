import { encodeContainer, type Notification } from "@reelay/protocol";
import type { MediaEvent, ToldNotification } from "../events/index.ts";

/**
 * A media event as Reelay's own streams and its history show it: what happened, and the WebSocket document that clients
 * of Plex are told, `null` where they are told nothing.
 */
export function eventDocument(event: MediaEvent, notification: ToldNotification | undefined, position: string): string {
  const { id, type, origin, time, subject, facts } = event;
  const head = JSON.stringify({ id, position, type, origin, time, subject, facts });
  return withNotification(head, notification);
}

/** What is told past the log has neither an id nor a time of its own there; its facts are the notification's. */
export function announcementDocument(type: string, notification: Notification, position: string): string {
  const { entry: facts } = notification;
  const head = JSON.stringify({ id: null, position, type, origin: null, time: null, subject: null, facts });
  return withNotification(head, notification);
}

function withNotification(head: string, notification: ToldNotification | undefined): string {
  return `${head.slice(0, -1)},"notification":${notification === undefined ? "null" : encodeContainer(notification)}}`;
}
