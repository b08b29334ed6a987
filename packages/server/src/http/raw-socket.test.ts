import { once } from "node:events";
import { connect, type Socket } from "node:net";
import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createLogger, ReelayError } from "../support/index.ts";
import { createGate, createHttp, type HttpLimits, listen, refuseSocket, sendEmpty } from "./index.ts";

interface Running {
  readonly app: FastifyInstance;
  readonly port: number;
}

const closers: (() => Promise<void>)[] = [];
let server: Running;

async function start(limits: Partial<HttpLimits> = {}): Promise<Running> {
  const gate = createGate({ authenticate: () => undefined });
  const app = createHttp({ gate, log: createLogger("silent"), limits });
  app.get("/identity", { config: { public: true } }, (_request, reply) => sendEmpty(reply));
  app.post("/body", { config: { public: true } }, (_request, reply) => sendEmpty(reply));
  app.get("/stream", { config: { public: true } }, (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { "content-type": "text/event-stream" });
    reply.raw.write("event: ping\ndata: {}\n\n");
  });
  const { port } = await listen(app, { host: "127.0.0.1", port: 0 });
  return { app, port };
}

/** Sends bytes as they are; resolves with all that came back once the server has ended the connection. */
async function exchange(port: number, send: (socket: Socket) => void): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => socket.destroy());
  await once(socket, "connect");
  send(socket);
  if (!socket.closed) await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

async function stillServes({ port }: Running): Promise<void> {
  expect((await fetch(`http://127.0.0.1:${port}/identity`)).status).toBe(200);
}

beforeAll(async () => {
  server = await start();
});
afterAll(() => server.app.close());
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

