export { EventCounts } from "./event-counts.ts";
export { type OperatorApi, type OperatorApiOptions, openOperatorApi } from "./operator-api.ts";
