import type { Limits } from "../client/send.ts";
import type { Target } from "../client/target.ts";
import type { Channel, ChannelEvents } from "./channel.ts";
import { openGlobalWebSocket } from "./global-websocket.ts";
import { MAX_FRAME_BYTES } from "./limits.ts";
import { nodeRuntime } from "./node-runtime.ts";

/**
 * A WebSocket by the best way that this runtime has.
 * @throws CallError
 */
export async function openWebSocket(
  target: Target,
  limits: Limits,
  events: ChannelEvents,
  maxFrameBytes = MAX_FRAME_BYTES,
): Promise<Channel> {
  const node = await nodeRuntime();
  if (node !== undefined) {
    // A file of its own in the package: pages never load it.
    const { openOwnWebSocket } = await import("./own-websocket.ts");
    return openOwnWebSocket(target, node, limits, events, maxFrameBytes);
  }
  return openGlobalWebSocket(target, limits, events, maxFrameBytes);
}
