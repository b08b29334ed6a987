import type { FastifyInstance, InjectOptions } from "fastify";
import type { MediaEvent } from "../../events/index.ts";
import { createGate, createHttp, type Viewer } from "../../http/index.ts";
import { metadataRoutes, partRoutes, pictureRoutes, sectionRoutes } from "../../library/index.ts";
import { Rig } from "../../library/testing/rig.ts";
import { Preferences } from "../../preferences/index.ts";
import { type Clock, createLogger, ManualClock } from "../../support/index.ts";
import { openPlayback, type Playback } from "../playback.ts";

/** The owner, and two others: `robin` may use all sections, `kim` none. */
export const people: Readonly<Record<string, Viewer>> = {
  owner: { accountId: 1, admin: true, sections: "all", tokenName: "owner", tokenId: "1" },
  robin: { accountId: 2, admin: false, sections: "all", tokenName: "robin", tokenId: "2" },
  kim: { accountId: 3, admin: false, sections: new Set(), tokenName: "kim", tokenId: "3" },
};

/** One minute of film, ms. */
export const MINUTE = 60_000;

/** Playback behind real HTTP routes, on a library whose items are as long as films, with a clock moved by hand. */
export class PlaybackRig implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly library: Rig;
  playback: Playback;
  preferences: Preferences;
  app: FastifyInstance;
  #read = 0;
  #kill: () => void;

  /** @param from the database to begin with, of which a copy is used. `now`: epoch ms */
  static async open({ from, now }: { readonly from: string; readonly now?: number }): Promise<PlaybackRig> {
    const clock = new ManualClock(now);
    const library = new Rig({ clock, databaseFrom: from });
    return new PlaybackRig(library, clock, await start(library, clock));
  }

  private constructor(library: Rig, clock: ManualClock, { playback, preferences, app, kill }: Started) {
    this.library = library;
    this.clock = clock;
    this.playback = playback;
    this.preferences = preferences;
    this.app = app;
    this.#kill = kill;
  }

  /** Starts the room again on the same database. @param clean whether the former one was closed first, or killed */
  async restart({ clean }: { readonly clean: boolean }): Promise<void> {
    if (clean) await this.playback[Symbol.asyncDispose]();
    this.#kill();
    const { kill, ...started } = await start(this.library, this.clock);
    this.#kill = kill;
    Object.assign(this, started);
  }

  /** The ratingKey of the item of this title. */
  keyOf(title: string): number {
    const row = this.library.database.read.get("SELECT id FROM items WHERE title = ? AND deleted_at IS NULL", title);
    if (row === undefined) throw new Error(`no item ${title}`);
    return Number(row.id);
  }

  /** Asks as one of the people; answers in JSON. */
  async ask(path: string, who = "owner", options: InjectOptions = {}) {
    const { headers, ...rest } = options;
    return this.app.inject({
      method: "GET",
      url: path,
      ...rest,
      headers: { host: "localhost", accept: "application/json", "x-plex-token": who, ...headers },
    });
  }

  /** A player's report. */
  async report(told: Readonly<Record<string, string | number>>, { player = "tv", who = "owner", session = "" } = {}) {
    const query = new URLSearchParams(
      Object.entries(told).map(([name, value]): [string, string] => [name, String(value)]),
    );
    return this.ask(`/:/timeline?${query}`, who, {
      headers: {
        "x-plex-client-identifier": player,
        "x-plex-device-name": `The ${player}`,
        "x-plex-product": "Test player",
        ...(session === "" ? {} : { "x-plex-session-identifier": session }),
      },
    });
  }

  /** What was appended since the last call, but for the library's own. */
  async events(): Promise<MediaEvent[]> {
    // What timers began is committed before this.
    await this.library.database.transaction(() => undefined);
    const entries = await this.library.log.read(this.#read, 100_000);
    this.#read = this.library.log.last();
    return entries.map(({ event }) => event);
  }

  /** The names of the events since the last call. */
  async told(): Promise<string[]> {
    return (await this.events()).map(({ type }) => type);
  }

  /** An item as its account sees it. */
  async item(key: number, who = "owner"): Promise<Record<string, unknown>> {
    const answer = await this.ask(`/library/metadata/${key}`, who);
    return answer.json().MediaContainer.Metadata[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
    await this.playback[Symbol.asyncDispose]();
    await this.library.close();
  }
}

type Started = Awaited<ReturnType<typeof start>>;

/** A clock whose timers can die with what they belong to, as those of a killed process do. */
function mortal(clock: Clock): { readonly clock: Clock; readonly kill: () => void } {
  let alive = true;
  const live = (fn: () => void) => () => {
    if (alive) fn();
  };
  return {
    clock: {
      now: () => clock.now(),
      after: (ms, fn) => clock.after(ms, live(fn)),
      every: (ms, fn) => clock.every(ms, live(fn)),
    },
    kill() {
      alive = false;
    },
  };
}

async function start(library: Rig, wall: ManualClock) {
  const { clock, kill } = mortal(wall);
  const { database, outbox } = library;
  const log = createLogger("silent");
  const preferences = await Preferences.open(database, outbox);
  const playback = await openPlayback({
    database,
    outbox,
    clock,
    log,
    preferences,
    queries: library.queries,
    accountOf(id) {
      const found = Object.entries(people).find(([, { accountId }]) => accountId === id);
      if (found === undefined) return undefined;
      const [name, { sections }] = found;
      return { accountId: id, sections, name, thumb: name === "robin" ? "/accounts/2/avatar?c=1" : undefined };
    },
    locate: () => ({ address: "192.168.0.10", local: true, publicAddress: "203.0.113.7" }),
  });
  library.library.onReady((tx, row) => playback.itemReady(tx, row));
  const gate = createGate({ authenticate: (token) => people[token] });
  const app = createHttp({ gate, log, clock });
  await app.register(sectionRoutes, { library: library.library, queries: library.queries });
  await app.register(metadataRoutes, { library: library.library, queries: library.queries });
  await app.register(pictureRoutes, { library: library.library, queries: library.queries });
  await app.register(partRoutes, { database });
  await app.register(playback.routes);
  return { playback, preferences, app, kill };
}
