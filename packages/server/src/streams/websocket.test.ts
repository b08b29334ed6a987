import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { encodeTextFrame } from "@reelay/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { connectWebSocket } from "./testing/stream-client.ts";
import { type StreamServer, startStreamServer, status, TestLog } from "./testing/stream-server.ts";

const PATH = "/:/websockets/notifications";

describe("WebSocket streams", () => {
  let log: TestLog;
  let server: StreamServer;
  beforeEach(async () => {
    log = new TestLog();
    server = await startStreamServer(log.log, { maxStreams: 3 });
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await log.close();
  });
  const open = async (query = ""): Promise<WebSocket> => {
    const ws = new WebSocket(`ws://127.0.0.1:${server.port}${PATH}?X-Plex-Token=owner${query}`);
    await once(ws, "open");
    return ws;
  };
  const streams = () => server.hub.stats().streams.websocket;

  test("send nothing but Plex's documents to who asks for nothing else, in single text frames", async () => {
    const { socket, frames } = await rawClient(server.port, `${PATH}?lastEventId=${"f".repeat(16)}-9`);
    await log.append([status("a")]);
    const expected = encodeTextFrame(
      `{"NotificationContainer":{"type":"status","size":1,"StatusNotification":[{"title":"a","description":"","notificationName":"LIBRARY_UPDATE"}]}}`,
    );
    await expect.poll(() => frames().length).toBeGreaterThanOrEqual(expected.length);
    expect(frames().equals(Buffer.from(expected))).toBe(true);
    socket.destroy();
  });

  test("write timeline ids as integers on request", async () => {
    const strings = await open();
    const integers = await open("&numericIds=1");
    const messages = Promise.all([once(strings, "message"), once(integers, "message")]);
    await log.append([
      {
        type: "item.ready",
        audience: { kind: "section", sectionId: 1 },
        subject: "item:7",
        facts: { sectionId: 1, itemId: 7, metadataType: 1, updatedAt: 1, title: "t" },
      },
    ]);
    const [[asStrings], [asIntegers]] = await messages;
    expect(String(asStrings)).toContain('"sectionID":"1","itemID":"7"');
    expect(String(asIntegers)).toContain('"sectionID":1,"itemID":7');
  });

  test("answer PINGs with their payload, between broadcasts", async () => {
    const ws = await open();
    const pongs: string[] = [];
    const texts: string[] = [];
    ws.on("pong", (payload) => pongs.push(String(payload)));
    ws.on("message", (data) => texts.push(String(data)));
    for (let index = 0; index < 50; index++) {
      ws.ping(`Hi ${index}?`);
      await log.append([status(`${index} ${"x".repeat(index * 100)}`)]);
    }
    await expect.poll(() => [pongs.length, texts.length]).toEqual([50, 50]);
    expect(pongs.at(-1)).toBe("Hi 49?");
  });

  test("ignore what clients send", async () => {
    const ws = await open();
    ws.send("time?");
    ws.send(Buffer.alloc(60_000));
    const message = once(ws, "message");
    await log.append([status("a")]);
    expect(String((await message)[0])).toContain('"title":"a"');
  });

  test("are closed when two PINGs in a row are left unanswered, and any frame is an answer", async () => {
    const silent = new WebSocket(`ws://127.0.0.1:${server.port}${PATH}?X-Plex-Token=owner`, { autoPong: false });
    const talking = new WebSocket(`ws://127.0.0.1:${server.port}${PATH}?X-Plex-Token=owner`, { autoPong: false });
    const answering = await open();
    talking.on("ping", () => talking.send("I am here"));
    if (silent.readyState !== WebSocket.OPEN) await once(silent, "open");
    if (talking.readyState !== WebSocket.OPEN) await once(talking, "open");
    const closed = once(silent, "close");
    let pings = 0;
    answering.on("ping", () => pings++);
    for (let beat = 1; beat <= 3; beat++) {
      server.clock.advance(10_000);
      await expect.poll(() => pings).toBe(beat);
      // Their answers were sent before; what comes after them has the server read them.
      await Promise.all([answering, talking].map((ws) => roundTrip(ws)));
    }
    expect((await closed)[0]).toBe(1002);
    expect(streams()).toBe(2);
  });

  test("end with 1009 for a message that is too long and with 1002 for garbage, and send nothing after that", async () => {
    const long = await open();
    long.send(Buffer.alloc(70_000));
    expect((await once(long, "close"))[0]).toBe(1009);
    const { socket, frames } = await rawClient(server.port, PATH);
    const closed = once(socket, "close");
    socket.write(Buffer.from([0xff, 0xff, 0xff]));
    await expect.poll(streams).toBe(0);
    await log.append([status("after the close frame")]);
    await closed;
    expect(frames().subarray(2, 4)).toEqual(Buffer.from([0x03, 0xea]));
    expect(frames()).toHaveLength(2 + (frames()[1] ?? 0));
  });

  test("end with 1008 for a flood, without harm to others", async () => {
    const flooding = await open();
    const other = await open();
    flooding.on("error", () => undefined);
    const closed = once(flooding, "close");
    for (let index = 0; index < 3_000; index++) flooding.send("x");
    expect((await closed)[0]).toBe(1008);
    const message = once(other, "message");
    await log.append([status("a")]);
    await message;
  });

  test("survive any bytes", async () => {
    const witness = await open();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 5 }), async (chunks) => {
        const { socket } = await rawClient(server.port, PATH);
        socket.on("error", () => undefined);
        for (const chunk of chunks) socket.write(chunk);
        socket.end();
        await once(socket, "close");
        await expect.poll(streams).toBe(1);
      }),
      { numRuns: 40 },
    );
    const message = once(witness, "message");
    await log.append([status("still here")]);
    await message;
  });

  test.each([
    ["no token", `GET ${PATH} HTTP/1.1`, {}, 401, "REELAY_UNAUTHORIZED"],
    [
      "a bad key",
      `GET ${PATH}?X-Plex-Token=owner HTTP/1.1`,
      { "Sec-WebSocket-Key": "no" },
      400,
      "REELAY_WEBSOCKET_HANDSHAKE",
    ],
    [
      "an old version",
      `GET ${PATH}?X-Plex-Token=owner HTTP/1.1`,
      { "Sec-WebSocket-Version": "7" },
      400,
      "REELAY_WEBSOCKET_HANDSHAKE",
    ],
    ["another path", "GET /library/sections?X-Plex-Token=owner HTTP/1.1", {}, 404, "REELAY_NOT_FOUND"],
    ["another method", `POST ${PATH}?X-Plex-Token=owner HTTP/1.1`, {}, 405, "REELAY_METHOD_NOT_ALLOWED"],
    ["a flag that is none", `GET ${PATH}?X-Plex-Token=owner&ids=maybe HTTP/1.1`, {}, 400, "REELAY_INVALID_PARAMETER"],
  ])("refuse a handshake with %s in plain HTTP", async (_what, line, headers, expected, code) => {
    const socket = connect(server.port, "127.0.0.1");
    const { promise, resolve } = Promise.withResolvers<string>();
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (text) => {
      answer += text;
    });
    socket.on("close", () => resolve(answer));
    socket.write(handshake(line, { Accept: "application/json", ...headers }));
    const [head = "", body = ""] = (await promise).split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${expected} `));
    expect(JSON.parse(body)).toMatchObject({ error: { code, status: expected } });
    expect(streams()).toBe(0);
  });

  test("are refused with 503 when there are as many as there may be", async () => {
    await Promise.all([open(), open(), open()]);
    await expect(connectWebSocket(PATH)({ port: server.port })).rejects.toMatchObject({
      status: 503,
      headers: { "retry-after": "5" },
    });
  });

  test("are refused once the server is stopping", async () => {
    await server.hub.close();
    await expect(connectWebSocket(PATH)({ port: server.port })).rejects.toMatchObject({ status: 503 });
  });
});

function handshake(line: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = {
    Host: "127.0.0.1",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  };
  return `${line}\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
}

/** A handshake by hand; `frames` is every byte after it. */
async function rawClient(
  port: number,
  path: string,
): Promise<{ readonly socket: Socket; readonly frames: () => Buffer }> {
  const socket = connect(port, "127.0.0.1");
  let received = Buffer.alloc(0);
  socket.on("data", (bytes) => {
    received = Buffer.concat([received, bytes]);
  });
  socket.write(handshake(`GET ${path} HTTP/1.1`, { "X-Plex-Token": "owner" }));
  await expect.poll(() => received.includes("\r\n\r\n")).toBe(true);
  const head = received.indexOf("\r\n\r\n") + 4;
  return { socket, frames: () => received.subarray(head) };
}

async function roundTrip(ws: WebSocket): Promise<void> {
  const pong = once(ws, "pong");
  ws.ping();
  await pong;
}
