export { Activities, type ActivityChange, type ActivityOptions, type RunningActivity } from "./activities.ts";
export { activityRoutes } from "./routes.ts";
