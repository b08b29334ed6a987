import { encodeMediaContainerJson, encodeMediaContainerXml, type MediaContainer } from "@reelay/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { prefersJson } from "./accept.ts";

/** Answers with a container: XML, or JSON for those whose Accept prefers it. The status is 200 unless it was set. */
export function sendContainer(
  request: FastifyRequest,
  reply: FastifyReply,
  container: MediaContainer,
  root?: string,
): FastifyReply {
  const json = prefersJson(request.headers.accept);
  reply.header("vary", "Accept");
  if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-cache");
  return json
    ? reply.type("application/json; charset=utf-8").send(encodeMediaContainerJson(container, root))
    : reply.type("text/xml;charset=utf-8").send(encodeMediaContainerXml(container, root));
}

/** The usual answer to an action: 200 with nothing in it. */
export function sendEmpty(reply: FastifyReply): FastifyReply {
  return reply.code(200).header("content-length", "0").send();
}
