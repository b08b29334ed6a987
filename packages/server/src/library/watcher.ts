import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { AsyncSubscription, Event } from "@parcel/watcher";
import { type Clock, type Logger, systemCode } from "../support/index.ts";
import { SETTLE_MS } from "./scan-diff.ts";
import type { Location, Section } from "./section-store.ts";

export interface WatcherOptions {
  readonly section: Section;
  readonly clock: Clock;
  readonly log: Logger;
  /** A folder cannot be watched: its changes are noticed by rescans only. */
  readonly onFailure: (location: Location, code: "REELAY_WATCH_LIMIT" | undefined) => void;
  /** Absolute folders in which something changed, and whose files have settled. */
  readonly onChange: (folders: Buffer[]) => void;
}

/** How long a folder must be quiet: files arrive in bursts. */
const QUIET_MS = 300;
const POLL_MS = 250;
/** With more changed folders at once, walking everything is cheaper than keeping them apart. */
const MAX_FOLDERS = 500;

interface Touched {
  at: number;
  readonly files: Set<string>;
}

/** Notices changes below a section's folders. Only a hint: rescans are the truth. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #touched = new Map<string, Touched>();
  readonly #subscriptions = new Map<number, AsyncSubscription>();
  readonly #failed = new Set<number>();
  #stopPolling: (() => void) | undefined;
  #polling = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** Watches what is not watched yet; called again by each rescan, so that a disk that was mounted meanwhile is watched. */
  async start(): Promise<void> {
    for (const location of this.#options.section.locations) {
      if (this.#subscriptions.has(location.id)) continue;
      try {
        const { subscribe } = await import("@parcel/watcher");
        const subscription = await subscribe(location.path, (error, events) => this.#noticed(location, error, events));
        this.#subscriptions.set(location.id, subscription);
        this.#failed.delete(location.id);
      } catch (error) {
        this.#fail(location, error);
      }
    }
  }

  async close(): Promise<void> {
    this.#stopPolling?.();
    this.#stopPolling = undefined;
    this.#touched.clear();
    const subscriptions = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    await Promise.all(subscriptions.map((subscription) => subscription.unsubscribe()));
  }

  /** Told once for a location, until it could be watched again. */
  #fail(location: Location, error: unknown): void {
    if (this.#failed.has(location.id)) return;
    this.#failed.add(location.id);
    const message = error instanceof Error ? error.message : String(error);
    // inotify answers ENOSPC when the user's watches are used up, EMFILE when its instances are.
    const limit = /no space left|ENOSPC|too many open files|EMFILE/i.test(message);
    this.#options.log.warn({ path: location.path, message }, "changes are noticed by rescans only");
    this.#options.onFailure(location, limit ? "REELAY_WATCH_LIMIT" : undefined);
  }

  #noticed(location: Location, error: Error | null, events: readonly Event[]): void {
    if (error !== null) {
      this.#fail(location, error);
      return;
    }
    const now = this.#options.clock.now();
    for (const { path } of events) {
      if (path === location.path) continue;
      const folder = this.#touched.size > MAX_FOLDERS ? location.path : dirname(path);
      const touched = this.#touched.get(folder) ?? { at: now, files: new Set() };
      touched.at = now;
      if (touched.files.size < MAX_FOLDERS) touched.files.add(path);
      this.#touched.set(folder, touched);
    }
    if (this.#touched.size > 0) this.#stopPolling ??= this.#options.clock.every(POLL_MS, () => void this.#poll());
  }

  /** Hands on the folders that are quiet and whose files have stopped growing. */
  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    try {
      const ready = new Set<string>();
      for (const [folder, touched] of this.#touched) {
        const now = this.#options.clock.now();
        if (now - touched.at < QUIET_MS) continue;
        const scopes = await this.#scopes(folder, touched.files, now);
        // Undefined: still being written; or touched again meanwhile: the next turn.
        if (scopes === undefined || this.#options.clock.now() - touched.at < QUIET_MS) continue;
        this.#touched.delete(folder);
        for (const scope of scopes) ready.add(scope);
      }
      if (ready.size > 0) this.#options.onChange([...ready].map((folder) => Buffer.from(folder)));
    } finally {
      this.#polling = false;
      if (this.#touched.size === 0) {
        this.#stopPolling?.();
        this.#stopPolling = undefined;
      }
    }
  }

  /**
   * What to scan for changes seen in a folder: the folder itself, but for a new folder in it only that one.
   * @returns undefined while something in it was changed too recently
   */
  async #scopes(folder: string, changed: ReadonlySet<string>, now: number): Promise<ReadonlySet<string> | undefined> {
    const scopes = new Set<string>();
    for (const path of changed) {
      const found = await lookedAt(path);
      if (found !== undefined && Math.abs(now - found.mtimeMs) < SETTLE_MS) return undefined;
      if (found?.isDirectory() !== true) scopes.add(folder);
      // What changed inside it is noted under its own name, and waits until that has settled.
      else if (!this.#touched.has(path)) scopes.add(path);
    }
    return scopes;
  }
}

async function lookedAt(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined; // Gone or out of reach: nothing to wait for.
  }
}
