import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { parseParams, parseQuery, viewerOf } from "../http/index.ts";
import type { Row } from "../storage/index.ts";
import { ReelayError } from "../support/index.ts";
import { cardOf } from "./card.ts";
import { toListedMetadata } from "./metadata.ts";
import type { LibraryRoutesOptions } from "./section-routes.ts";

const byPicture = z.object({
  ids: z
    .string()
    .regex(/^\d{1,15}$/, "one ratingKey")
    .transform(Number),
  version: z
    .string()
    .regex(/^\d{1,15}$/, "a number")
    .optional(),
});
const pixels = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, "pixels, 1 to 9999")
  .transform((text) => Math.min(Number(text), 2_000));
const transcode = z.object({
  url: z
    .string()
    .max(2_000)
    .regex(
      /^(?:https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?)?\/library\/metadata\/\d{1,15}\/(?:thumb|art)(?:\/\d{1,15})?(?:\?.*)?$/,
      "a picture of this server, as in /library/metadata/1/thumb/1",
    ),
  width: pixels,
  height: pixels,
});

/** The pictures of items: every item has one, and a backdrop. */
export const pictureRoutes: FastifyPluginCallback<LibraryRoutesOptions> = (app, { library, queries }, done) => {
  /** @throws REELAY_NOT_FOUND also for what the caller may not see */
  const itemOf = (request: FastifyRequest, id: number): Row => {
    const [row] = queries.items([id], viewerOf(request));
    if (row === undefined) throw new ReelayError("REELAY_NOT_FOUND", `There is no item ${id}.`);
    return row;
  };

  const thumb = async (request: FastifyRequest, reply: FastifyReply) => {
    const row = itemOf(request, parseParams(byPicture, request).ids);
    const hash = pictureOf(row);
    const picture = hash === undefined ? undefined : await library.artwork.open(hash);
    if (hash === undefined || picture === undefined) {
      return sendPicture(request, reply, await library.thumbs.card(cardOf(toListedMetadata(row))));
    }
    if (isKnown(request, reply, hash)) return reply.code(304).send();
    return reply.type(picture.mime).header("content-length", picture.size).send(createReadStream(picture.path));
  };
  app.get("/library/metadata/:ids/thumb", thumb);
  app.get("/library/metadata/:ids/thumb/:version", thumb);

  const art = async (request: FastifyRequest, reply: FastifyReply) => {
    const row = itemOf(request, parseParams(byPicture, request).ids);
    return sendPicture(request, reply, await library.thumbs.backdrop(pictureOf(row), cardOf(toListedMetadata(row))));
  };
  app.get("/library/metadata/:ids/art", art);
  app.get("/library/metadata/:ids/art/:version", art);

  /** A picture made to fit, as clients ask for it. Other options of Plex's are taken and left aside. */
  app.get("/photo/::/transcode", async (request, reply) => {
    const { url, width, height } = parseQuery(transcode, request);
    const [, id = "", kind] = /\/metadata\/(\d+)\/(thumb|art)/.exec(url) ?? [];
    const row = itemOf(request, Number(id));
    const card = cardOf(toListedMetadata(row));
    const hash = pictureOf(row);
    if (kind === "art") return sendPicture(request, reply, await library.thumbs.backdrop(hash, card));
    const fitted = hash === undefined ? undefined : await library.thumbs.picture(hash, { width, height });
    return sendPicture(request, reply, fitted ?? (await library.thumbs.card(card)));
  });
  done();
};

/** A track shows its album's. */
function pictureOf(row: Row): string | undefined {
  const hash = row.type === "track" ? row.parent_thumb : row.thumb;
  return typeof hash === "string" ? hash : undefined;
}

function sendPicture(request: FastifyRequest, reply: FastifyReply, jpeg: Buffer) {
  const tag = createHash("sha256").update(jpeg).digest("hex");
  return isKnown(request, reply, tag) ? reply.code(304).send() : reply.type("image/jpeg").send(jpeg);
}

/** The address changes with the item, so what is there may be kept. @returns whether the caller has it already */
function isKnown(request: FastifyRequest, reply: FastifyReply, tag: string): boolean {
  reply.header("etag", `"${tag}"`).header("cache-control", "private, max-age=86400");
  return request.headers["if-none-match"] === `"${tag}"`;
}
