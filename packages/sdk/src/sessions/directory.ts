import type { PlaybackSession } from "@reelay/protocol";
import type { PlexAPICore } from "../core.ts";
import type { Environment } from "../subscribe/environment.ts";
import { listOf, readItem, readSessions, type SessionDetails } from "./details.ts";
import { lookUp } from "./lookup.ts";
import type { SessionItem } from "./types.ts";

/** A server lists a session a moment after it has told of it. */
const SECOND_LOOK_MS = 500;

/** What is known of sessions besides their notifications: asked of the server once, and kept as long as the session lasts. */
export class SessionDirectory {
  readonly #client: PlexAPICore;
  readonly #environment: Environment;
  readonly #signal: AbortSignal;
  readonly #onError: (error: Error) => void;
  readonly #known = new Map<number, SessionDetails>();
  #server: Promise<{ readonly title?: string; readonly uuid?: string }> | undefined;

  constructor(client: PlexAPICore, environment: Environment, signal: AbortSignal, onError: (error: Error) => void) {
    this.#client = client;
    this.#environment = environment;
    this.#signal = signal;
    this.#onError = onError;
  }

  /** All sessions that the server lists; undefined if it does not say. */
  async list(): Promise<readonly SessionDetails[] | undefined> {
    const container = await this.#ask("status/sessions");
    return container && readSessions(container);
  }

  remember(session: PlaybackSession, details: SessionDetails): void {
    this.#known.set(session.id, details);
  }

  forget(session: PlaybackSession): void {
    this.#known.delete(session.id);
  }

  /** The details of a session; of one that the server does not list (any more), those of its item. */
  async of(session: PlaybackSession): Promise<SessionDetails> {
    const known = this.#known.get(session.id);
    if (known) return known;
    // Of one that has ended the list knows nothing.
    let details = find(await this.list(), session);
    if (!details && session.endedAt === undefined) {
      await this.#pause();
      details = find(await this.list(), session);
    }
    details ??= await this.#fromItem(session);
    this.remember(session, details);
    return details;
  }

  /** Who the server is. */
  server(): Promise<{ readonly title?: string; readonly uuid?: string }> {
    this.#server ??= (async () => {
      const root = (await this.#ask("")) ?? {};
      const { friendlyName: title, machineIdentifier: uuid } = root;
      if (typeof uuid !== "string") this.#server = undefined;
      return { ...(typeof title === "string" ? { title } : {}), ...(typeof uuid === "string" ? { uuid } : {}) };
    })();
    return this.#server;
  }

  async #fromItem(session: PlaybackSession): Promise<SessionDetails> {
    const path = `library/metadata/${encodeURIComponent(session.item)}`;
    const isLibraryItem = /^\d+$/.test(session.item);
    const [entry] = listOf(isLibraryItem ? (await this.#ask(path))?.Metadata : undefined);
    const item: SessionItem = { ...(entry ? readItem(entry) : {}), ratingKey: session.item };
    const { clientIdentifier: uuid } = session;
    return { item, player: uuid === undefined ? {} : { uuid }, account: {} };
  }

  async #ask(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      return await lookUp(this.#client, path, this.#signal);
    } catch (error) {
      if (!this.#signal.aborted) this.#onError(error instanceof Error ? error : new Error(String(error)));
      return undefined;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        resolve();
      };
      const cancel = this.#environment.after(SECOND_LOOK_MS, done);
      this.#signal.addEventListener("abort", done, { once: true });
    });
  }
}

/** By its key; by player and item where servers or players leave that out. */
export function find(
  list: readonly SessionDetails[] | undefined,
  session: PlaybackSession,
): SessionDetails | undefined {
  const isSameItem = ({ item }: SessionDetails) => item.ratingKey === session.item;
  return (
    list?.find(
      (details) => details.sessionKey !== undefined && details.sessionKey === session.sessionKey && isSameItem(details),
    ) ??
    list?.find(
      (details) =>
        details.player.uuid !== undefined && details.player.uuid === session.clientIdentifier && isSameItem(details),
    )
  );
}
