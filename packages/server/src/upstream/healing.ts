import type { JsonObject } from "@reelay/protocol";
import type { Missed, NewMediaEvent, UpstreamGapFacts } from "../events/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { Clock } from "../support/index.ts";
import { type About, readItem, snapshotOf } from "./about.ts";
import { UpstreamError } from "./client.ts";
import type { UpstreamDevices } from "./devices.ts";
import type { Directory, Played } from "./directory.ts";
import type { UpstreamItems } from "./items.ts";
import type { UpstreamPictures } from "./pictures.ts";
import { integerOf } from "./read-fields.ts";
import { PLAYED_FROM } from "./session-reports.ts";
import type { Play } from "./session-teller.ts";
import type { UpstreamSessions } from "./sessions.ts";
import type { KnownLists } from "./store.ts";

/** What is told of while the list of sessions is under way is newer than the list: it is asked again, so often, so long apart. ms */
const ROUNDS = 4;
const ROUND_MS = 300;
/** Plays that are remembered because the upstream's history may get them later. */
const MOST_PLAYS = 200;

export type Unasked = UpstreamGapFacts["unasked"];

export interface HealingOptions {
  readonly origin: string;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly sessions: UpstreamSessions;
  readonly items: UpstreamItems;
  readonly devices: UpstreamDevices;
  readonly pictures: UpstreamPictures;
  /** Changed here, stored by `store`. */
  readonly lists: KnownLists;
  readonly accountOf: (upstreamAccount: number) => number | undefined;
  readonly append: (tx: Transaction, events: readonly NewMediaEvent[]) => void;
  readonly store: (work: (tx: Transaction) => void) => void;
}

/**
 * Compares what an upstream shows with what is known of it: sessions, history, newest items. At first sight all of it is
 * taken for known; after a gap what was missed and can be known is told, each once, because what was told is known from
 * the same transaction on.
 */
export class Healing {
  readonly #options: HealingOptions;

  constructor(options: HealingOptions) {
    this.#options = options;
  }

  /**
   * @param missed the gap; undefined at first sight
   * @param isCurrent whether the stream is still the one that was opened
   * @returns what could not be asked; undefined if it was given up because the stream was lost again
   */
  async run(missed: Missed | undefined, isCurrent: () => boolean): Promise<Unasked | undefined> {
    const { directory, lists, devices, pictures } = this.#options;
    const unasked = new Set<Unasked[number]>();
    const ask = <T>(name: Unasked[number], answer: Promise<T>): Promise<T | undefined> =>
      answer.catch(() => {
        unasked.add(name);
        return undefined;
      });
    const [history, added] = await Promise.all([
      ask("history", directory.history(lists.history?.since ?? 0)),
      ask("recently added", directory.recentlyAdded()),
      // A server that keeps no such list has nothing to be compared.
      ask("devices", devices.look(missed).catch(unlessMissing)),
    ]);
    const plays = this.#unknown(history ?? []);
    for (let round = 1; isCurrent(); round++) {
      this.#options.sessions.touched.clear();
      const listed = await ask("sessions", directory.sessions(true));
      if (listed === undefined || !isCurrent()) break;
      if (missed !== undefined) await pictures.fetch(listed.map(({ about }) => about.snapshot));
      if (!isCurrent()) break;
      const isSettled = this.#sessions(listed, missed, plays);
      if (isSettled || round === ROUNDS) break;
      await new Promise<void>((resolve) => this.#options.clock.after(ROUND_MS, resolve));
    }
    if (!isCurrent()) return undefined;
    const names = plays.length > 0 ? await directory.names() : new Map<number, string>();
    if (missed !== undefined) await pictures.fetch(plays.map(({ item }) => snapshotOf(item)));
    if (!isCurrent()) return undefined;
    this.#plays(history, plays, names, missed);
    this.#items(added, missed);
    return [...unasked];
  }

  /** @returns whether nothing was told of that the list may not know */
  #sessions(listed: Awaited<ReturnType<Directory["sessions"]>>, missed: Missed | undefined, plays: Played[]): boolean {
    const { sessions } = this.#options;
    if (missed === undefined) {
      for (const one of listed) sessions.adopt(one);
      return true;
    }
    const isTouched = (key: string | undefined, player: string | undefined) =>
      sessions.touched.has(`key ${key}`) || sessions.touched.has(`player ${player}`);
    // Plays of the history that are of none that was told or is listed: of those that have ended, then.
    const free = [...plays];
    for (const told of this.#options.lists.plays) take(free, told);
    for (const { report, about } of listed) {
      const { viewOffset = 0, duration = Number.POSITIVE_INFINITY } = report;
      const isTold = sessions.find(report)?.playback.scrobbled === true;
      if (!isTold && viewOffset >= PLAYED_FROM * duration) take(free, playOf(String(about.item.itemId), about));
    }
    let isSettled = true;
    for (const watched of sessions.list()) {
      const { sessionKey, clientIdentifier, scrobbled, item } = watched.playback;
      if (listed.some(({ report }) => sessions.find(report) === watched)) continue;
      if (isTouched(sessionKey, clientIdentifier)) isSettled = false;
      else {
        sessions.end(watched, missed, !scrobbled && take(free, playOf(item, watched.about)));
      }
    }
    for (const one of listed) {
      if (isTouched(one.sessionKey, one.clientIdentifier)) isSettled = false;
      else sessions.compare(one, missed);
    }
    return isSettled;
  }

  /** Those of the history that were not there when it was read before. */
  #unknown(history: readonly Played[]): Played[] {
    const known = this.#options.lists.history;
    if (known === undefined) return [];
    return history.filter(({ key, viewedAt }) => viewedAt > known.since || !known.keys.includes(key));
  }

