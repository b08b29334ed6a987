import {
  encodeContainer,
  encodePingFrame,
  encodeSseNotification,
  encodeSsePing,
  encodeTextFrame,
  type Notification,
  type UnknownNotification,
} from "@reelay/protocol";
import type { Gap, MediaEvent } from "../events/index.ts";
import { announcementDocument, eventDocument } from "./event-document.ts";

/** Which wire a stream speaks. `lines` are the WebSocket documents, one per line, for clients that cannot upgrade. */
export type Wire = "sse" | "websocket" | "lines";

/** A message that can be encoded, and the name under which clients select it. */
export interface Told {
  readonly type: string;
  encode(position: string): Buffer;
}

/** How messages look to a subscriber. An event is encoded once per form, however many read it. */
export interface Form {
  readonly key: string;
  /** An event of the log; undefined where this form has nothing to tell of it. */
  tell(event: MediaEvent, notification: Sent | undefined): Told | undefined;
  /** What is in no log. */
  announce(notification: Notification): Told;
  /** What tells a client that it could not go on where it asked; nothing where Plex's documents have no room for it. */
  gap(gap: Gap, position: string): Buffer | undefined;
  /** Sent at once on connecting, so that a stream on which nothing happens can be resumed as well. */
  hello(position: string): Buffer | undefined;
  /** Sent every 10 s: clients take a silent stream for dead. */
  heartbeat(position: string): Buffer;
}

/** As protocols have it: of the catalogue, or of an upstream that knows more. */
type Sent = Notification | UnknownNotification;

type Encode = (notification: Sent, position: string) => Buffer;

const forms = new Map<string, Form>();

/**
 * @param ids whether documents carry their position. SSE always does, unless `never`
 * @param numericIds whether timeline ids are JSON integers
 */
export function formOf(wire: Wire, ids: boolean | "never", numericIds: boolean): Form {
  const carries = wire === "sse" ? ids !== "never" : ids === true;
  const key = `${wire}${carries ? "-ids" : ""}${numericIds ? "-numeric" : ""}`;
  let form = forms.get(key);
  if (form === undefined) {
    if (wire === "sse") form = carries ? sse(key, numericIds) : plainSse(key, numericIds);
    else form = documents(key, wire, carries, numericIds);
    forms.set(key, form);
  }
  return form;
}

function sse(key: string, numericIds: boolean): Form {
  const encode: Encode = (notification, id) => Buffer.from(encodeSseNotification(notification, { id, numericIds }));
  return {
    key,
    ...notifications(encode),
    gap: (gap, position) => encode(gapNotice(gap), position),
    hello: ping,
    heartbeat: ping,
  };
}

/** As a Plex server writes it. */
function plainSse(key: string, numericIds: boolean): Form {
  const heartbeat = Buffer.from(encodeSsePing());
  return {
    key,
    ...notifications((notification) => Buffer.from(encodeSseNotification(notification, { numericIds }))),
    gap: () => undefined,
    hello: () => undefined,
    heartbeat: () => heartbeat,
  };
}

function ping(position: string): Buffer {
  return Buffer.from(encodeSsePing(position));
}

/** Plex's forms tell notifications; events without one are not told. */
function notifications(encode: Encode): Pick<Form, "tell" | "announce"> {
  const announce = (notification: Sent): Told => ({
    type: notification.type,
    encode: (position) => encode(notification, position),
  });
  return {
    tell: (_event, notification) => (notification === undefined ? undefined : announce(notification)),
    announce,
  };
}

function documents(key: string, wire: "websocket" | "lines", ids: boolean, numericIds: boolean): Form {
  const wrap = wire === "websocket" ? textFrame : line;
  if (!ids) {
    return {
      key,
      ...notifications((notification) => wrap(encodeContainer(notification, { numericIds }))),
      gap: () => undefined,
      hello: () => undefined,
      // An empty line keeps proxies from cutting a silent stream and is no document.
      heartbeat: () => (wire === "websocket" ? PING : EMPTY_LINE),
    };
  }
  const encode: Encode = (notification, id) => wrap(encodeContainer(notification, { id, numericIds }));
  const told = (position: string) => encode({ type: "reelay.position", entry: { position } }, position);
  return {
    key,
    ...notifications(encode),
    gap: (gap, position) => encode(gapNotice(gap), position),
    hello: told,
    heartbeat: (position) => (wire === "websocket" ? Buffer.concat([told(position), PING]) : told(position)),
  };
}

/**
 * The form of Reelay's own streams: every event as it is in the log. What is about the stream itself looks as on Plex's
 * streams that carry positions.
 * @param asTold only events that clients of Plex are told of, selected by the type of their notification
 */
export function ownFormOf(wire: "sse" | "websocket", asTold = false): Form {
  const key = `${wire}-own${asTold ? "-told" : ""}`;
  let form = forms.get(key);
  if (form === undefined) {
    const frame = formOf(wire, true, false);
    const wrap = wire === "sse" ? unnamedSseEvent : textFrame;
    form = {
      ...frame,
      key,
      tell(event, notification) {
        if (asTold && notification === undefined) return undefined;
        const type = asTold && notification !== undefined ? notification.type : event.type;
        return { type, encode: (position) => wrap(eventDocument(event, notification, position), position) };
      },
      announce(notification) {
        const name = notification.type === "status" ? "status.announced" : notification.type;
        const type = asTold ? notification.type : name;
        return { type, encode: (position) => wrap(announcementDocument(name, notification, position), position) };
      },
    };
    forms.set(key, form);
  }
  return form;
}

/** Without a name, so that `onmessage` of an EventSource gets all of them. JSON has no line breaks. */
function unnamedSseEvent(document: string, position: string): Buffer {
  return Buffer.from(`id: ${position}\ndata: ${document}\n\n`);
}

function gapNotice({ reason, from, to }: Gap): Notification {
  return { type: "reelay.gap", entry: { reason, from, to } };
}

const PING = asBuffer(encodePingFrame());
const EMPTY_LINE = Buffer.from("\n");

function textFrame(document: string): Buffer {
  return asBuffer(encodeTextFrame(document));
}

function line(document: string): Buffer {
  return Buffer.from(`${document}\n`);
}

/** The same memory; sockets take Buffers without wrapping them. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
