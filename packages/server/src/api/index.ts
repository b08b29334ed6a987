export { EventCounts } from "./event-counts.ts";
export { LogLines } from "./log-lines.ts";
export { type OperatorApi, type OperatorApiOptions, openOperatorApi } from "./operator-api.ts";
export { Reachability, type ReachabilityOptions } from "./reachability.ts";
export { publicUrl } from "./reachability-probe.ts";
export { tappedLogger } from "./tapped-logger.ts";
