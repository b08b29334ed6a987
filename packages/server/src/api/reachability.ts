import { z } from "zod";
import type { Outbox } from "../events/index.ts";
import type { Database } from "../storage/index.ts";
import type { Clock, Logger } from "../support/index.ts";
import { answersAsItself, type Fetch } from "./reachability-probe.ts";

export interface ReachabilityOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly fetch: Fetch;
  readonly machineIdentifier: string;
  /** Under which this server should be reached; undefined: nobody said, so nothing is looked at. */
  readonly url: () => string | undefined;
}

const EACH_MS = 300_000;
/** A router that is busy for a moment is not told: it is asked once more. */
const AGAIN_MS = 10_000;
const TIMEOUT_MS = 10_000;

const KEY = "reachability";
const known = z.object({ url: z.string(), reachable: z.boolean() });

/** Looks each five minutes whether this server answers under its public address, and tells when that changes. */
export class Reachability {
  readonly #options: ReachabilityOptions;
  readonly #stops = new Set<() => void>();
  readonly #stopped = new AbortController();
  #looking: Promise<void> | undefined;

  constructor(options: ReachabilityOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stops.add(this.#options.clock.every(EACH_MS, () => void this.look()));
    void this.look();
  }

  /** One look, unless one is under way. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => {
        if (this.#stopped.signal.aborted) return;
        this.#options.log.warn({ err: error }, "whether the server can be reached from outside could not be told");
      })
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    for (const stop of this.#stops) stop();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const url = this.#options.url();
    if (url === undefined || this.#stopped.signal.aborted) return;
    const before = this.#before();
    let reachable = await this.#probe(url);
    if (!reachable && before?.url === url && before.reachable) {
      await this.#pause();
      reachable = await this.#probe(url);
    }
    // What was asked for may be another address by now, and a server that stops does not reach itself.
    if (this.#stopped.signal.aborted || this.#options.url() !== url) return;
    if (before?.url === url && before.reachable === reachable) return;
    await this.#tell({ url, reachable });
  }

  /** What was told last: also before a restart, which changes nothing outside. */
  #before(): z.output<typeof known> | undefined {
    const row = this.#options.database.read.get("SELECT value FROM meta WHERE key = ?", KEY);
    return row === undefined ? undefined : known.parse(JSON.parse(String(row.value)));
  }

  async #tell(facts: z.output<typeof known>): Promise<void> {
    await this.#options.database.transaction((tx) => {
      tx.run("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", KEY, JSON.stringify(facts));
      this.#options.outbox.append(tx, [
        { type: "reachability.changed", audience: { kind: "admins" }, subject: "server", facts },
      ]);
    });
  }

  async #probe(url: string): Promise<boolean> {
    const { clock, fetch, machineIdentifier } = this.#options;
    const late = new AbortController();
    const cancel = clock.after(TIMEOUT_MS, () => late.abort());
    try {
      return await answersAsItself(fetch, url, machineIdentifier, AbortSignal.any([late.signal, this.#stopped.signal]));
    } finally {
      cancel();
    }
  }

  #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = this.#stopped;
    const cancel = this.#options.clock.after(AGAIN_MS, resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    return promise.finally(cancel);
  }
}
