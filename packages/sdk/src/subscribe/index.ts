export type { ListenerMap, SubscriptionEvent } from "./listeners.ts";
export type {
  ConnectionOptions,
  EventOf,
  EventPattern,
  ReconnectOptions,
  ReelaySubscribeOptions,
  SubscribeOptions,
  SubscriptionState,
} from "./options.ts";
export { subscribe } from "./subscribe.ts";
export type { Subscription } from "./subscription.ts";
