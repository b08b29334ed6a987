import type { Field } from "./fields.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import {
  describeNotification,
  isKnownNotification,
  type Notification,
  type UnknownNotification,
} from "./notification-types.ts";
import { failure, ok, type Result } from "./result.ts";

/** How a notification is written. */
export interface NotificationEncoding {
  /** Position of the notification, by which a client resumes. Left out by default, as Plex knows no such thing. */
  readonly id?: string;
  /** Write the ids of `timeline` as JSON integers, as servers of 2018 did (jrudio/go-plex-client still decodes int64). Default false. */
  readonly numericIds?: boolean;
}

/** A notification that was read, with the position it carried, if any. */
export type ParsedNotification = (Notification | UnknownNotification) & { readonly id?: string };

const CONTAINER_KEYS = new Set(["type", "size", "id"]);

/** The key under which this notification's payload stands. */
export function payloadKeyOf(notification: Notification | UnknownNotification): string {
  if (!isKnownNotification(notification)) return notification.payloadKey;
  const key = describeNotification(notification.type)?.payloadKey;
  if (typeof key !== "string")
    throw new RangeError(`No payload key is known for notification type ${notification.type}`);
  return key;
}

/** The payload as JSON: known keys in the catalogue's order, others behind them in their own. */
export function encodeEntry(notification: Notification | UnknownNotification, numericIds = false): string {
  if (!isKnownNotification(notification)) return JSON.stringify(notification.entry);
  const fields = describeNotification(notification.type)?.fields ?? [];
  return JSON.stringify(arrange(notification.entry, fields, numericIds));
}

function arrange(entry: JsonObject, fields: readonly Field[], numericIds: boolean): JsonObject {
  const known = fields.map((field): [string, JsonValue | undefined] => {
    const value = entry[field.name];
    if (field.fields && isJsonObject(value)) return [field.name, arrange(value, field.fields, numericIds)];
    return [field.name, numericIds && field.numericId ? asInteger(value) : value];
  });
  const names = new Set(fields.map((field) => field.name));
  // fromEntries defines properties, so a key such as "__proto__" from an upstream server is data like any other.
  return Object.fromEntries([...known, ...Object.entries(entry).filter(([name]) => !names.has(name))]);
}

function asInteger(value: JsonValue | undefined): JsonValue | undefined {
  return typeof value === "string" && /^(0|-?[1-9]\d{0,14})$/.test(value) ? Number(value) : value;
}

/**
 * The notification as a WebSocket document: `{"NotificationContainer":{"type":…,"size":1,"<PayloadKey>":[{…}]}}`, one entry per document because
 * clients read the first one only, and `"id"` as the last key when there is one.
 *
 * @throws RangeError if a passed-through payload key is one of the container's own keys.
 */
export function encodeContainer(
  notification: Notification | UnknownNotification,
  encoding: NotificationEncoding = {},
): string {
  const payloadKey = payloadKeyOf(notification);
  if (CONTAINER_KEYS.has(payloadKey)) throw new RangeError(`${payloadKey} cannot be a payload key`);
  const entry = encodeEntry(notification, encoding.numericIds);
  const id = encoding.id === undefined ? "" : `,"id":${JSON.stringify(encoding.id)}`;
  const head = `"type":${JSON.stringify(notification.type)},"size":1`;
  return `{"NotificationContainer":{${head},${JSON.stringify(payloadKey)}:[${entry}]${id}}}`;
}

/**
 * Reads a WebSocket document, given as text or already parsed. Lenient, since servers of ten years speak it: any number of entries, one entry
 * without its array, integer ids (they become strings), and the form before December 2016 (`_children`, no wrapper). Which fields are there
 * is not checked: old servers leave out some that are required in the types.
 */
export function parseContainer(document: unknown): Result<readonly ParsedNotification[]> {
  const root = typeof document === "string" ? parseJson(document) : ok(document);
  if (!root.ok) return root;
  if (!isJsonObject(root.value)) return failure("not-a-notification", "The document is not an object");
  const container = isJsonObject(root.value.NotificationContainer) ? root.value.NotificationContainer : root.value;
  const { type, id } = container;
  if (typeof type !== "string") return failure("not-a-notification", "The document has no notification type");

  const notifications: ParsedNotification[] = [];
  for (const [payloadKey, entry] of entriesOf(container, type)) {
    if (!isJsonObject(entry)) return failure("bad-entry", "An entry of the document is not an object");
    notifications.push(toNotification(type, payloadKey, entry, typeof id === "number" ? String(id) : id));
  }
  return ok(notifications);
}

function entriesOf(container: JsonObject, type: string): readonly (readonly [string, unknown])[] {
  if (Array.isArray(container._children)) {
    return container._children.map((child: unknown) => {
      if (!isJsonObject(child) || typeof child._elementType !== "string") return ["", undefined] as const;
      const { _elementType, ...entry } = child;
      return [_elementType, entry] as const;
    });
  }
  const expected = describeNotification(type)?.payloadKey;
  const isPayload = (key: string) => !CONTAINER_KEYS.has(key) && typeof container[key] === "object";
  const payloadKey = expected && isPayload(expected) ? expected : Object.keys(container).find(isPayload);
  if (payloadKey === undefined) return [];
  const payload = container[payloadKey];
  return (Array.isArray(payload) ? payload : [payload]).map((entry: unknown) => [payloadKey, entry] as const);
}

/** A notification from its parts: of the catalogue if type and payload key are, otherwise an unknown one. */
export function toNotification(type: string, payloadKey: string, entry: JsonObject, id?: unknown): ParsedNotification {
  const position = typeof id === "string" ? { id } : {};
  const descriptor = describeNotification(type);
  if (descriptor?.payloadKey !== payloadKey) return { type, payloadKey, entry, ...position };
  // The one place where what came from outside is taken for what the catalogue says of it.
  return { type, entry: withStringIds(entry, descriptor.fields), ...position } as ParsedNotification;
}

function withStringIds(entry: JsonObject, fields: readonly Field[]): JsonObject {
  const byName = new Map(fields.map((field) => [field.name, field]));
  return Object.fromEntries(
    Object.entries(entry).map(([name, value]) => {
      const field = byName.get(name);
      if (field?.fields && isJsonObject(value)) return [name, withStringIds(value, field.fields)];
      return [name, field?.type === "string" && typeof value === "number" ? String(value) : value];
    }),
  );
}

/** JSON.parse with its failure as a value. */
export function parseJson(text: string): Result<unknown> {
  try {
    return ok(JSON.parse(text) as unknown);
  } catch {
    return failure("not-json", "The document is not JSON");
  }
}
