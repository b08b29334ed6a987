import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import multipart from "@fastify/multipart";
import busboy from "busboy";
import express from "express";
import fastify from "fastify";
import multer from "multer";
import { afterEach, expect, test } from "vitest";
import { aHook } from "./testing/memory-hooks.ts";
import { sessionEvent, WebhookRig } from "./testing/rig.ts";

/** What a receiver made of a request. */
interface Understood {
  readonly event: string;
  readonly title: string;
  readonly thumb: number | undefined;
}

type Note = (payload: string, thumb: Buffer | undefined) => void;

const opened: (() => PromiseLike<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** As Plex's own samples do it. */
function expressAndMulter(note: Note): Promise<string> {
  const app = express();
  app.post("/", multer({ storage: multer.memoryStorage() }).single("thumb"), (request, response) => {
    note(request.body.payload, request.file?.buffer);
    response.sendStatus(200);
  });
  return listening(app);
}

/** @param strict refuses every part but the two that Plex sends */
function withBusboy(note: Note, strict = false): Promise<string> {
  return listening((request, response) => {
    const form = busboy({ headers: request.headers });
    let payload: string | undefined;
    let thumb: Buffer | undefined;
    let refused = false;
    form.on("field", (name, value, { mimeType }) => {
      if (name === "payload" && mimeType === "application/json" && payload === undefined) payload = value;
      else refused = true;
    });
    form.on("file", (name, stream, { filename, mimeType }) => {
      if (name !== "thumb" || filename !== "thumb.jpg" || mimeType !== "image/jpeg") refused = true;
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        thumb = Buffer.concat(chunks);
      });
    });
    form.on("close", () => {
      if (payload === undefined || (strict && refused)) return void response.writeHead(400).end();
      note(payload, thumb);
      response.writeHead(200).end();
    });
    request.pipe(form);
  });
}

async function fastifyMultipart(note: Note): Promise<string> {
  const app = fastify();
  await app.register(multipart);
  app.post("/", async (request) => {
    let payload = "";
    let thumb: Buffer | undefined;
    for await (const part of request.parts()) {
      if (part.type === "file") thumb = await part.toBuffer();
      // With its own content type it is a field all the same; some versions have taken its JSON apart.
      else payload = typeof part.value === "string" ? part.value : JSON.stringify(part.value);
    }
    note(payload, thumb);
    return "ok";
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  opened.push(() => app.close());
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/`;
}

test.each<[string, (note: Note) => Promise<string>]>([
  ["express with multer's single('thumb')", expressAndMulter],
  ["busboy", withBusboy],
  ["busboy that refuses any other part", (note) => withBusboy(note, true)],
  ["@fastify/multipart", fastifyMultipart],
])("%s understands what is sent, with and without a picture", async (_name, open) => {
  const understood: Understood[] = [];
  const url = await open((text, thumb) => {
    const payload = JSON.parse(text) as { event: string; Metadata: { title: string } };
    understood.push({ event: payload.event, title: payload.Metadata.title, thumb: thumb?.length });
  });
  await using rig = await WebhookRig.open({ hooks: [aHook("a", url)] });
  const item = { metadata: { title: "Die Mühle – 日本" }, thumb: "3f2a" };
  await rig.tell({ ...sessionEvent("started"), item }, { ...sessionEvent("stopped"), item });
  expect(understood).toEqual([
    { event: "media.play", title: "Die Mühle – 日本", thumb: 20_000 },
    { event: "media.stop", title: "Die Mühle – 日本", thumb: undefined },
  ]);
  expect(rig.deliveries().map(({ state, attempts }) => [state, attempts])).toEqual([
    ["delivered", 1],
    ["delivered", 1],
  ]);
});
