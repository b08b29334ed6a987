import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { ReelayError } from "../support/index.ts";
import { plexParameter } from "./query.ts";

/** Which part of a list is asked for. */
export interface Page {
  readonly start: number;
  readonly size: number;
}

const MOST = 100_000;
const paging = z.object({
  start: z.coerce.number().int().min(0).default(0),
  size: z.coerce.number().int().min(0).max(MOST).default(MOST),
});

/** Which part of a list is asked for, by header or query, as every Plex client may. @throws REELAY_INVALID_PARAMETER */
export function pageOf(request: FastifyRequest): Page {
  const parsed = paging.safeParse({
    start: plexParameter(request.raw, "X-Plex-Container-Start"),
    size: plexParameter(request.raw, "X-Plex-Container-Size"),
  });
  if (parsed.success) return parsed.data;
  throw new ReelayError(
    "REELAY_INVALID_PARAMETER",
    `X-Plex-Container-Start and X-Plex-Container-Size: whole numbers from 0 to ${MOST}.`,
  );
}

/** Tells which part of how much an answer is: in headers, and as the container's first attributes, which are returned. */
export function tellPage(reply: FastifyReply, { start }: Page, size: number, totalSize: number) {
  reply.header("x-plex-container-total-size", totalSize).header("x-plex-container-start", start);
  return { size, totalSize, offset: start };
}
