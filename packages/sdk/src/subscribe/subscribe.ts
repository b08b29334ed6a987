import type { PlexAPICore } from "../core.ts";
import { systemEnvironment } from "./environment.ts";
import { LiveSubscription } from "./live-subscription.ts";
import type { EventOf, ReelaySubscribeOptions, SubscribeOptions } from "./options.ts";
import type { Subscription } from "./subscription.ts";

/** Listens until it is closed. Throws nothing: the reason why it cannot go on is in `closed`, `ready()` and the iterators. */
export function subscribe<O extends SubscribeOptions | ReelaySubscribeOptions = SubscribeOptions>(
  client: PlexAPICore,
  options?: O,
): Subscription<EventOf<O>> {
  return new LiveSubscription<EventOf<O>>(client, options ?? {}, systemEnvironment);
}
