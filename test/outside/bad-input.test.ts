import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { opcodes, RawWebSocket } from "../clients/twins/raw-websocket.ts";
import { REPOSITORY, ReelayProcess, SAMPLES } from "../support/reelay-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { ws } from "../support/third-party.ts";
import { until } from "../support/wait.ts";

const WEBSOCKET = "/:/websockets/notifications";

let folder: TemporaryFolder;
let server: ReelayProcess;
beforeAll(async () => {
  folder = await temporaryFolder("bad-input");
  server = await ReelayProcess.start({ dataDir: folder.path, media: [join(SAMPLES, "Films")] });
  await server.scanned();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

/** Whatever was sent: the server runs, answers, streams, and has written no stack anywhere. */
afterEach(async () => {
  expect(server.alive).toBe(true);
  expect((await server.fetch("/library/sections")).status).toBe(200);
  await using listener = await ws({ url: server.url, token: server.token, since: "earliest" });
  await listener.scans(1);
  expect(server.output).not.toMatch(/^\s+at .*:\d+:\d+/m);
  expect(server.output).not.toContain("REELAY_INTERNAL");
});

/** Each code that an answer may carry has its chapter in the reference. */
const knownCodes = new Set(
  readFileSync(join(REPOSITORY, "docs", "reference", "errors.md"), "utf8").match(/REELAY_[A-Z_]+/g),
);

function expectRefusal(status: number, text: string): void {
  expect(status, text).toBeGreaterThanOrEqual(400);
  expect(status, text).toBeLessThan(500);
  const [code = "none"] = /REELAY_[A-Z_]+/.exec(text) ?? [];
  expect([...knownCodes], `${status} ${text}`).toContain(code);
  expect(text).not.toMatch(/\bat \S+ \(|node:internal|\.ts:\d+|SQLITE|Zod/);
}

/** Sends bytes on a connection of their own; resolves with all that comes back before the server closes it. */
async function exchange(bytes: string | Uint8Array): Promise<string> {
  const socket: Socket = connect(server.port, "127.0.0.1");
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("error", () => undefined); // A reset is an end, too: `close` follows.
  await once(socket, "connect");
  socket.write(bytes);
  await once(socket, "close");
  return text;
}

function get(path: string, ...headers: readonly string[]): string {
  const head = [`GET ${path} HTTP/1.1`, "Host: localhost", `X-Plex-Token: ${server.token}`, ...headers];
  return `${head.join("\r\n")}\r\nConnection: close\r\n\r\n`;
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

describe("is refused with a status and a code of ours:", () => {
  test.each([
    ["a broken escape in the query", "GET", "/library/sections?x=%zz"],
    ["half a character in the query", "GET", "/library/sections/1/all?sort=%E0%A4"],
    ["a NUL in a path", "GET", "/library/metadata/%00"],
    ["a broken escape in the path", "GET", "/library/metadata/%zz"],
    ["a path that leaves the tree", "GET", "/../../etc/passwd"],
    ["a type that is none", "GET", "/library/sections/1/all?type=4711"],
    ["a sort that is SQL", "GET", "/library/sections/1/all?sort=title;DROP%20TABLE%20items"],
    ["a negative page", "GET", "/library/sections/1/all?X-Plex-Container-Start=-1"],
    ["a page beyond numbers", "GET", "/library/sections/1/all?X-Plex-Container-Size=1e400"],
    ["an unknown section", "GET", "/library/sections/4711"],
    ["a section that is no number", "GET", "/library/sections/one/all"],
    ["an unknown item", "GET", "/library/metadata/4711"],
    ["an id beyond numbers", "GET", `/library/metadata/${"9".repeat(400)}`],
    ["a picture of an unknown item", "GET", "/library/metadata/4711/thumb/1"],
    ["an unknown address", "GET", "/nothing/here"],
    ["an unknown activity", "DELETE", "/activities/00000000-0000-0000-0000-000000000000"],
    ["a method that an address has not", "POST", "/library/metadata/1"],
    ["a method that nothing has", "PATCH", "/library/sections"],
    ["deletion of an item", "DELETE", "/library/metadata/1"],
    ["a section without a folder", "POST", "/library/sections?name=x&type=movie"],
    ["a section of a folder that is not there", "POST", "/library/sections?name=x&type=movie&location=/not/there"],
    ["a section of a file", "POST", "/library/sections?name=x&type=movie&location=/etc/passwd"],
    ["a section of a type that is none", "POST", "/library/sections?name=x&type=photo&location=/tmp"],
    ["a scan outside its section", "POST", "/library/sections/1/refresh?path=/etc"],
    ["a WebSocket address without an upgrade", "GET", WEBSOCKET],
    ["an ids that is no flag", "GET", "/:/eventsource/notifications?ids=maybe"],
  ])("%s", async (_what, method, path) => {
    // By hand, since fetch would tidy the address up.
    const answer = await exchange(get(path).replace("GET", method));
    expectRefusal(statusOf(answer), answer);
  });

  test.each([
    ["a header that is too large", () => get("/", `X-Large: ${"x".repeat(40_000)}`)],
    ["an address that is too long", () => get(`/library/sections?x=${"x".repeat(10_000)}`)],
    ["no HTTP at all", () => "hello, is this a mail server?\r\n\r\n"],
    ["a TLS handshake", () => Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])],
    ["bytes without sense", () => Buffer.concat([Buffer.from("GET "), Buffer.alloc(2_000, 0xff)])],
    ["two lengths", () => get("/", "Content-Length: 5", "Content-Length: 6")],
    ["a length that is none", () => get("/", "Content-Length: many")],
    ["a body that ends its chunks wrongly", () => get("/", "Transfer-Encoding: chunked").concat("zz\r\n")],
    ["a header with a line break in it", () => get("/", "X-A: b\r\n c\0d: e")],
    ["no Host and no token", () => "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["an upgrade to a WebSocket that is none", () => upgrade("/library/sections")],
    ["an upgrade without a key", () => upgrade(WEBSOCKET).replace(/^Sec-WebSocket-Key.*\r\n/m, "")],
    ["an upgrade to another version", () => upgrade(WEBSOCKET).replace("Version: 13", "Version: 99")],
    ["an upgrade by POST", () => upgrade(WEBSOCKET).replace("GET", "POST")],
    ["an upgrade without a token", () => upgrade(WEBSOCKET).replace(/^X-Plex-Token.*\r\n/m, "")],
    ["JSON that is none", () => body("POST", "/library/sections?type=movie", "application/json", "{")],
  ])("%s", async (_what, bytes) => {
    const answer = await exchange(bytes());
    expectRefusal(statusOf(answer), answer);
  });
});

function upgrade(path: string): string {
  return get(
    path,
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  ).replace("Connection: close", "Connection: Upgrade");
}

function body(method: string, path: string, type: string, text: string): string {
  const request = get(path, `Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(text)}`);
  return request.replace("GET", method) + text;
}

describe("garbage on a WebSocket ends that WebSocket with a close code:", () => {
  const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
  test.each<readonly [what: string, code: number, frames: readonly Uint8Array[]]>([
    ["a frame without a mask", 1002, [Buffer.from([0x81, 0x01, 0x61])]],
    ["a reserved opcode", 1002, [Buffer.from([0x83, 0x80, 0, 0, 0, 0])]],
    ["reserved bits", 1002, [Buffer.from([0xf1, 0x80, 0, 0, 0, 0])]],
    ["a PING that is too long", 1002, [Buffer.from([0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0])]],
    ["a PING in fragments", 1002, [Buffer.from([0x09, 0x80, 0, 0, 0, 0])]],
    ["a continuation of nothing", 1002, [Buffer.from([0x80, 0x80, 0, 0, 0, 0])]],
    ["text that is not UTF-8", 1007, [Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28])]],
    ["a close code that is none", 1002, [Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x00, 0x05])]],
    ["a frame of 4 GiB", 1009, [Buffer.from([0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])]],
    ["a flood", 1008, Array.from({ length: 20_000 }, () => pong)],
  ])("%s is %d", async (_what, code, frames) => {
    const socket = await RawWebSocket.connect(`${server.url}${WEBSOCKET}`, { "X-Plex-Token": server.token });
    for (const frame of frames) socket.write(frame);
    await until(() => socket.frames.some(({ opcode }) => opcode === opcodes.close) || socket.closed, "the close frame");
    const close = socket.frames.find(({ opcode }) => opcode === opcodes.close);
    expect(close?.payload.readUInt16BE(0)).toBe(code);
    socket.cut();
  });
});

