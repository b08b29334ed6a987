export type { ListenerMap } from "./listeners.ts";
export type { ReconnectOptions, SubscribeOptions, SubscriptionState } from "./options.ts";
export { subscribe } from "./subscribe.ts";
export type { Subscription } from "./subscription.ts";
