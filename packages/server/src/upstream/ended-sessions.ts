import type { SessionEvent } from "@reelay/protocol";
import type { Transaction } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";
import { UpstreamError } from "./client.ts";
import type { Directory } from "./directory.ts";
import { PLAYED_FROM } from "./session-reports.ts";
import { sessionRows, type WatchedSession } from "./session-rows.ts";

export interface EndedSessionsOptions {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly store: (work: (tx: Transaction) => void) => void;
  readonly tell: (tx: Transaction, watched: WatchedSession, event: SessionEvent) => void;
}

/** Sessions that have ended before it was known how long their item is: whether they were played to its end is open. */
export class EndedSessions {
  readonly #options: EndedSessionsOptions;
  /** By key. */
  readonly #ended = new Map<number, WatchedSession>();

  constructor(options: EndedSessionsOptions) {
    this.#options = options;
  }

  /** One that was stored as such before a restart. */
  adopt(ended: WatchedSession): void {
    this.#ended.set(ended.key, ended);
  }

  /** One ends. Whether that is open is asked after the commit. */
  add(tx: Transaction, ended: WatchedSession): void {
    const { duration, scrobbled, startedAt, viewOffset } = ended.playback;
    if (duration !== undefined || scrobbled || startedAt === undefined || viewOffset === 0) {
      sessionRows.remove(tx, ended.key);
      return;
    }
    sessionRows.update(tx, ended);
    this.#ended.set(ended.key, ended);
    tx.afterCommit(() => void this.#judge(ended));
  }

  /** Asks for all that is open. */
  resume(): void {
    for (const ended of this.#ended.values()) void this.#judge(ended);
  }

  /** One was played to its end, as the history says. @returns whether there is such a one */
  tellScrobbled(item: string): boolean {
    const ended = [...this.#ended.values()].find(({ playback }) => playback.item === item);
    if (ended !== undefined) this.#settle(ended, true);
    return ended !== undefined;
  }

  /** Asks how long its item is, and so whether it was played to its end. */
  async #judge(ended: WatchedSession): Promise<void> {
    const { item: key, viewOffset } = ended.playback;
    const { directory } = this.#options;
    try {
      const item = await directory.item(key);
      const duration = directory.lengthOf(key);
      this.#settle(ended, item !== undefined && duration !== undefined && viewOffset >= PLAYED_FROM * duration);
    } catch (error) {
      // Asked again when the stream is open the next time.
      if (error instanceof UpstreamError && error.trouble === "not-found") this.#settle(ended, false);
    }
  }

  #settle(ended: WatchedSession, scrobbled: boolean): void {
    if (!this.#ended.delete(ended.key)) return;
    const { store, tell, clock } = this.#options;
    const session = { ...ended.playback, scrobbled: true };
    store((tx) => {
      if (scrobbled) tell(tx, ended, { type: "scrobbled", why: "duration", session, at: clock.now() });
      sessionRows.remove(tx, ended.key);
    });
  }
}
