import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { encodeMediaContainerJson, encodeMediaContainerXml, type MediaContainer } from "@reelay/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { prefersJson } from "./accept.ts";
import { sendContainer } from "./replies.ts";

/** Items encoded in one turn: some milliseconds' worth, so that a list of 20,000 holds up nobody. */
const SLICE = 200;

/**
 * Answers with a container whose `Metadata` may be long: made and encoded slice by slice, other requests in between.
 * @param attributes of the container, in their order; `Metadata` comes after them
 */
export function sendLongContainer<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  attributes: MediaContainer,
  items: readonly T[],
  toMetadata: (item: T) => MediaContainer,
): FastifyReply {
  if (items.length <= SLICE) {
    return sendContainer(request, reply, { ...attributes, Metadata: items.map(toMetadata) } as MediaContainer);
  }
  const json = prefersJson(request.headers.accept);
  const [head, separator, tail] = json ? jsonFrame(attributes) : xmlFrame(attributes);
  const encode = json ? jsonItems : xmlItems;
  async function* pieces(): AsyncGenerator<string> {
    yield head;
    for (let at = 0; at < items.length; at += SLICE) {
      await nextTurn();
      yield (at === 0 ? "" : separator) + encode(items.slice(at, at + SLICE).map(toMetadata));
    }
    yield tail;
  }
  reply.header("vary", "Accept").header("cache-control", "no-cache");
  return reply
    .type(json ? "application/json; charset=utf-8" : "text/xml;charset=utf-8")
    .send(Readable.from(pieces(), { objectMode: false }));
}

function jsonFrame(attributes: MediaContainer): [string, string, string] {
  const empty = encodeMediaContainerJson(attributes);
  const comma = empty.endsWith("{}}") ? "" : ",";
  return [`${empty.slice(0, -2)}${comma}"Metadata":[`, ",", "]}}"];
}

function jsonItems(items: readonly MediaContainer[]): string {
  const text = encodeMediaContainerJson({ Metadata: items } as MediaContainer);
  return text.slice(text.indexOf("[") + 1, -"]}}".length);
}

function xmlFrame(attributes: MediaContainer): [string, string, string] {
  const empty = encodeMediaContainerXml(attributes).trimEnd();
  return [`${empty.slice(0, empty.lastIndexOf("/>")).trimEnd()}>`, "", "</MediaContainer>"];
}

function xmlItems(items: readonly MediaContainer[]): string {
  const text = encodeMediaContainerXml({ Metadata: items } as MediaContainer);
  const start = text.indexOf("<MediaContainer>") + "<MediaContainer>".length;
  return text.slice(start, text.lastIndexOf("</MediaContainer>"));
}
