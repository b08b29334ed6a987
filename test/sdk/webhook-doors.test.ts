/** The receiver behind the servers that people use, with real requests. */
import { once } from "node:events";
import { createServer, request as httpRequest, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import fastifyMultipart from "@fastify/multipart";
import {
  type AnyWebhookDelivery,
  createWebhookReceiver,
  type WebhookError,
  type WebhookReceiver,
} from "@reelay/sdk/webhooks";
import { type TestDeliveryOptions, testDelivery } from "@reelay/sdk/webhooks/testing";
import express from "express";
import fastify from "fastify";
import multer from "multer";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/wait.ts";

const SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** What behind each path was received. */
const told: AnyWebhookDelivery[] = [];
const errors: unknown[] = [];

function receiver(options = {}): WebhookReceiver {
  return createWebhookReceiver({ dedupeWindowMs: 0, maxPayloadBytes: 20_000, maxThumbBytes: 20_000, ...options })
    .onAny((delivery) => void told.push(delivery))
    .onError((error) => void errors.push(error));
}

const open = receiver();
const guarded = receiver({ secret: "s3cret" });
const signed = receiver({ signingSecrets: SIGNING });

const uploads = await temporaryFolder("uploads");
const upload = multer({ storage: multer.memoryStorage() });
const app = express();
app.post("/bare", open.node);
app.post("/multer", upload.single("thumb"), open.node);
app.post("/multer-any", upload.any(), open.node);
app.post("/multer-fields", upload.fields([{ name: "thumb" }]), open.node);
app.post("/multer-disk", multer({ dest: uploads.path }).single("thumb"), open.node);
app.post("/text", express.text({ type: () => true }), open.node);
app.post("/signed-text", express.text({ type: () => true }), signed.node);
app.post("/parsers", express.json(), express.urlencoded({ extended: true }), express.text(), open.node);
app.post("/raw", express.raw({ type: () => true }), open.node);
app.use("/mounted", express.Router().post("/:key", guarded.node));
app.post("/signed", signed.node);
app.post("/signed-raw", express.raw({ type: () => true }), signed.node);
app.post("/signed-json", express.json(), signed.node);
app.post(
  "/signed-kept",
  express.json({ verify: (request, _response, body) => Object.assign(request, { rawBody: body }) }),
  signed.node,
);
app.post("/eaten", (request, _response, next) => void request.on("end", () => next()).resume(), open.node);

const fast = fastify();
await fast.register(fastifyMultipart);
fast.post("/fastify", async (request, reply) => {
  reply.hijack();
  // Fastify has read JSON by now.
  await open.node(Object.assign(request.raw, { body: request.body }), reply.raw);
});

// As the guide says: without a plugin, and with the bytes that signatures are of.
await fast.register(async (scope) => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  for (const [path, { node }] of [["/unread", open] as const, ["/unread-signed", signed] as const]) {
    scope.post(path, async (request, reply) => {
      reply.hijack();
      await node(request.raw, reply.raw);
    });
  }
});

const servers: Server[] = [];
const ports: Record<string, number> = {};

async function listen(name: string, server: Server): Promise<void> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  servers.push(server);
  ports[name] = (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  await listen("express", createServer(app));
  await listen(
    "node",
    createServer((request, response) => void open.node(request, response)),
  );
  await fast.listen({ port: 0, host: "127.0.0.1" });
  ports.fastify = (fast.server.address() as AddressInfo).port;
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await fast.close();
  await uploads[Symbol.asyncDispose]();
});
beforeEach(() => {
  told.length = 0;
  errors.length = 0;
});

async function post(server: string, path: string, options: TestDeliveryOptions = {}) {
  const { headers, body } = await testDelivery("media.play", options);
  const response = await fetch(`http://127.0.0.1:${ports[server]}${path}`, { method: "POST", headers, body });
  return { status: response.status, body: (await response.json()) as { error?: { code: string; message: string } } };
}

const doors = [
  ["node:http", "node", "/"],
  ["express", "express", "/bare"],
  ["express behind multer.single", "express", "/multer"],
  ["express behind multer.any", "express", "/multer-any"],
  ["express behind multer.fields", "express", "/multer-fields"],
  ["express behind multer with files on the disk", "express", "/multer-disk"],
  ["express behind parsers for other types", "express", "/parsers"],
  ["express behind raw", "express", "/raw"],
  ["fastify with multipart", "fastify", "/fastify"],
  ["fastify that leaves bodies alone", "fastify", "/unread"],
] as const;

