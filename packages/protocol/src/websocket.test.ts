import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import {
  encodeCloseFrame,
  encodeContainer,
  encodePingFrame,
  encodePongFrame,
  encodeTextFrame,
  parseContainer,
} from "./index.ts";
import { anyNotification } from "./testing/arbitraries.ts";

/** What a `ws` client hears from a server that writes these frames to its socket and ends with a close frame. */
async function hear(...frames: Uint8Array[]): Promise<string[]> {
  const server = createServer();
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    const accept = createHash("sha1").update(
      `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
    );
    socket.on("error", () => socket.destroy());
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept.digest("base64")}\r\n\r\n`,
    );
    for (const frame of frames) socket.write(frame);
    socket.end(encodeCloseFrame(1000, "done"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const heard: string[] = [];
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  client.on("message", (data, isBinary) => heard.push(`${isBinary ? "binary" : "text"} ${data}`));
  client.on("ping", (data) => heard.push(`ping ${data}`));
  client.on("pong", (data) => heard.push(`pong ${data}`));
  client.on("close", (code, reason) => heard.push(`close ${code} ${reason}`));
  await once(client, "close");
  server.close();
  return heard;
}

describe("what the ws package reads from a socket", () => {
  test.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])("is the whole text of %i bytes", async (length) => {
    const text = "x".repeat(length);
    expect(await hear(encodeTextFrame(text))).toEqual([`text ${text}`, "close 1000 done"]);
  });

  test("is the same for bytes as for text, and any script", async () => {
    const text = "斗罗大陆 👩‍👩‍👧 עברית";
    const bytes = new TextEncoder().encode(text);
    expect(await hear(encodeTextFrame(bytes), encodeTextFrame(text))).toEqual([
      `text ${text}`,
      `text ${text}`,
      "close 1000 done",
    ]);
  });

  test("is pings and pongs with what they carry", async () => {
    const payload = new TextEncoder().encode("p".repeat(125));
    expect(await hear(encodePingFrame(), encodePingFrame(payload), encodePongFrame(payload))).toEqual([
      "ping ",
      `ping ${"p".repeat(125)}`,
      `pong ${"p".repeat(125)}`,
      "close 1000 done",
    ]);
  });

  test("is each document as it was written, however hostile its texts", async () => {
    const notifications = fc.sample(anyNotification, 200);
    const heard = await hear(...notifications.map((notification) => encodeTextFrame(encodeContainer(notification))));
    expect(heard.slice(0, -1).map((text) => parseContainer(text.slice("text ".length)))).toEqual(
      notifications.map((notification) => ({ ok: true, value: [notification] })),
    );
  });

  test("is the reason of a close, cut between two characters", async () => {
    expect(await hear(encodeCloseFrame(1013, "é".repeat(100)))).toEqual([`close 1013 ${"é".repeat(61)}`]);
    expect(await hear(encodeCloseFrame(4000))).toEqual(["close 4000 "]);
  });
});

describe("a frame", () => {
  test.each([125, 126, 65_535, 65_536])("of %i bytes uses the shortest length form", (length) => {
    const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    expect(encodeTextFrame("x".repeat(length))).toHaveLength(header + length);
  });

  test("that controls carries at most 125 bytes", () => {
    expect(() => encodePingFrame(new Uint8Array(126))).toThrow(RangeError);
    expect(() => encodePongFrame(new Uint8Array(126))).toThrow(RangeError);
  });

  test.each([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN])("does not close with %d", (code) => {
    expect(() => encodeCloseFrame(code)).toThrow(RangeError);
  });

  test("that closes is never longer than a control frame may be, and its reason is UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (reason) => {
        const frame = encodeCloseFrame(1000, reason);
        expect(frame.length).toBeLessThanOrEqual(2 + 125);
        const read = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(frame.subarray(4));
        expect(reason.toWellFormed().startsWith(read)).toBe(true);
      }),
    );
  });
});
