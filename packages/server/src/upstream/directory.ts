import type { JsonObject } from "@reelay/protocol";
import type { Clock } from "../support/index.ts";
import { type ListedSession, readListedSession } from "./about.ts";
import { type UpstreamClient, UpstreamError } from "./client.ts";
import { integerOf, objectsOf, textOf } from "./read-fields.ts";

/** What was listed so shortly ago is not asked again. ms */
const FRESH_MS = 200;
/** An upstream lists a session a moment after it has told of it: looked at so often, so long apart. ms */
const LOOKS = 4;
const LOOK_AGAIN_MS = 400;
/** Entries of a list that are looked at. */
const MOST = 200;
/** Items asked for in one request. */
const MOST_AT_ONCE = 50;
/** Lengths of items that are remembered. */
const MOST_LENGTHS = 2_000;
/** Names are asked for again after so long. ms */
const NAMES_MS = 600_000;

/** Devices of one answer, and of all that are looked at. */
const DEVICES_AT_ONCE = 1_000;
const MOST_DEVICES = 20_000;

/** A client that the upstream has seen. */
export interface ListedDevice {
  readonly clientIdentifier: string;
  readonly name: string;
  readonly platform: string;
}

/** A play in the upstream's history. */
export interface Played {
  readonly key: string;
  readonly item: JsonObject;
  readonly itemKey: string;
  readonly account: number | undefined;
  /** Epoch s by the upstream's clock. */
  readonly viewedAt: number;
}

/**
 * What an upstream shows besides its notifications. Questions of the same moment are one request, so that a flood of
 * notifications is none of requests.
 */
export class Directory {
  readonly #client: UpstreamClient;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #lengths = new Map<string, number>();
  #listing: { readonly at: number; readonly sessions: Promise<readonly ListedSession[]> } | undefined;
  #names: { readonly at: number; readonly names: Promise<ReadonlyMap<number, string>> } | undefined;

