import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { parseParams, parseQuery, viewerOf } from "../http/index.ts";
import type { Database } from "../storage/index.ts";
import { ReelayError } from "../support/index.ts";
import { byteRange, isPreconditionFailed, isRangeCurrent, isUnmodified } from "./byte-range.ts";
import { mediaTypeOf, type OpenPart, openPart } from "./parts.ts";

const byPart = z.object({ id: z.coerce.number().int().positive() });
const asking = z.object({ download: z.enum(["0", "1"]).default("0") });

/**
 * `/library/parts/{id}/{time}/file.ext`: the media file itself, for `<video>`, VLC and downloads. The time changes with
 * the file, so that an address can be kept; it is not compared.
 */
export const partRoutes: FastifyPluginCallback<{ readonly database: Database }> = (app, { database }, done) => {
  const send = async (request: FastifyRequest, reply: FastifyReply) => {
    const { id } = parseParams(byPart, request);
    const { download } = parseQuery(asking, request);
    const part = await openPart(database, id, viewerOf(request).sections);
    if (part === undefined) throw new ReelayError("REELAY_NOT_FOUND", `There is no file of part ${id}.`);
    // A player that goes away before the first byte is asked for leaves a stream that nobody ends.
    let streams = false;
    try {
      const range = respond(request, reply, part);
      if (download === "1") reply.header("content-disposition", attachment(part.name));
      if (range === undefined || request.method === "HEAD") return reply.send();
      streams = true;
      return reply.send(part.handle.createReadStream({ ...range, highWaterMark: 256 * 1024 }));
    } finally {
      if (!streams) await part.handle.close();
    }
  };
  // Not left to the framework, which would read the whole file to answer a HEAD.
  for (const url of ["/library/parts/:id/:time/:name", "/library/parts/:id/:name"]) {
    app.route({ method: ["GET", "HEAD"], url, exposeHeadRoute: false, handler: send });
  }
  done();
};

/** Sets status and headers. @returns which bytes to send; undefined for none */
function respond(
  request: FastifyRequest,
  reply: FastifyReply,
  { size, modifiedAt, name }: OpenPart,
): { readonly start: number; readonly end: number } | undefined {
  const { headers } = request;
  const validators = { etag: `"${size.toString(36)}-${Math.floor(modifiedAt).toString(36)}"`, modifiedAt };
  reply.headers({
    etag: validators.etag,
    "last-modified": new Date(modifiedAt).toUTCString(),
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
  });
  if (isPreconditionFailed(headers, validators)) {
    reply.code(412);
    return undefined;
  }
  if (isUnmodified(headers, validators)) {
    reply.code(304);
    return undefined;
  }
  reply.type(mediaTypeOf(name));
  const range = isRangeCurrent(headers["if-range"]?.toString(), validators) ? byteRange(headers.range, size) : "whole";
  if (range === "unsatisfiable") {
    reply.code(416).header("content-range", `bytes */${size}`);
    return undefined;
  }
  if (range === "whole") {
    reply.header("content-length", size);
    return size === 0 ? undefined : { start: 0, end: size - 1 };
  }
  reply.code(206).headers({
    "content-range": `bytes ${range.start}-${range.end}/${size}`,
    "content-length": range.end - range.start + 1,
  });
  return range;
}

/** RFC 6266: the name in ASCII for old clients, and as it is. */
function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, percent)}`;
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
