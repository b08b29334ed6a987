import type { Clock } from "../support/index.ts";
import { type About, type ListedSession, withItem } from "./about.ts";
import type { Directory } from "./directory.ts";
import type { UpstreamPictures } from "./pictures.ts";
import type { WatchedSession } from "./session-rows.ts";

/** A start is told without what is not known after so long. ms */
const LOOK_UP_MS = 3_000;
/** So often the upstream is asked for one playback. */
const MOST_LOOKS = 5;

/** What the state machine gives to, and takes of, look-ups. */
export interface LookUpTarget {
  /** The session that a listed one is. */
  readonly find: (listed: ListedSession) => WatchedSession | undefined;
  /** How long what it plays is, ms. */
  readonly onLength: (id: number, duration: number) => void;
}

export interface SessionLookUpsOptions extends LookUpTarget {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly pictures: UpstreamPictures;
  /** A session as it is now, by the state machine's number; undefined for one that has ended. */
  readonly get: (id: number) => WatchedSession | undefined;
  /** Something was learnt of it. */
  readonly onAbout: (id: number, about: About) => void;
  /** Nothing more is waited for. */
  readonly onOver: (id: number) => void;
}

/** Asks an upstream who plays what: each session a few times, and never twice at once. */
export class SessionLookUps {
  readonly #options: SessionLookUpsOptions;
  readonly #asking = new Set<number>();
  readonly #asked = new Map<number, number>();

  constructor(options: SessionLookUpsOptions) {
    this.#options = options;
  }

  /** Asks once more for a session of which something is missing. */
  again(id: number): void {
    if ((this.#asked.get(id) ?? 0) < MOST_LOOKS && this.lacks(id)) void this.ask(id);
  }

  /** Whether something is not known of it that its upstream may say. */
  lacks(id: number): boolean {
    const watched = this.#options.get(id);
    if (watched?.playback.startedAt === undefined) return false;
    return watched.untold !== undefined || watched.playback.duration === undefined;
  }

  #lacksFacts(id: number): boolean {
    const { about, playback } = this.#options.get(id) ?? {};
    return about === undefined || about.unknown.length > 0 || playback?.duration === undefined;
  }

  /** A session has ended. */
  forget(id: number): void {
    this.#asked.delete(id);
  }

  /** Never rejects. */
  async ask(id: number): Promise<void> {
    if (this.#asking.has(id)) return;
    this.#asking.add(id);
    this.#asked.set(id, (this.#asked.get(id) ?? 0) + 1);
    const { clock, directory, pictures, get, onAbout, onOver, onLength } = this.#options;
    const cancel = clock.after(LOOK_UP_MS, () => onOver(id));
    try {
      if (this.#lacksFacts(id)) {
        const about = await this.#about(id);
        // At once: what is told meanwhile waits for no picture.
        if (about !== undefined) onAbout(id, about);
      }
      if (get(id)?.untold !== undefined) await pictures.fetch([get(id)?.about.snapshot]);
    } catch {
      // Told without it, and the event says what is not known.
    } finally {
      cancel();
      this.#asking.delete(id);
    }
    const duration = directory.lengthOf(get(id)?.playback.item ?? "");
    if (duration !== undefined) onLength(id, duration);
    onOver(id);
  }

  /** As the list of sessions has it; of one that is not listed at least the item. @throws UpstreamError */
  async #about(id: number): Promise<About | undefined> {
    const { directory, get, find } = this.#options;
    const isIt = (listed: ListedSession) => find(listed)?.playback.id === id;
    const listed = await directory.session(isIt, () => this.lacks(id));
    if (listed !== undefined) return listed.about;
    const key = get(id)?.playback.item;
    const item = key === undefined ? undefined : await directory.item(key);
    const known = get(id)?.about;
    return item && known && withItem(known, item);
  }
}