  constructor(client: UpstreamClient, clock: Clock, signal: AbortSignal) {
    this.#client = client;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** @param fresh asked now, not a moment ago @throws UpstreamError */
  sessions(fresh = false): Promise<readonly ListedSession[]> {
    const now = this.#clock.now();
    if (!fresh && this.#listing !== undefined && now - this.#listing.at < FRESH_MS) return this.#listing.sessions;
    const sessions = this.#client.container("/status/sessions", this.#signal).then(({ Metadata }) =>
      objectsOf(Metadata)
        .slice(0, MOST)
        .flatMap((entry) => {
          this.#learn(entry);
          return readListedSession(entry, this.#clock.now()) ?? [];
        }),
    );
    this.#listing = { at: now, sessions };
    return sessions;
  }

  /** The session for which `isIt` holds, waiting a moment for it to be listed. @throws UpstreamError */
  async session(isIt: (session: ListedSession) => boolean, while_: () => boolean): Promise<ListedSession | undefined> {
    for (let look = 1; look <= LOOKS && while_(); look++) {
      const found = (await this.sessions()).find(isIt);
      if (found !== undefined || look === LOOKS) return found;
      await this.#pause();
    }
    return undefined;
  }

  /** An item by its key. @throws UpstreamError */
  async item(key: string): Promise<JsonObject | undefined> {
    if (!/^\d{1,15}$/.test(key)) return undefined;
    const { Metadata } = await this.#client.container(`/library/metadata/${key}`, this.#signal);
    const [item] = objectsOf(Metadata);
    if (item !== undefined) this.#learn(item);
    return item;
  }

  /** Items by their keys; those that are gone are left out. @throws UpstreamError */
  async items(keys: readonly number[]): Promise<readonly JsonObject[]> {
    const found: JsonObject[] = [];
    for (let from = 0; from < keys.length; from += MOST_AT_ONCE) {
      const some = keys.slice(from, from + MOST_AT_ONCE);
      try {
        const { Metadata } = await this.#client.container(`/library/metadata/${some.join(",")}`, this.#signal);
        found.push(...objectsOf(Metadata));
      } catch (error) {
        // All of them are gone, or this server knows no lists of keys.
        if (!(error instanceof UpstreamError && error.trouble === "not-found")) throw error;
        for (const key of some.length > 1 ? some : []) found.push(...(await this.items([key])));
      }
    }
    return found;
  }

  /** How long an item is, ms, as far as it was ever seen. */
  lengthOf(key: string): number | undefined {
    return this.#lengths.get(key);
  }

  #learn(item: JsonObject): void {
    const key = textOf(item.ratingKey);
    const duration = integerOf(item.duration);
    if (key === undefined || duration === undefined) return;
    const [oldest] = this.#lengths.keys();
    if (this.#lengths.size >= MOST_LENGTHS && oldest !== undefined) this.#lengths.delete(oldest);
    this.#lengths.set(key, duration);
  }

  /** Plays since then, oldest first. @param since epoch s by the upstream's clock @throws UpstreamError */
  async history(since: number): Promise<readonly Played[]> {
    const path = `/status/sessions/history/all?sort=viewedAt:desc&viewedAt>=${since}&X-Plex-Container-Start=0&X-Plex-Container-Size=${MOST}`;
    const { Metadata } = await this.#client.container(path, this.#signal);
    return objectsOf(Metadata)
      .slice(0, MOST)
      .flatMap((item): Played[] => {
        const itemKey = textOf(item.ratingKey);
        const viewedAt = integerOf(item.viewedAt);
        if (itemKey === undefined || viewedAt === undefined || viewedAt < since) return [];
        const key = textOf(item.historyKey) ?? `${itemKey} ${viewedAt}`;
        return [{ key, item, itemKey, account: integerOf(item.accountID), viewedAt }];
      })
      .sort((a, b) => a.viewedAt - b.viewedAt);
  }

  /** The newest items, oldest first. @throws UpstreamError */
  async recentlyAdded(): Promise<readonly JsonObject[]> {
    const path = `/library/recentlyAdded?X-Plex-Container-Start=0&X-Plex-Container-Size=${MOST}`;
    const { Metadata } = await this.#client.container(path, this.#signal);
    const items = objectsOf(Metadata).slice(0, MOST);
    for (const item of items) this.#learn(item);
    return items.reverse();
  }

  /** What its owner may play next. @throws UpstreamError */
  async onDeck(): Promise<readonly JsonObject[]> {
    const path = `/library/onDeck?X-Plex-Container-Start=0&X-Plex-Container-Size=${MOST}`;
    return objectsOf((await this.#client.container(path, this.#signal)).Metadata);
  }

  /** The clients that it has seen. @throws UpstreamError */
  async devices(): Promise<readonly ListedDevice[]> {
    const found: ListedDevice[] = [];
    for (let start = 0; start < MOST_DEVICES; start += DEVICES_AT_ONCE) {
      const path = `/devices?X-Plex-Container-Start=${start}&X-Plex-Container-Size=${DEVICES_AT_ONCE}`;
      const listed = objectsOf((await this.#client.container(path, this.#signal)).Device);
      for (const { clientIdentifier, name, platform } of listed) {
        const identifier = textOf(clientIdentifier);
        if (identifier === undefined) continue;
        found.push({ clientIdentifier: identifier, name: textOf(name) ?? "", platform: textOf(platform) ?? "" });
      }
      // One that knows no pages gives all of them at once.
      if (listed.length !== DEVICES_AT_ONCE) break;
    }
    return found;
  }

  /** How far the upstream's clock is ahead of this one, ms. */
  get skewMs(): number {
    return this.#client.skewMs;
  }

  /** What accounts of the upstream are called; none where it does not say. */
  names(): Promise<ReadonlyMap<number, string>> {
    const now = this.#clock.now();
    if (this.#names === undefined || now - this.#names.at > NAMES_MS) {
      const names = this.#client.container("/accounts", this.#signal).then(
        ({ Account }) => new Map(objectsOf(Account).map(({ id, name }) => [integerOf(id) ?? -1, textOf(name) ?? ""])),
        () => {
          // Asked again the next time.
          this.#names = undefined;
          return new Map<number, string>();
        },
      );
      this.#names = { at: now, names };
    }
    return this.#names.names;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.#signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.#clock.after(LOOK_AGAIN_MS, done);
      this.#signal.addEventListener("abort", done);
      if (this.#signal.aborted) done();
    });
  }
}
