import type { Logger } from "../support/index.ts";
import type { Hook, HookDirectory } from "./hook.ts";
import type { Outcome } from "./outgoing.ts";
import type { Route } from "./route.ts";

/** A receiver that fails as long is given up. */
const GIVE_UP_MS = 5 * 86_400_000;

export interface HookHealthOptions {
  readonly hooks: HookDirectory;
  readonly logger: Logger;
  /** Told when a hook's breaker opens, and when it closes again. */
  readonly onBreaker: (hook: Hook, state: "open" | "closed") => void;
}

/** What attempts say of their hook: since when it fails, whether it is tried at all, and whether it is given up. */
export class HookHealth {
  readonly #options: HookHealthOptions;

  constructor(options: HookHealthOptions) {
    this.#options = options;
  }

  /** @returns whether the receiver is back */
  succeeded(hook: Hook, route: Route, began: number, now: number): boolean {
    const { hooks, onBreaker } = this.#options;
    const isBack = route.succeeded(began, now);
    if (isBack) onBreaker(hook, "closed");
    if (hooks.get(hook.id)?.failingSince !== undefined) this.quietly(hooks.failing(hook.id, null));
    return isBack;
  }

  /** To be followed by {@link judge} when the attempt is over. */
  failed(hook: Hook, route: Route, { retryAfter }: Outcome, now: number): void {
    if (route.failed(now, retryAfter)) this.#options.onBreaker(hook, "open");
  }

  /** Whether the hook is to be disabled. */
  judge(hook: Hook, route: Route, { error }: Outcome, now: number): void {
    const { hooks } = this.#options;
    const since = hooks.get(hook.id)?.failingSince;
    if (error === "REELAY_DELIVERY_GONE") this.quietly(hooks.disable(hook.id, "gone"));
    else if (since === undefined) this.quietly(hooks.failing(hook.id, now));
    else if (now - since >= GIVE_UP_MS && route.breaker(now) !== "closed") {
      this.quietly(hooks.disable(hook.id, "failing"));
    }
  }

  /** A failure is only logged: the next attempt writes it again. */
  quietly(written: Promise<void>): void {
    written.catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, "how a hook fares could not be written");
    });
  }
}
