export { eventDocument } from "./event-document.ts";
export { type FirstChunkOptions, streamsAtFirstChunk } from "./first-chunk.ts";
export { Hub, type HubOptions, type HubStats } from "./hub.ts";
export { WEBSOCKET_PATHS } from "./paths.ts";
export { streamRoutes } from "./routes.ts";
export { eventTypesOf } from "./selection.ts";
export { type StreamUpgradeOptions, streamUpgrades } from "./websocket.ts";
