import type { NotificationEntries, ParsedNotification, UnknownNotification } from "@reelay/protocol";

type StreamOwn = "reelay.gap" | "reelay.position";

/** Names of the notification types whose payload is known. */
export type KnownType = Exclude<keyof NotificationEntries, StreamOwn>;

/** A notification of a type that this version does not know, or with a payload that it does not expect. */
export interface UnknownEvent {
  readonly type: "unknown";
  /** The type as the server named it. */
  readonly name: string;
  readonly payloadKey: string;
  readonly entry: UnknownNotification["entry"];
  readonly id?: string;
}

/** Something may have been missed here. */
export interface GapEvent {
  readonly type: "gap";
  /**
   * `retention`, `epoch`, `ahead`: the server cannot go on where the stream was. `reconnect`: the connection was lost, and this server does not
   * resume. `overflow`: events came faster than they were taken, and the oldest were dropped.
   */
  readonly reason: "retention" | "epoch" | "ahead" | "reconnect" | "overflow";
  /** The position that was asked for. */
  readonly from?: string;
  /** The position after which the stream goes on. */
  readonly to?: string;
}

/** What a stream tells; switch on `type`, and `entry` has that type's payload. */
export type NotificationEvent =
  | {
      readonly [T in KnownType]: {
        readonly type: T;
        readonly entry: NotificationEntries[T];
        /** Position of the event, from servers that have such: what to give as `lastEventId` to go on after it. */
        readonly id?: string;
      };
    }[KnownType]
  | UnknownEvent
  | GapEvent;

/** What a notification is to the reader of a stream; undefined for what only says where the stream is. */
export function toEvent(notification: ParsedNotification): NotificationEvent | undefined {
  const { id } = notification;
  const position = id === undefined ? {} : { id };
  if ("payloadKey" in notification) {
    const { type: name, payloadKey, entry } = notification;
    return { type: "unknown", name, payloadKey, entry, ...position };
  }
  if (notification.type === "reelay.position") return undefined;
  if (notification.type === "reelay.gap") {
    const { reason, from, to } = notification.entry;
    return { type: "gap", reason, from, to };
  }
  return notification;
}