test("bytes without any sense on a hundred WebSockets harm nobody else", async () => {
  for (let round = 0; round < 100; round++) {
    const socket = await RawWebSocket.connect(`${server.url}${WEBSOCKET}`, { "X-Plex-Token": server.token });
    // Random enough, and the same in every run.
    const bytes = createHash("sha512").update(`round ${round}`).digest();
    socket.write(bytes.subarray(0, 1 + (round % bytes.length)));
    socket.finish();
    await until(() => socket.closed, `the server to give up on ${bytes.toString("hex")}`);
  }
});

test("requests that never get whole keep nobody from being served", async () => {
  const beginnings = [
    "",
    "G",
    "GET / HTTP/1.1\r\n",
    `${get("/").slice(0, -2)}X-Half: `,
    upgrade(WEBSOCKET).slice(0, -9),
  ];
  const sockets = await Promise.all(
    Array.from({ length: 100 }, async (_, at) => {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => undefined); // Cut by the server's own time-out, which is as well.
      await once(socket, "connect");
      socket.write(beginnings[at % beginnings.length] ?? "");
      return socket;
    }),
  );
  expect((await server.fetch("/identity")).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

test("a client that goes away in the middle of an answer or a handshake is no error", async () => {
  for (const bytes of [
    get("/library/sections"),
    upgrade(WEBSOCKET),
    get("/:/eventsource/notifications?lastEventId=earliest"),
  ]) {
    for (let round = 0; round < 20; round++) {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => undefined); // It is this side that leaves.
      await once(socket, "connect");
      socket.write(bytes);
      socket.resetAndDestroy();
    }
  }
});
