import { readMoment } from "./duration.ts";
import type { HookAnswer } from "./hook-lines.ts";
import { eventNames, listOf } from "./hook-options.ts";
import { hookAmong } from "./hooks-lookup.ts";

/** Which deliveries, as `reelay hooks deliveries` and `resend` take it. */
export interface DeliveryRangeOptions {
  readonly hook?: string | undefined;
  readonly state?: string | undefined;
  readonly event?: string | undefined;
  readonly search?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** The same as the API takes it. */
export interface DeliveryRange {
  readonly hook?: string;
  readonly states?: readonly string[];
  readonly events?: readonly string[];
  readonly q?: string;
  readonly since?: number;
  readonly until?: number;
}

/** @throws REELAY_INVALID_PARAMETER, REELAY_NOT_FOUND for a hook that is not there */
export function rangeOf(options: DeliveryRangeOptions, hooks: readonly HookAnswer[], now: number): DeliveryRange {
  const { hook, state, event, search, since, until } = options;
  const events = event === undefined ? [] : eventNames(event);
  return {
    ...(hook === undefined ? {} : { hook: idOf(hooks, hook) }),
    ...(state === undefined ? {} : { states: listOf(state) }),
    ...(events.length === 0 ? {} : { events }),
    ...(search === undefined ? {} : { q: search }),
    ...(since === undefined ? {} : { since: readMoment(since, "--since", now) }),
    ...(until === undefined ? {} : { until: readMoment(until, "--until", now) }),
  };
}

/** Also of a hook that is gone: its record is still there. */
function idOf(hooks: readonly HookAnswer[], which: string): string {
  return /^hook_[0-9a-f]{16}$/.test(which) ? which : hookAmong(hooks, which).id;
}
