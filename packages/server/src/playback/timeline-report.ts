import type { PlayerState } from "@reelay/protocol";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { PlayerFacts } from "../events/index.ts";
import { parseQuery, plexParameter } from "../http/index.ts";
import { ReelayError } from "../support/index.ts";

/** What a player tells at `/:/timeline`. */
export interface TimelineReport {
  readonly itemId: number;
  readonly state: PlayerState;
  /** Position, ms; not negative. */
  readonly time: number;
  /** Length as the player knows it, ms. */
  readonly duration?: number;
  readonly playQueueID?: number;
  readonly playQueueItemID?: number;
  readonly continuing: boolean;
  readonly offline: boolean;
  /** When it was made, by the player's clock: epoch ms. */
  readonly happenedAt?: number;
  /** kbit/s */
  readonly bandwidth?: number;
  readonly location?: "lan" | "wan" | "cellular";
  /** The player's own name of this playback. */
  readonly sessionId?: string;
  readonly accountId: number;
  readonly player: PlayerFacts;
}

/** Longest media, and longest times, that anybody can mean: 1,000 hours. */
const LONGEST_MS = 3_600_000_000;

const flag = z
  .enum(["0", "1", "true", "false"])
  .default("0")
  .transform((text) => text === "1" || text === "true");
/** A whole number; players send fractions of milliseconds too. Written out: `Number` would take `0x10`, `1e5` and `""`. */
const number = (most: number) =>
  z
    .string()
    .regex(/^\d{1,15}(?:\.\d{1,9})?$/, "a number from 0")
    .transform((text) => Math.round(Number(text)))
    .refine((value) => value <= most, `at most ${most}`);

/**
 * The query of `/:/timeline`. Other parameters (`timeToFirstFrame`, `bufferedTime`, …) tell what Reelay does not use.
 * An empty value counts as missing: players send `playQueueItemID=` where there is no queue.
 */
const query = z.preprocess(
  (given) => Object.fromEntries(Object.entries(given as Record<string, string>).filter(([, value]) => value !== "")),
  z.object({
    ratingKey: z
      .string()
      .regex(/^\d{1,15}$/, "the number of an item")
      .optional(),
    key: z.string().optional(),
    state: z.enum(["playing", "paused", "buffering", "stopped", "error"]),
    time: number(LONGEST_MS).default(0),
    // Players send -1 or NaN for what they do not know: the library knows.
    duration: number(LONGEST_MS).optional().catch(undefined),
    playQueueID: number(Number.MAX_SAFE_INTEGER).optional(),
    playQueueItemID: number(Number.MAX_SAFE_INTEGER).optional(),
    continuing: flag,
    offline: flag,
    updated: number(253_402_300_799).optional(),
    bandwidth: number(1e9).optional().catch(undefined),
    location: z.enum(["lan", "wan", "cellular"]).optional().catch(undefined),
  }),
);

/** @throws REELAY_INVALID_PARAMETER that names the parameter and what is allowed */
export function readTimeline(request: FastifyRequest, accountId: number, player: PlayerFacts): TimelineReport {
  const { ratingKey, key, updated, ...told } = parseQuery(query, request);
  const itemId = ratingKey ?? /^\/library\/metadata\/(\d{1,15})$/.exec(key ?? "")?.[1];
  if (itemId === undefined) {
    throw new ReelayError("REELAY_INVALID_PARAMETER", "ratingKey (query): what is played, or key=/library/metadata/…");
  }
  const { duration, playQueueID, playQueueItemID, bandwidth, location, ...always } = told;
  const sessionId = plexParameter(request.raw, "X-Plex-Session-Identifier")?.slice(0, 200);
  return {
    ...always,
    itemId: Number(itemId),
    accountId,
    player,
    ...(duration === undefined || duration === 0 ? {} : { duration }),
    ...(playQueueID === undefined ? {} : { playQueueID }),
    ...(playQueueItemID === undefined ? {} : { playQueueItemID }),
    ...(bandwidth === undefined ? {} : { bandwidth }),
    ...(location === undefined ? {} : { location }),
    ...(updated === undefined ? {} : { happenedAt: updated * 1000 }),
    ...(sessionId === undefined ? {} : { sessionId }),
  };
}
