import type { RetentionLimits } from "./events/index.ts";
import type { Preferences } from "./preferences/index.ts";

const DAY_MS = 86_400_000;

/** How long events are kept. */
export function retentionLimits(preferences: Preferences): Partial<RetentionLimits> {
  return {
    maxAgeMs: preferences.get("EventRetentionDays") * DAY_MS,
    maxFacts: preferences.get("EventRetentionRows"),
  };
}

/** When sections are looked through without being asked to. */
export function scanning(preferences: Preferences): { readonly watch: boolean; readonly rescanMs: number | null } {
  const regularly = preferences.get("ScheduledLibraryUpdatesEnabled");
  return {
    watch: preferences.get("FSEventLibraryUpdatesEnabled"),
    rescanMs: regularly ? preferences.get("ScheduledLibraryUpdateInterval") * 1000 : null,
  };
}