describe.each(doors)("%s", (_what, server, path) => {
  test("takes Plex's multipart, with the picture", async () => {
    const { status } = await post(server, path, { thumb: Uint8Array.of(0xff, 0xd8, 13, 10, 0xff, 0xd9) });
    expect(status).toBe(200);
    await until(() => told.length === 1, "the delivery");
    expect(told[0]).toMatchObject({ event: "media.play", payload: { Metadata: { title: "The Long Tide" } } });
    expect(told[0]?.thumb).toMatchObject({ contentType: "image/jpeg", filename: "thumb.jpg" });
    expect([...(told[0]?.thumb?.data ?? [])]).toEqual([0xff, 0xd8, 13, 10, 0xff, 0xd9]);
  });

  test("takes JSON with the picture in it", async () => {
    const thumb = Uint8Array.of(0xff, 0xd8, 13, 10, 0xff, 0xd9);
    expect((await post(server, path, { format: "json", thumb })).status).toBe(200);
    await until(() => told.length === 1, "the delivery");
    expect([...(told[0]?.thumb?.data ?? [])]).toEqual([...thumb]);
    expect(told[0]?.json).not.toHaveProperty("thumb");
  });

  test("takes multipart without a picture, and JSON alone", async () => {
    expect((await post(server, path, { thumb: null })).status).toBe(200);
    expect((await post(server, path, { format: "json", thumb: null })).status).toBe(200);
    await until(() => told.length === 2, "two deliveries");
    for (const delivery of told) expect(delivery.thumb).toBeUndefined();
  });
});

test("behind a parser that makes text of everything a picture is left out, and a signature cannot be checked", async () => {
  const thumb = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
  expect((await post("express", "/text", { thumb })).status).toBe(200);
  expect((await post("express", "/text", { format: "json", thumb })).status).toBe(200);
  await until(() => told.length === 2, "two deliveries");
  expect(told.map((delivery) => [delivery.event, delivery.thumb?.data])).toEqual([
    ["media.play", undefined],
    ["media.play", thumb],
  ]);
  const { status, body } = await post("express", "/signed-text", { thumb, signingSecret: SIGNING });
  expect([status, body.error?.code]).toEqual([400, "body-consumed"]);
});

describe("a parser that puts all parts on the disk", () => {
  /** As formidable does, to which a part with a type of its own is a file. */
  const asFormidable: express.RequestHandler = (request, _response, next) => {
    const multerFiles = (request.files ?? []) as readonly Express.Multer.File[];
    const files = multerFiles.map(({ fieldname, path, mimetype }) => [fieldname, [{ filepath: path, mimetype }]]);
    Object.assign(request, { body: {}, files: Object.fromEntries(files) });
    next();
  };
  const dest = multer({ dest: uploads.path }).any();
  const path = "/all-on-disk";
  app.post(path, dest, asFormidable, open.node);
  const send = async (payload: string) => {
    const form = new FormData();
    form.set("payload", new Blob([payload], { type: "application/json" }), "payload.json");
    form.set("thumb", new Blob([Uint8Array.of(0xff, 0xd8)], { type: "image/jpeg" }), "thumb.jpg");
    const response = await fetch(`http://127.0.0.1:${ports.express}${path}`, { method: "POST", body: form });
    await response.body?.cancel();
    return response.status;
  };

  test("leaves payload and picture", async () => {
    expect(await send('{"event":"media.stop"}')).toBe(200);
    await until(() => told.length === 1, "the delivery");
    expect(told[0]).toMatchObject({ event: "media.stop", thumb: { contentType: "image/jpeg" } });
    expect(told[0]?.thumb?.data).toEqual(Uint8Array.of(0xff, 0xd8));
  });

  test("does not get around the limit of a payload", async () => {
    expect(await send(`{"event":"media.stop","x":"${"x".repeat(20_000)}"}`)).toBe(413);
  });
});

