/** Receivers as people have written them for Plex, unchanged: each gets every event from a real server. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fastifyMultipart from "@fastify/multipart";
import { webhookEventNames, webhookEvents } from "@reelay/protocol";
import { createWebhookReceiver } from "@reelay/sdk/webhooks";
import busboy from "busboy";
import express from "express";
import fastify from "fastify";
import multer from "multer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SampleServer, sampleServer } from "../support/sample-server.ts";
import { until } from "../support/wait.ts";

/** What a receiver made of a request. */
interface Got {
  readonly event: string;
  /** First bytes of the picture. */
  readonly thumb: string | undefined;
}

type Tell = (got: Got) => void;

const got = (payload: string, thumb: Uint8Array | undefined): Got => ({
  event: (JSON.parse(payload) as { event: string }).event,
  thumb: thumb && Buffer.from(thumb.subarray(0, 3)).toString("hex"),
});

/** As Plex's own samples do it: the payload is a text field, the picture a file called `thumb`. */
function expressWithMulter(tell: Tell): Server {
  const app = express();
  app.post("/", multer({ storage: multer.memoryStorage() }).single("thumb"), (request, response) => {
    tell(got(request.body.payload, request.file?.buffer));
    response.sendStatus(200);
  });
  return createServer(app);
}

function withBusboy(tell: Tell): Server {
  return createServer((request, response) => {
    let payload = "";
    let thumb: Buffer | undefined;
    const form = busboy({ headers: request.headers });
    form.on("field", (name, value) => {
      if (name === "payload") payload = value;
    });
    form.on("file", (_name, stream) => {
      const chunks: Buffer[] = [];
      stream
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => {
          thumb = Buffer.concat(chunks);
        });
    });
    form.on("close", () => {
      tell(got(payload, thumb));
      response.writeHead(202).end();
    });
    request.pipe(form);
  });
}

/** The form of the platform itself: Deno, Bun, Workers, Next. */
function withFormData(tell: Tell): Server {
  return createServer(async (request, response) => {
    const form = await new Response(await bytesOf(request), {
      headers: { "content-type": request.headers["content-type"] ?? "" },
    }).formData();
    const thumb = form.get("thumb");
    const bytes = thumb instanceof Blob ? new Uint8Array(await thumb.arrayBuffer()) : undefined;
    tell(got(String(form.get("payload")), bytes));
    response.writeHead(208).end();
  });
}

/** Refuses whatever it does not know: a part of another name, a payload that is a file, one that comes twice, and none. */
function strict(tell: Tell): Server {
  return createServer((request, response) => {
    const parts: string[] = [];
    let payload = "";
    const thumb: Buffer[] = [];
    const form = busboy({ headers: request.headers, limits: { parts: 2 } });
    form.on("field", (name, value, { mimeType }) => {
      parts.push(`field ${name} ${mimeType}`);
      payload = value;
    });
    form.on("file", (name, stream, { filename, mimeType }) => {
      parts.push(`file ${name} ${filename} ${mimeType}`);
      stream.on("data", (chunk: Buffer) => thumb.push(chunk));
    });
    form.on("close", () => {
      const known = ["field payload application/json", "file thumb thumb.jpg image/jpeg"];
      const good = parts.length > 0 && parts.every((part, index) => part === known[index]);
      if (good) tell(got(payload, thumb.length > 0 ? Buffer.concat(thumb) : undefined));
      response.writeHead(good ? 200 : 400).end();
    });
    request.pipe(form);
  });
}

async function fastifyWithMultipart(tell: Tell): Promise<Server> {
  const app = fastify();
  await app.register(fastifyMultipart, { attachFieldsToBody: true });
  app.post("/", async (request) => {
    const { payload, thumb } = request.body as {
      payload: { value: unknown };
      thumb?: { toBuffer(): Promise<Buffer> };
    };
    // It parses fields that are JSON by itself.
    const text = typeof payload.value === "string" ? payload.value : JSON.stringify(payload.value);
    tell(got(text, await thumb?.toBuffer()));
    return {};
  });
  await app.ready();
  return app.server;
}

function withOurSdk(tell: Tell): Server {
  const receiver = createWebhookReceiver().onAny(({ event, thumb }) =>
    tell({ event, thumb: thumb && Buffer.from(thumb.data.subarray(0, 3)).toString("hex") }),
  );
  return createServer(receiver.node);
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

let samples: SampleServer;
const servers: Server[] = [];
beforeAll(async () => {
  samples = await sampleServer();
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await samples?.[Symbol.asyncDispose]();
});

async function post(path: string, body: unknown): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  const response = await samples.server.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  expect(response.status, path).toBeLessThan(300);
  return (await response.json()) as Record<string, unknown>;
}

describe.each<[what: string, make: (tell: Tell) => Server | Promise<Server>]>([
  ["express with multer", expressWithMulter],
  ["busboy", withBusboy],
  ["the platform's own FormData", withFormData],
  ["fastify with multipart", fastifyWithMultipart],
  ["one that refuses any unknown part", strict],
  ["the SDK", withOurSdk],
])("%s", (_what, make) => {
  test("understands every event, with its picture where there is one", async () => {
    const told: Got[] = [];
    const server = await make((one) => told.push(one));
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { id } = await post("/api/v1/hooks", { url });
    for (const event of webhookEventNames) await post(`/api/v1/hooks/${id}/test`, { event });
    await until(
      () => told.length === webhookEventNames.length,
      () => `all events; came ${JSON.stringify(told)}`,
    );
    expect(told).toEqual(
      webhookEventNames.map((event) => ({ event, thumb: webhookEvents[event].thumb ? "ffd8ff" : undefined })),
    );
  });
});
