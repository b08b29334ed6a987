import type { NotificationStream } from "../stream/notification-stream.ts";
import type { Accepts } from "./shared.ts";

/** What a client tells of itself, as `X-Plex-…` headers. */
export interface ClientFields {
  /** Which form of REST answers it accepts. */
  readonly accepts?: Accepts | undefined;
  /** Unique for this client: `X-Plex-Client-Identifier`. */
  readonly clientIdentifier?: string | undefined;
  /** Name of the client: `X-Plex-Product`. */
  readonly product?: string | undefined;
  /** Version of the client: `X-Plex-Version`. */
  readonly version?: string | undefined;
  /** What it runs on: `X-Plex-Platform`. */
  readonly platform?: string | undefined;
  /** Version of what it runs on: `X-Plex-Platform-Version`. */
  readonly platformVersion?: string | undefined;
  /** Name of the kind of device: `X-Plex-Device`. */
  readonly device?: string | undefined;
  /** Its model: `X-Plex-Model`. */
  readonly model?: string | undefined;
  /** Who made the device: `X-Plex-Device-Vendor`. */
  readonly deviceVendor?: string | undefined;
  /** Name of this very device: `X-Plex-Device-Name`. */
  readonly deviceName?: string | undefined;
  /** Where the client is distributed: `X-Plex-Marketplace`. */
  readonly marketplace?: string | undefined;
}

/** The argument of `getNotifications`. Its client fields go before those of the constructor. */
export interface GetNotificationsRequest extends ClientFields {
  /** Notification types; a leading `-` on the first makes it all but these. None, or an empty list: everything except `log`. */
  readonly filter?: readonly string[] | undefined;
}

/** The argument of `connectWebSocket`. */
export type ConnectWebSocketRequest = GetNotificationsRequest;

/** The client fields of the constructor. */
export type GetNotificationsGlobals = ClientFields;
/** The client fields of the constructor. */
export type ConnectWebSocketGlobals = ClientFields;

/** Bytes of `text/event-stream`. */
export type GetNotificationsResponse = NotificationStream;
/** One JSON document a line. */
export type ConnectWebSocketResponse = NotificationStream;