test("the limits hold behind body parsers, too", async () => {
  const large = new Uint8Array(30_000);
  for (const path of ["/multer", "/multer-disk", "/parsers"])
    expect((await post("express", path, { format: "plex", thumb: large })).status, path).toBe(413);
  const text = { payload: { Server: { title: "x".repeat(30_000), uuid: "u" } }, thumb: null };
  for (const [path, format] of [
    ["/multer", "plex"],
    ["/parsers", "json"],
  ] as const)
    expect((await post("express", path, { ...text, format })).status, path).toBe(413);
  expect(told).toEqual([]);
});

test("what is nested without end is refused as what it is", async () => {
  const nested = `{"event":"media.play","a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`;
  for (const [server, path] of [
    ["node", "/"],
    ["express", "/parsers"],
  ] as const) {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: nested };
    const response = await fetch(`http://127.0.0.1:${ports[server]}${path}`, init);
    expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
      400,
      "not-a-webhook",
    ]);
  }
});

test.each([
  ["/mounted/s3cret", 200],
  ["/mounted/x?secret=s3cret", 200],
  ["/mounted/wrong", 401],
])("a secret in the URL is found below a router: %s", async (path, status) => {
  expect((await post("express", path)).status).toBe(status);
});

describe("signatures", () => {
  test.each([
    ["without a parser", "express", "/signed", {}],
    ["behind raw", "express", "/signed-raw", {}],
    ["behind a parser that keeps the bytes", "express", "/signed-kept", { format: "json" }],
    ["in fastify, multipart", "fastify", "/unread-signed", {}],
    ["in fastify, JSON", "fastify", "/unread-signed", { format: "json" }],
  ] as const)("are checked %s", async (_what, server, path, options) => {
    expect((await post(server, path, { ...options, signingSecret: SIGNING })).status).toBe(200);
    expect((await post(server, path, options)).status).toBe(401);
    await until(() => told.length === 1, "the signed one");
    expect(told[0]?.trust).toBe("signature");
  });

  test("cannot be checked behind a parser that keeps no bytes, which the answer says", async () => {
    const { status, body } = await post("express", "/signed-json", { format: "json", signingSecret: SIGNING });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: "body-consumed",
      message: expect.stringContaining("before body parsers"),
    });
  });
});

test("a request that a middleware has answered meanwhile is not answered again", async () => {
  let settled: unknown = "pending";
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow = createWebhookReceiver({ ack: "after" }).onAny(() => promise);
  const server = createServer((request, response) => {
    settled = slow.node(request, response).then(
      () => "fulfilled",
      (error: unknown) => error,
    );
    // As a time limit does.
    response.writeHead(503).end("{}");
  });
  await listen("impatient", server);
  expect((await post("impatient", "/")).status).toBe(503);
  resolve();
  expect(await settled).toBe("fulfilled");
});

test("a body that somebody else read is answered at once", async () => {
  const { status, body } = await post("express", "/eaten");
  expect([status, body.error?.code]).toEqual([400, "body-consumed"]);
});

describe("bad senders", () => {
  test("a body that is too large is answered with 413, and the next request is served", async () => {
    expect((await post("node", "/", { thumb: new Uint8Array(500_000) })).status).toBe(413);
    expect((await post("node", "/")).status).toBe(200);
    expect((errors[0] as WebhookError).code).toBe("too-large");
  });

  test("a body that never ends is not read to its end", async () => {
    const request = httpRequest({ port: ports.node, host: "127.0.0.1", method: "POST" });
    const ended = new Promise<void>((resolve) => request.on("close", resolve));
    request.on("error", () => {
      // The server hangs up once it has answered; whether the answer is read before that is a matter of luck.
    });
    request.on("response", (response) => response.resume());
    const chunk = Buffer.alloc(1024 * 1024);
    const write = () => request.write(chunk, (error) => !error && !request.destroyed && write());
    write();
    await until(() => errors.length > 0, "the refusal");
    expect((errors[0] as WebhookError).code).toBe("too-large");
    await ended;
  });

  test("a sender that hangs up in the middle is an error, and no delivery", async () => {
    const socket = connect(ports.node ?? 0, "127.0.0.1");
    await once(socket, "connect");
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"event":');
    socket.end();
    await until(() => errors.length > 0, "the error");
    expect((errors[0] as WebhookError).code).toBe("cut-off");
    expect(told).toEqual([]);
    socket.destroy();
  });

  test("a GET is told what is taken", async () => {
    const response = await fetch(`http://127.0.0.1:${ports.node}/`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    await response.body?.cancel();
  });
});
