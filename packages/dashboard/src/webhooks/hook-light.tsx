import type { Hook } from "./types.ts";

/** How a hook is, at a glance: it works, fails, or is off. */
export function HookLight({ hook: { enabled, failingSince, unreadable } }: { hook: Hook }) {
  const [look, text] =
    !enabled || unreadable !== undefined
      ? ["off", "Off"]
      : failingSince === undefined
        ? ["well", "Works"]
        : ["failing", "Fails"];
  return <span className={`hook-light hook-${look}`} role="img" aria-label={text} title={text} />;
}
