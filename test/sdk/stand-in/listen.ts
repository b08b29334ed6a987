import {
  type NotificationEvent,
  PlexAPI,
  type SDKOptions,
  type SubscribeOptions,
  type SubscriptionState,
} from "@reelay/sdk";
import type { Environment } from "../../../packages/sdk/src/subscribe/environment.ts";
import { LiveSubscription } from "../../../packages/sdk/src/subscribe/live-subscription.ts";
import { fastTime } from "./fast-time.ts";
import type { PlexStandIn } from "./plex-server.ts";

/** A subscription with all that it told so far. */
export interface Listening {
  readonly subscription: LiveSubscription;
  readonly events: NotificationEvent[];
  readonly states: SubscriptionState[];
  readonly errors: Error[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** Listens with time that passes ten times as fast. */
export function listen(
  { url, token }: Pick<PlexStandIn, "url" | "token">,
  options: SubscribeOptions = {},
  { environment = fastTime(10), ...client }: SDKOptions & { readonly environment?: Environment } = {},
): Listening {
  const plexAPI = new PlexAPI({ serverURL: url, token, ...client });
  const subscription = new LiveSubscription(plexAPI, options, environment);
  const listening: Listening = {
    subscription,
    events: [],
    states: [],
    errors: [],
    [Symbol.asyncDispose]: () => subscription.close(),
  };
  subscription.on("*", (event) => listening.events.push(event));
  subscription.on("state", (state) => listening.states.push(state));
  subscription.on("error", (error) => listening.errors.push(error));
  return listening;
}
