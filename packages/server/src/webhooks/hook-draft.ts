import { ReelayError, randomHex } from "../support/index.ts";
import type { Hook } from "./hook.ts";
import { defaultMaxAge, hookPresets } from "./hook-limits.ts";
import { type HookChange, MASK, type NewHook, newHook } from "./hook-settings.ts";
import { newSecret } from "./signing.ts";

const NO_PRESET = { maxAge: defaultMaxAge, latestOnly: false, settleMs: 0 };

/** A hook with everything that was left out. @throws ZodError for what the schema does not allow */
export function hookOf(input: NewHook, accountId: number, now: number): Hook {
  const { preset, secret = newSecret(), maxAge, custom, ca, enabled, ...given } = newHook.parse(input);
  const { maxAge: age, latestOnly, settleMs } = preset === undefined ? NO_PRESET : hookPresets[preset];
  masked(given.headers, {});
  return {
    id: `hook_${randomHex(8)}`,
    accountId,
    ...given,
    thumb: given.thumb ?? given.format === "plex",
    ...(given.format === "custom" ? { custom: { method: "POST", body: "", ...custom } } : custom && { custom }),
    ...(ca === undefined ? {} : { ca }),
    secrets: [secret],
    maxAge: {
      live: maxAge?.live === undefined ? age.live : maxAge.live,
      record: maxAge?.record === undefined ? age.record : maxAge.record,
    },
    latestOnly: given.latestOnly ?? latestOnly,
    settleMs: given.settleMs ?? settleMs,
    ...switched(enabled),
    createdAt: now,
    updatedAt: now,
  };
}

/** The hook with what is given. @throws REELAY_INVALID_PARAMETER, REELAY_SECRET_UNREADABLE */
export function changed(hook: Hook, change: HookChange, now: number): Hook {
  const { ca, custom, headers, maxAge, enabled, url, preset, ...given } = change;
  if (hook.unreadable && [ca, custom, headers, url].some((value) => value !== undefined)) {
    throw new ReelayError("REELAY_SECRET_UNREADABLE", "Its address, headers and secrets stay as they are until then.");
  }
  const { ca: oldCa, custom: oldCustom, disabledReason, failingSince, ...before } = hook;
  const format = given.format ?? hook.format;
  const newCa = ca === undefined ? oldCa : (ca ?? undefined);
  const newCustom = custom ?? (format === "custom" ? (oldCustom ?? { method: "POST", body: "" }) : undefined);
  // Enabled anew it begins without the past; a hook that was enabled stays as failing as it was.
  const state =
    enabled === undefined || enabled === hook.enabled
      ? { ...(disabledReason && { disabledReason }), ...(failingSince === undefined ? {} : { failingSince }) }
      : switched(enabled);
  const { maxAge: presetAge, ...fresh } = preset === undefined ? {} : hookPresets[preset];
  return {
    ...before,
    ...fresh,
    ...withoutUndefined(given),
    ...state,
    ...(url === undefined ? {} : { url }),
    ...(headers === undefined ? {} : { headers: masked(headers, hook.headers) }),
    ...(newCustom === undefined ? {} : { custom: newCustom }),
    ...(newCa === undefined ? {} : { ca: newCa }),
    maxAge: { ...hook.maxAge, ...presetAge, ...withoutUndefined(maxAge ?? {}) },
    updatedAt: now,
  };
}

function switched(enabled: boolean): Pick<Hook, "enabled" | "disabledReason"> {
  return enabled ? { enabled } : { enabled, disabledReason: "by-hand" };
}

/** Headers with the values that were shown as {@link MASK} taken from what is there, by name in any case. */
function masked(headers: Hook["headers"], before: Hook["headers"]): Hook["headers"] {
  const old = new Map(Object.entries(before).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (value !== MASK) return [name, value];
      const kept = old.get(name.toLowerCase());
      if (kept !== undefined) return [name, kept];
      throw new ReelayError(
        "REELAY_INVALID_PARAMETER",
        `headers.${name.slice(0, 64)} (body): it has no value to keep.`,
      );
    }),
  );
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(thing: T): Partial<Present<T>> {
  return Object.fromEntries(Object.entries(thing).filter(([, value]) => value !== undefined)) as Partial<Present<T>>;
}
