import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { pageOf, parseQuery, sendContainer, sendEmpty, tellPage, viewerOf } from "../http/index.ts";
import { LIBRARY_IDENTIFIER, type LibraryQueries, toListedMetadata } from "../library/index.ts";
import type { Database, Row } from "../storage/index.ts";
import { type Clock, ReelayError } from "../support/index.ts";
import { onDeck } from "./on-deck.ts";
import { type Locate, playerIfNamed } from "./player.ts";
import type { Marker, Watched } from "./watched.ts";

export interface WatchedRoutesOptions {
  readonly database: Database;
  readonly queries: LibraryQueries;
  readonly watched: Watched;
  readonly clock: Clock;
  readonly locate: Locate;
}

/** The item: its number, or its address as some clients send it. */
const named = z.object({
  key: z.string().optional(),
  ratingKey: z.string().optional(),
  uri: z.string().optional(),
  identifier: z.literal(LIBRARY_IDENTIFIER, `expected ${LIBRARY_IDENTIFIER}`).optional(),
});
const rating = z.object({
  // -1 clears, as python-plexapi does.
  rating: z
    .string()
    .regex(/^(?:-1(?:\.0+)?|\d{1,2}(?:\.\d{1,6})?)$/, "a number from 0 to 10, or -1 to take the rating away")
    .transform(Number)
    .refine((value) => value <= 10, "a number from 0 to 10, or -1 to take the rating away"),
  ratedAt: z
    .string()
    .regex(/^\d{1,12}$/, "epoch seconds")
    .transform(Number)
    .optional(),
});
const progress = z.object({
  time: z
    .string()
    .regex(/^\d{1,12}(?:\.\d{1,9})?$/, "milliseconds from 0")
    .transform((text) => Math.round(Number(text))),
  state: z.enum(["playing", "paused", "buffering", "stopped"]).optional(),
});

/** `/:/scrobble`, `/:/unscrobble`, `/:/rate`, `/:/progress` and `/library/onDeck`, each for the account that asks. */
export const watchedRoutes: FastifyPluginCallback<WatchedRoutesOptions> = (app, options, done) => {
  const { database, queries, watched, clock, locate } = options;

  const itemOf = (request: FastifyRequest): Row => {
    const { key, ratingKey, uri } = parseQuery(named, request);
    const text = key ?? ratingKey ?? uri;
    const id = /^(?:(?:[a-z]+:\/\/.*)?\/library\/metadata\/)?(\d{1,15})$/.exec(text ?? "")?.[1];
    if (id === undefined) throw new ReelayError("REELAY_INVALID_PARAMETER", "key (query): the number of an item.");
    const [row] = queries.items([Number(id)], viewerOf(request));
    if (row === undefined) throw new ReelayError("REELAY_NOT_FOUND", `There is no item ${id}.`);
    return row;
  };
  const markerOf = (request: FastifyRequest): Marker => ({
    accountId: viewerOf(request).accountId,
    player: playerIfNamed(request, locate),
  });
  /** Plex's documents say PUT, its clients GET or POST. */
  const action = (path: string, act: (request: FastifyRequest) => Promise<void>) => {
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      await act(request);
      return sendEmpty(reply);
    };
    app.route({
      method: ["GET", "PUT", "POST"],
      url: path,
      config: { changes: true },
      exposeHeadRoute: false,
      handler,
    });
  };

  action("/::/scrobble", (request) => watched.mark(itemOf(request), true, markerOf(request)));
  action("/::/unscrobble", (request) => watched.mark(itemOf(request), false, markerOf(request)));
  action("/::/rate", (request) => {
    const { rating: stars, ratedAt } = parseQuery(rating, request);
    const now = Math.floor(clock.now() / 1000);
    if (ratedAt !== undefined && ratedAt > now) {
      throw new ReelayError("REELAY_INVALID_PARAMETER", "ratedAt (query): epoch seconds, not in the future.");
    }
    return watched.rate(itemOf(request), stars < 0 ? undefined : stars, ratedAt ?? now, markerOf(request));
  });
  action("/::/progress", (request) => {
    const { time } = parseQuery(progress, request);
    const row = itemOf(request);
    if (row.type !== "movie" && row.type !== "episode" && row.type !== "track") {
      throw new ReelayError("REELAY_INVALID_PARAMETER", `key (query): a ${row.type} has no place to go on from.`);
    }
    if (row.duration !== null && time > Number(row.duration)) {
      throw new ReelayError("REELAY_INVALID_PARAMETER", `time (query): up to ${row.duration}, the item's length.`);
    }
    return watched.setProgress(row, time, markerOf(request));
  });

  app.get("/library/onDeck", (request, reply) => {
    const viewer = viewerOf(request);
    const page = pageOf(request);
    const items = onDeck(database.read, viewer);
    const shown = items.slice(page.start, page.start + Math.min(page.size, 100)).map(({ itemId }) => itemId);
    const rows = queries.items(shown, viewer);
    return sendContainer(request, reply, {
      ...tellPage(reply, page, rows.length, items.length),
      allowSync: false,
      identifier: LIBRARY_IDENTIFIER,
      mixedParents: true,
      Metadata: rows.map(toListedMetadata),
    });
  });
  done();
};
