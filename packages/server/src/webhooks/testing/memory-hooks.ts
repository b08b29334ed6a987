import type { DisabledReason, Hook, HookDirectory } from "../hook.ts";

const DAY = 86_400_000;

/** A hook with the defaults; what a test is about is said by it. */
export function aHook(id: string, url: string, said: Partial<Hook> = {}): Hook {
  return {
    id,
    accountId: 1,
    description: "",
    url,
    events: [],
    filter: {},
    format: "plex",
    thumb: true,
    headers: {},
    secrets: ["whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"],
    maxAge: { live: 300_000, record: 3 * DAY },
    latestOnly: false,
    settleMs: 0,
    enabled: true,
    createdAt: 0,
    updatedAt: 0,
    ...said,
  };
}

/** Hooks that live in memory, for tests of what is done with them. */
export class MemoryHooks implements HookDirectory {
  readonly #hooks = new Map<string, Hook>();
  readonly #listeners = new Set<(id: string) => void>();

  constructor(hooks: readonly Hook[] = []) {
    for (const hook of hooks) this.#hooks.set(hook.id, hook);
  }

  list(): readonly Hook[] {
    return [...this.#hooks.values()];
  }

  get(id: string): Hook | undefined {
    return this.#hooks.get(id);
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async disable(id: string, disabledReason: DisabledReason): Promise<void> {
    this.change(id, { enabled: false, disabledReason });
  }

  async failing(id: string, since: number | null): Promise<void> {
    const hook = this.#hooks.get(id);
    if (hook === undefined) return;
    const { failingSince: _, ...rest } = hook;
    this.#hooks.set(id, since === null ? rest : { ...rest, failingSince: since });
  }

  set(hook: Hook): void {
    this.#hooks.set(hook.id, hook);
    this.#tell(hook.id);
  }

  change(id: string, change: Partial<Hook>): void {
    const hook = this.#hooks.get(id);
    if (hook === undefined) throw new Error(`no hook ${id}`);
    this.set({ ...hook, ...change });
  }

  remove(id: string): void {
    this.#hooks.delete(id);
    this.#tell(id);
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id);
  }
}
