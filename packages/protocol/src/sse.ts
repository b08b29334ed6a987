import { isJsonObject, type JsonValue } from "./json.ts";
import type { Notification, UnknownNotification } from "./notification-types.ts";
import {
  encodeEntry,
  type NotificationEncoding,
  type ParsedNotification,
  parseJson,
  payloadKeyOf,
  toNotification,
} from "./notifications.ts";
import { failure, ok, type Result } from "./result.ts";
import type { SseEvent } from "./sse-parser.ts";

/** What can be put into one event of a stream. */
export interface SseFrame {
  /** Name of the event; a reader takes a missing one for `message`. */
  readonly event?: string;
  /** Written as one line of JSON. */
  readonly data: JsonValue;
  /** What the reader sends back as `Last-Event-ID`. */
  readonly id?: string;
  /** How long the reader waits before it reconnects, milliseconds. */
  readonly retry?: number;
}

/**
 * One event of a stream, ended by its blank line: `id`, `event`, `retry`, `data`. Names and ids are checked, since a line break in one would let its
 * author write events of his own; data cannot break out, being JSON.
 *
 * @throws RangeError for CR, LF or NUL in `event` or `id`, for an empty `event`, and for a `retry` that is not a whole number from 0.
 */
export function encodeSseEvent({ event, data, id, retry }: SseFrame): string {
  if (event === "") throw new RangeError("The event name of a stream event is empty");
  if (retry !== undefined && !(Number.isSafeInteger(retry) && retry >= 0)) {
    throw new RangeError(`${retry} is no number of milliseconds`);
  }
  return encodeLines(event, JSON.stringify(data), id, retry);
}

function encodeLines(event: string | undefined, json: string, id?: string, retry?: number): string {
  return (
    (id === undefined ? "" : `id: ${singleLine(id, "id")}\n`) +
    (event === undefined ? "" : `event: ${singleLine(event, "event name")}\n`) +
    (retry === undefined ? "" : `retry: ${retry}\n`) +
    `data: ${json}\n\n`
  );
}

function singleLine(text: string, what: string): string {
  // NUL as well: readers ignore an id that contains it, and the stream would silently stop being resumable.
  if (text.includes("\n") || text.includes("\r") || text.includes("\0")) {
    throw new RangeError(`The ${what} of a stream event contains a line break or NUL`);
  }
  return text;
}

/**
 * The notification as an event of a stream. Unlike the WebSocket document there is no container, and the payload key holds one object and no
 * array: `data: {"PlaySessionStateNotification":{…}}`.
 *
 * @throws RangeError for CR, LF or NUL in the type or the id.
 */
export function encodeSseNotification(
  notification: Notification | UnknownNotification,
  encoding: NotificationEncoding = {},
): string {
  const entry = encodeEntry(notification, encoding.numericIds);
  const json = `{${JSON.stringify(payloadKeyOf(notification))}:${entry}}`;
  return encodeLines(notification.type, json, encoding.id);
}

/**
 * The heartbeat: an event named `ping` with data `{}`. Clients take a stream without any line for dead after 30 s, so one is due every 10 s.
 * @param id Where the stream is, so that one on which nothing happens can be resumed too.
 */
export function encodeSsePing(id?: string): string {
  return encodeLines("ping", "{}", id);
}

/**
 * The notification in an event of a stream, `undefined` for a heartbeat (`ping`, or data without a payload).
 * The notification's `id` is the one that this very event carried.
 */
export function notificationFromSse(event: SseEvent): Result<ParsedNotification | undefined> {
  if (event.event === "ping") return ok(undefined);
  const data = parseJson(event.data);
  if (!data.ok) return data;
  if (!isJsonObject(data.value)) return failure("not-a-notification", "The event's data is not an object");
  const [payload] = Object.entries(data.value);
  if (payload === undefined) return ok(undefined);
  const [payloadKey, value] = payload;
  // Some servers between Plex and us wrap the object as on WebSockets.
  const entry: unknown = Array.isArray(value) ? value[0] : value;
  if (!isJsonObject(entry)) return failure("bad-entry", "The event's payload is not an object");
  return ok(toNotification(event.event, payloadKey, entry, event.id));
}
