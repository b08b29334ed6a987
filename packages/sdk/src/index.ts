/**
 * The client: `new PlexAPI({ token }).events`.
 */
export type { NotificationEntries, NotificationType } from "@reelay/protocol";
export type { Logger, RequestOptions, SDKOptions } from "./client/options.ts";
export { serverURLFromOptions } from "./client/options.ts";
export { PlexAPICore } from "./core.ts";
export { Events } from "./events.ts";
export { type Fetcher, HTTPClient, type HTTPClientOptions } from "./lib/http.ts";
export type { BackoffStrategy, RetryConfig } from "./lib/retries.ts";
export * from "./models/errors.ts";
export type { ClientFields, ConnectWebSocketRequest, GetNotificationsRequest } from "./models/operations.ts";
export { Accepts } from "./models/shared.ts";
export { PlexAPI } from "./sdk.ts";
export type * from "./stream/event-facts.ts";
export type { GapEvent, KnownType, NotificationEvent, UnknownEvent } from "./stream/events.ts";
export { type EventsOptions, NotificationStream } from "./stream/notification-stream.ts";
export type { NotificationDocument, ReelayEvent, ReelayEventFacts } from "./stream/reelay-events.ts";
export type {
  ConnectionOptions,
  EventOf,
  EventPattern,
  ListenerMap,
  ReconnectOptions,
  ReelaySubscribeOptions,
  SubscribeOptions,
  Subscription,
  SubscriptionEvent,
  SubscriptionState,
} from "./subscribe/index.ts";
