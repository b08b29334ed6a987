import type { FastifyPluginAsync } from "fastify";
import type { Outbox, PersonFacts } from "../events/index.ts";
import type { LibraryQueries, Reader } from "../library/index.ts";
import type { Preferences } from "../preferences/index.ts";
import type { Database, Row, Transaction } from "../storage/index.ts";
import type { Clock, Logger } from "../support/index.ts";
import { tellOnDeck } from "./on-deck.ts";
import type { Locate } from "./player.ts";
import type { ProgressRules } from "./progress.ts";
import { ReportBrake } from "./report-brake.ts";
import { ReportLimits } from "./report-limits.ts";
import { sessionRoutes } from "./session-routes.ts";
import { Sessions } from "./sessions.ts";
import { timelineRoutes } from "./timeline-routes.ts";
import { Watched } from "./watched.ts";
import { watchedRoutes } from "./watched-routes.ts";

/** An account as playback shows it. */
export interface PlaybackAccount extends Reader {
  readonly name: string;
  /** Where its picture is. */
  readonly thumb: string | undefined;
}

export interface PlaybackOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly preferences: Preferences;
  readonly queries: LibraryQueries;
  /** Undefined for one that is gone. */
  readonly accountOf: (id: number) => PlaybackAccount | undefined;
  readonly locate: Locate;
}

/** What people do with the library: who plays what, what they have seen, what comes next. */
export interface Playback extends AsyncDisposable {
  readonly sessions: Sessions;
  readonly routes: FastifyPluginAsync;
  /** For {@link Library.onReady}: tells those for whom a new episode is the next one. */
  itemReady(tx: Transaction, row: Row): void;
}

/** Opens the room: takes over the sessions of the time before a restart, and goes by the preferences from then on. */
export async function openPlayback(options: PlaybackOptions): Promise<Playback> {
  const { database, outbox, clock, log, preferences, queries, accountOf, locate } = options;
  const personOf = (id: number): PersonFacts => {
    const { name = "", thumb } = accountOf(id) ?? {};
    return { id, title: name, ...(thumb === undefined ? {} : { thumb }) };
  };
  const rules = (): ProgressRules => ({
    playedFrom: preferences.get("LibraryVideoPlayedThreshold") / 100,
    leastProgress: preferences.get("MinimumProgressTime"),
  });
  const sessions = await Sessions.open({ database, outbox, clock, log, rules, personOf });
  const stopListening = preferences.onChange(["LibraryVideoPlayedThreshold"], () => {
    sessions.applyRules().catch((error: unknown) => log.error({ err: error }, "sessions keep to the former threshold"));
  });
  const watched = new Watched({ database, outbox, clock, personOf });
  const limits = new ReportLimits(clock);
  const brake = new ReportBrake(clock);
  return {
    sessions,
    async routes(app) {
      await app.register(timelineRoutes, { database, queries, sessions, limits, brake, locate });
      await app.register(sessionRoutes, { database, queries, sessions, userOf: personOf });
      await app.register(watchedRoutes, { database, queries, watched, clock, locate });
    },
    itemReady(tx, row) {
      tellOnDeck(tx, row, {
        outbox,
        readerOf(id) {
          const account = accountOf(id);
          return account === undefined ? undefined : { ...account, person: personOf(id) };
        },
      });
    },
    async [Symbol.asyncDispose]() {
      stopListening();
      await sessions.close();
    },
  };
}
