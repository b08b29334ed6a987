import { once } from "node:events";
import { connect, type Socket } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../../test/support/wait.ts";
import { arrivals } from "./testing/arrival.ts";
import { connectSse, connectWebSocket } from "./testing/stream-client.ts";
import { type StreamServer, startStreamServer, status, TestLog } from "./testing/stream-server.ts";

const SSE = "/:/eventsource/notifications";
const WEBSOCKET = "/:/websockets/notifications";
const UPGRADE = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

let log: TestLog;
let server: StreamServer;
beforeAll(async () => {
  log = new TestLog();
  server = await startStreamServer(log.log);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await log?.close();
});
const streams = () => Object.values(server.hub.stats().streams).reduce((sum, count) => sum + count, 0);
beforeEach(() => until(() => streams() === 0, "the streams of the test before to be forgotten"));

function head(line: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = { Host: "127.0.0.1", "X-Plex-Token": "owner", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

function open(): { readonly socket: Socket; readonly received: () => string; readonly closed: Promise<unknown> } {
  const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  let received = "";
  socket.setEncoding("latin1").on("data", (text) => {
    received += text;
  });
  socket.on("error", () => socket.destroy());
  const closed = new Promise((resolve) => socket.once("close", resolve));
  return { socket, received: () => received, closed };
}

/** Sends the bytes in these pieces, each once the server had the time to read the one before. */
async function sendPieces(socket: Socket, pieces: readonly (string | Buffer)[]): Promise<void> {
  await once(socket, "connect");
  socket.setNoDelay(true);
  for (const piece of pieces) {
    socket.write(piece, "latin1");
    for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("a request of a stream", () => {
  const wires = { SSE: connectSse(), WebSocket: connectWebSocket(WEBSOCKET) };
  test.each(Object.entries(wires))(
    "for %s is seen by node:http unless it is the whole first chunk",
    async (_wire, to) => {
      for (const arrival of arrivals) {
        const before = server.requests();
        const client = await to({ port: server.port, arrival });
        await until(() => streams() === 1, "the stream");
        // What came behind it may be counted as a request of its own.
        expect(server.requests() > before, arrival).toBe(arrival !== "in one chunk");
        client.cut();
        await until(() => streams() === 0, "the stream to be forgotten");
      }
    },
  );

  test.each<[string, string]>([
    ["of HTTP/1.0", `GET ${SSE} HTTP/1.0\r\nX-Plex-Token: owner\r\n\r\n`],
    ["with a body", `${head(`GET ${SSE}`, { "Content-Length": "1" })}x`],
    ["with a length", head(`GET ${SSE}`, { "Content-Length": "0" })],
    ["with a coding", `${head(`GET ${SSE}`, { "Transfer-Encoding": "chunked" })}0\r\n\r\n`],
    ["with an expectation", head(`GET ${SSE}`, { Expect: "100-continue" })],
    ["with two Hosts", head(`GET ${SSE}`, { host: "127.0.0.1" })],
    ["with a header twice", head(`GET ${SSE}`, { accept: "a", Accept: "b" })],
    ["with a folded header", head(`GET ${SSE}`, { "X-A": "a\r\n b" })],
    ["with bare line feeds", head(`GET ${SSE}`).replaceAll("\r\n", "\n")],
    ["with one bare line feed", head(`GET ${SSE}`, { "X-A": "a\nX-B: b" })],
    ["with a blank before a colon", head(`GET ${SSE}`, { "X-A ": "a" })],
    ["with an absolute address", head(`GET http://127.0.0.1${SSE}`)],
    ["with a part behind #", head(`GET ${SSE}#X-Plex-Token=guest`)],
    ["with a letter beyond ASCII", head(`GET ${SSE}`, { "X-A": "\xe9" })],
    ["with an upgrade to something else", head(`GET ${SSE}`, { Connection: "Upgrade", Upgrade: "h2c" })],
    ["with a long head", head(`GET ${SSE}`, { "X-A": "a".repeat(9_000) })],
    ["behind an empty line", `\r\n${head(`GET ${SSE}`)}`],
    ["by HEAD", head(`HEAD ${SSE}`)],
    ["with a wrong token", head(`GET ${SSE}`, { "X-Plex-Token": "wrong" })],
    ["with a bad key", head(`GET ${WEBSOCKET}`, { ...UPGRADE, "Sec-WebSocket-Key": "no" })],
  ])("%s is node's to answer", async (_what, bytes) => {
    const before = server.requests();
    const { socket, received } = open();
    socket.write(bytes, "latin1");
    await until(() => /^HTTP\/1\.1 \d{3} /.test(received()), "an answer");
    // Bytes that are no request get their answer from its parser.
    expect(server.requests() > before || received().startsWith("HTTP/1.1 400 ")).toBe(true);
    socket.destroy();
  });
});

describe("a stream at the first chunk", () => {
  test("is not what a client says behind its request, and ends for who does not stop talking", async () => {
    const { socket, received, closed } = open();
    await sendPieces(socket, [head(`GET ${SSE}`)]);
    await until(() => received().includes("event: ping"), "the stream");
    const before = received();
    socket.write(head("GET /nothing"));
    await log.append([status("behind it")]);
    await until(() => received().includes("behind it"), "an event");
    expect(received().slice(before.length)).not.toContain("HTTP/1.1");
    socket.write(Buffer.alloc(200_000));
    await closed;
  });

  test.each([
    ["SSE", head(`GET ${SSE}`)],
    ["WebSocket", head(`GET ${WEBSOCKET}`, UPGRADE)],
  ])("ends when its client has said that it will say no more: %s", async (_wire, request) => {
    const { socket, closed } = open();
    await sendPieces(socket, [request]);
    await until(() => streams() === 1, "the stream");
    socket.on("end", () => socket.end());
    socket.end();
    await closed;
    await until(() => streams() === 0, "the stream to be forgotten");
  });

  test("gets the first sub-protocol that a handshake names, as browsers want one of theirs", async () => {
    const { socket, received } = open();
    await sendPieces(socket, [head(`GET ${WEBSOCKET}`, { ...UPGRADE, "Sec-WebSocket-Protocol": "plex, other" })]);
    await until(() => received().includes("\r\n\r\n"), "an answer");
    expect(received()).toMatch(/^HTTP\/1\.1 101 .*\r\nSec-WebSocket-Protocol: plex\r\n\r\n/s);
    socket.destroy();
  });
});

/** What is answered: status and headers, in any order and without the time; of a stream also that it has begun. */
async function answerTo(pieces: readonly (string | Buffer)[]): Promise<readonly string[]> {
  const { socket, received, closed } = open();
  await sendPieces(socket, pieces);
  // Else what waits for more of it would wait for its time to be over.
  socket.end();
  const said = until(() => received().includes("\r\n\r\n"), "an answer", 10_000);
  await Promise.race([said, closed]);
  said.catch(() => undefined);
  socket.destroy();
  const [answer = ""] = received().split("\r\n\r\n");
  return answer
    .split("\r\n")
    .filter((line) => !/^date:/i.test(line))
    .map((line) => line.replace(/^[^:]+:/, (name) => name.toLowerCase()))
    .sort();
}

const target = fc
  .tuple(
    fc.constantFrom(
      SSE,
      WEBSOCKET,
      "/:/websocket/notifications",
      "/api/v1/events",
      `${SSE}/`,
      "/%3A/eventsource/notifications",
      "/nothing",
    ),
    fc.array(
      fc
        .constantFrom("X-Plex-Token=owner", "X-Plex-Token=guest", "X-Plex-Token=", "filters=playing", "filters=-log")
        .map((part) => part),
      { maxLength: 3 },
    ),
    fc.constantFrom(
      "",
      "ids=1",
      "ids=maybe",
      "lastEventId=earliest",
      "%zz",
      "a=%C3%A9",
      "numericIds=1",
      "types=item.*",
      "types=no",
    ),
  )
  .map(([path, parts, last]) =>
    [path, [...parts, last].filter((part) => part !== "").join("&")].filter((part) => part !== "").join("?"),
  );
const header = fc.constantFrom(
  ...[
    "X-Plex-Token: owner",
    "X-Plex-Token: guest",
    "x-plex-token: wrong",
    "X-Plex-Token:owner",
    "X-Plex-Token:  owner ",
    "X-Plex-Token:",
  ],
  ...[
    "Host: 127.0.0.1",
    "Host: evil.example",
    "host: localhost:1",
    "Host:",
    "Origin: http://127.0.0.1",
    "Origin: https://evil.example",
  ],
  ...[
    "Accept: text/event-stream",
    "Accept: application/octet-stream",
    "Accept: application/json",
    "Last-Event-ID: earliest",
  ],
  ...[
    "Connection: keep-alive",
    "Connection: close",
    "Connection: Upgrade",
    "Connection: keep-alive, Upgrade",
    "Connection: x",
  ],
  ...[
    "Upgrade: websocket",
    "Upgrade: WebSocket",
    "Upgrade: h2c",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Version: 8",
  ],
  ...[
    "Sec-WebSocket-Version: 7",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Key: no",
    "Sec-WebSocket-Protocol: a, b",
  ],
  ...[
    "Sec-WebSocket-Protocol: a b",
    "Sec-WebSocket-Extensions: permessage-deflate",
    "Cookie: a=b; c=d",
    "Sec-Fetch-Site: cross-site",
  ],
  ...[
    "Content-Length: 0",
    "Content-Length: 3",
    "Transfer-Encoding: chunked",
    "Expect: 100-continue",
    "TE: trailers",
    "Accept-Version: 2",
  ],
  ...[
    "X-Forwarded-For: 10.0.0.1",
    "Via: 1.1 x",
    "__proto__: x",
    "constructor: x",
    "X_Y: z",
    "X-A: \xe9",
    "X-A: a\tb",
    "X-A: a\x01",
    "X A: b",
  ],
  ...[
    "no colon",
    ": no name",
    " folded: x",
    "X-Plex-Client-Identifier: abc",
    "Range: bytes=0-1",
    "If-None-Match: *",
    "Priority: u=1",
  ],
);
const handshake = fc.constant(Object.entries(UPGRADE).map(([name, value]) => `${name}: ${value}`));
const request = fc
  .tuple(
    fc.constantFrom("GET", "GET", "GET", "GET", "HEAD", "get", "POST"),
    target,
    fc.constantFrom("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0"),
    fc.oneof(handshake, fc.constant([])),
    fc.array(header, { maxLength: 5 }),
    fc.constantFrom("\r\n", "\r\n", "\r\n", "\n"),
  )
  .map(([method, url, version, first, headers, lineEnd]) =>
    [`${method} ${url} ${version}`, "Host: 127.0.0.1", ...first, ...headers, "", ""].join(lineEnd),
  );

test("whatever is asked, it is answered as when it does not come in one chunk", async () => {
  const taken: boolean[] = [];
  await fc.assert(
    fc.asyncProperty(request, async (text) => {
      const before = server.requests();
      const whole = await answerTo([text]);
      taken.push(server.requests() === before && whole.some((line) => /^HTTP\/1\.1 (?:200|101) /.test(line)));
      expect(whole).toEqual(await answerTo([text.slice(0, 1), text.slice(1)]));
    }),
    {
      numRuns: 300,
      examples: [[head(`GET ${SSE}`)], [head(`GET ${WEBSOCKET}`, UPGRADE)], [head("GET /api/v1/events")]],
    },
  );
  // Else nothing was compared.
  expect(taken.filter((was) => was).length).toBeGreaterThanOrEqual(3);
});