test.each([
  ["bytes that are no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03garbage\r\n\r\n", 400, "REELAY_BAD_REQUEST"],
  ["an unknown method", "FLY / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "REELAY_BAD_REQUEST"],
  ["a bare line feed and a bad header", "GET / HTTP/1.1\nHost localhost\n\n", 400, "REELAY_BAD_REQUEST"],
  [
    "two lengths",
    "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    400,
    "REELAY_BAD_REQUEST",
  ],
  ["no Host", "GET /identity HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "REELAY_BAD_REQUEST"],
  [
    "a head of 17 KiB",
    `GET /identity HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(17 * 1024)}\r\n\r\n`,
    431,
    "REELAY_HEADERS_TOO_LARGE",
  ],
  [
    "an address of 9 KiB",
    `GET /${"a".repeat(9 * 1024)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    413,
    "REELAY_TOO_LARGE",
  ],
  [
    "bad percent-encoding",
    "GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    400,
    "REELAY_BAD_REQUEST",
  ],
  ["a tunnel", "CONNECT example.org:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "REELAY_METHOD_NOT_ALLOWED"],
])("%s: an answer with a code, then the end", async (_what, bytes, status, code) => {
  const answer = await exchange(server.port, (socket) => socket.write(bytes, "latin1"));
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer.toLowerCase()).toContain(`x-reelay-error: ${code.toLowerCase()}\r\n`);
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  expect(/content-length: (\d+)/i.exec(head)?.[1]).toBe(String(body.length));
  await stillServes(server);
});

test.each([
  [
    "an h2c upgrade, as curl --http2 asks for",
    "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
  ],
  ["an expectation that nobody knows", "Expect: miracles\r\nConnection: close"],
])("%s is answered as if it had not been asked", async (_what, headers) => {
  const answer = await exchange(server.port, (socket) =>
    socket.write(`GET /identity HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n`),
  );
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
});

test.each([
  ["a head that does not end", "GET /identity HTTP/1.1\r\nHost: loc"],
  [
    "a body that does not end",
    "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nabc",
  ],
])("%s is 408", async (_what, bytes) => {
  const slow = await start({ headTime: 50, requestTime: 50, checkEach: 10 });
  closers.push(() => slow.app.close());
  const answer = await exchange(slow.port, (socket) => socket.write(bytes));
  expect(answer).toMatch(/^HTTP\/1.1 408 /);
  expect(answer).toContain("x-reelay-error: REELAY_TIMEOUT");
});

test("a stream outlives the time that a request may take, and garbage behind its request does not get into it", async () => {
  const slow = await start({ headTime: 500, requestTime: 500, checkEach: 10 });
  closers.push(() => slow.app.close());
  const socket = connect(slow.port, "127.0.0.1");
  socket.write("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const [first] = (await once(socket, "data")) as [Buffer];
  // Others' time runs out meanwhile: had the stream's counted, it would be gone before.
  const other = await exchange(slow.port, (late) => late.write("GET /identity HTTP/1.1\r\n"));
  expect(other).toMatch(/^HTTP\/1.1 408 /);
  expect([socket.closed, first.toString().startsWith("HTTP/1.1 200")]).toEqual([false, true]);

  let rest = "";
  socket.on("data", (chunk: Buffer) => {
    rest += chunk.toString();
  });
  socket.on("error", () => socket.destroy());
  socket.write("\x00garbage\r\n\r\n");
  await once(socket, "close");
  expect(rest).not.toContain("HTTP/1.1");
});

test("closing does not wait for a caller that never ends its request", async () => {
  const stuck = await start({ closeTime: 20 });
  const socket = connect(stuck.port, "127.0.0.1");
  socket.on("error", () => socket.destroy());
  socket.resume();
  const accepted = once(stuck.app.server, "connection");
  socket.write("POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab");
  await accepted;
  const gone = once(socket, "close");
  await stuck.app.close();
  await gone;
});

test("a refusal is written once, however often the parser complains", async () => {
  const answer = await exchange(server.port, (socket) => {
    socket.write("garbage\r\n\r\n");
    for (let i = 0; i < 20; i++) socket.write(`more ${i}\r\n\r\n`);
  });
  expect(answer.match(/^HTTP\/1\.1/gm)).toHaveLength(1);
});

test("refusing a socket that is gone does nothing", async () => {
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
  refuseSocket(socket, new ReelayError("REELAY_UNAUTHORIZED"));
  await once(socket, "close");
  expect(socket.errored).toBeNull();
});

const tokens = fc.constantFrom(
  "GET ",
  "POST ",
  "/identity",
  "/",
  "?",
  "%",
  "%zz",
  "%00",
  "*",
  " HTTP/1.1",
  " HTTP/1.0",
  " HTTP/9.9",
  "\r\n",
  "\n",
  "\r",
  "\r\n\r\n",
  "Host: localhost",
  "Host: ",
  "Content-Length: 5",
  "Content-Length: -1",
  "Content-Length: 99999999999999999999",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip",
  "5\r\nabcde\r\n",
  "ffffffffffffffff\r\n",
  "0\r\n\r\n",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Expect: 100-continue",
  "X-Plex-Token: ",
  "Accept: application/json;q=",
  "\0",
  "\x7f",
  ":",
  "é",
  "a".repeat(20_000),
);
const rawBytes = fc.oneof(
  fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
  fc.array(tokens, { maxLength: 14 }).map((parts) => Buffer.from(parts.join(""), "latin1")),
  fc
    .array(tokens, { maxLength: 10 })
    .map((parts) => Buffer.from(`GET /identity HTTP/1.1\r\nHost: localhost\r\n${parts.join("")}`, "latin1")),
);

test("whatever bytes arrive, each answer has a status, none is a 5xx, and the server goes on", async () => {
  await fc.assert(
    fc.asyncProperty(rawBytes, async (bytes) => {
      const answer = await exchange(server.port, (socket) => socket.end(bytes));
      expect(answer === "" || /^HTTP\/1\.1 (?:1|2|4)\d\d /.test(answer)).toBe(true);
      // What was no request at all is told so, not only hung up on.
      if (/^[^A-Z\r\n]/.test(bytes.toString("latin1"))) expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    }),
    { numRuns: 300 },
  );
  await stillServes(server);
});
