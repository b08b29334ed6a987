export { isNetwork, type PreferenceId, type PreferenceValue } from "./catalogue.ts";
export { Preferences } from "./preferences.ts";
export { preferenceRoutes } from "./routes.ts";
