export { eventDocument } from "./event-document.ts";
export { Hub, type HubOptions, type HubStats } from "./hub.ts";
export { streamRoutes, WEBSOCKET_PATHS } from "./routes.ts";
export { eventTypesOf } from "./selection.ts";
export { type StreamUpgradeOptions, streamUpgrades } from "./websocket.ts";