  /** Tells the plays of the history that no event told. */
  #plays(
    history: readonly Played[] | undefined,
    plays: Played[],
    names: ReadonlyMap<number, string>,
    missed: Missed | undefined,
  ): void {
    if (history === undefined) return;
    const { lists, store, append, sessions } = this.#options;
    const newest = history.at(-1)?.viewedAt;
    const untold = [...plays];
    for (const told of lists.plays) take(untold, told);
    // Told as what it was, where its playback is remembered; the history has told of it then.
    for (const { itemKey } of untold) sessions.tellScrobbled({ item: itemKey });
    store((tx) => {
      lists.plays = lists.plays.filter((told) => !take(plays, told)).slice(-MOST_PLAYS);
      if (missed !== undefined)
        append(
          tx,
          plays.map((play) => this.#scrobbled(play, names, missed)),
        );
      const since = newest ?? lists.history?.since ?? 0;
      const keys = history.filter(({ viewedAt }) => viewedAt === since).map(({ key }) => key);
      lists.history = newest === undefined && lists.history !== undefined ? lists.history : { since, keys };
    });
  }

  #items(added: readonly JsonObject[] | undefined, missed: Missed | undefined): void {
    if (added === undefined) return;
    const { lists, store, append, items } = this.#options;
    store((tx) => {
      if (missed === undefined || lists.addedSince === undefined) items.adopt(tx, added);
      else append(tx, items.compare(tx, added, { since: lists.addedSince, missed }));
      lists.addedSince = added.reduce(
        (newest, { addedAt }) => Math.max(newest, integerOf(addedAt) ?? 0),
        lists.addedSince ?? 0,
      );
    });
  }

  /** That something was played of which nothing else is known. */
  #scrobbled(
    { key, item, itemKey, account, viewedAt }: Played,
    names: ReadonlyMap<number, string>,
    missed: Missed,
  ): NewMediaEvent {
    const { origin, accountOf } = this.#options;
    const accountId = account === undefined ? undefined : accountOf(account);
    const facts = readItem(item);
    return {
      type: "session.scrobbled",
      origin,
      audience: accountId === undefined ? { kind: "admins" } : { kind: "account", accountId },
      subject: `play:${key}`,
      // By the upstream's clock, which may be another.
      time: Math.min(Math.max(viewedAt * 1_000, missed.from), missed.to),
      item: snapshotOf(item),
      facts: {
        ...{
          sessionKey: 0,
          sessionId: "",
          state: "stopped",
          viewOffset: 0,
          startOffset: 0,
          why: "history",
          offline: false,
        },
        item: facts ?? { sectionId: 0, itemId: integerOf(itemKey) ?? 0, metadataType: 0, updatedAt: 0, title: "" },
        account: { id: account ?? 0, title: names.get(account ?? -1) ?? "" },
        player: { uuid: "", title: "", address: "", local: false, publicAddress: "", secure: false },
        unknown: [...(facts ? [] : (["item"] as const)), ...(account ? [] : (["account"] as const)), "player"],
        missed,
      },
    };
  }
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof UpstreamError && error.trouble === "not-found")) throw error;
}

function playOf(item: string, { account, unknown }: About): Play {
  return { item, ...(unknown.includes("account") ? {} : { account: account.id }) };
}

/** Takes the first of the history that is this play. @returns whether there was one */
function take(plays: Played[], { item, account }: Play): boolean {
  const at = plays.findIndex(
    (one) => one.itemKey === item && (account === undefined || one.account === undefined || one.account === account),
  );
  if (at >= 0) plays.splice(at, 1);
  return at >= 0;
}
