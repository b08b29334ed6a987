export { EventCounts } from "./event-counts.ts";
export { LogLines } from "./log-lines.ts";
export { type OperatorApi, type OperatorApiOptions, openOperatorApi } from "./operator-api.ts";
export { tappedLogger } from "./tapped-logger.ts";
