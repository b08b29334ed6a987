export { type PreferenceId, type PreferenceValue, preferences as preferenceCatalogue } from "./catalogue.ts";
export { Preferences } from "./preferences.ts";
export { preferenceRoutes } from "./routes.ts";
