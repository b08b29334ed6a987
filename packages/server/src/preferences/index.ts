export {
  isNetwork,
  type LogLevelName,
  logLevels,
  type PreferenceId,
  type PreferenceValue,
} from "./catalogue.ts";
export { firstValues } from "./first-values.ts";
export { Preferences } from "./preferences.ts";
export { preferenceRoutes } from "./routes.ts";
