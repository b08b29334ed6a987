import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { encodeContainer, encodeSseNotification, encodeTextFrame, websocketAccept } from "@reelay/protocol";
import { ConnectionError, NotificationFormatError, type NotificationStream, PlexAPI } from "@reelay/sdk";
import fc from "fast-check";
import { expect, test } from "vitest";
import { expectNoUnhandledRejections } from "../support/unhandled-rejections.ts";
import { until } from "../support/wait.ts";
import { listen } from "./stand-in/listen.ts";
import { playing } from "./stand-in/notifications.ts";

expectNoUnhandledRejections();

const transports = ["websocket", "eventsource"] as const;
type Transport = (typeof transports)[number];

/** A server that opens either stream as it should, and then writes the chunks that it is given, each as its own packet. */
async function speak(chunks: (transport: Transport) => Iterable<Uint8Array>, end: "close" | "cut" | "stay" = "close") {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.once("data", async (request) => {
      const [, key] = /sec-websocket-key: (.*)\r\n/i.exec(String(request)) ?? [];
      const transport = key === undefined ? "eventsource" : "websocket";
      socket.write(
        key === undefined
          ? "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
          : `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${await websocketAccept(key)}\r\n\r\n`,
      );
      for (const chunk of chunks(transport)) {
        if (socket.destroyed) return;
        if (!socket.write(chunk))
          await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => undefined);
        await new Promise(setImmediate);
      }
      if (end === "close") socket.end();
      else if (end === "cut") socket.destroy();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: "t",
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const open = (url: string, transport: Transport): Promise<NotificationStream> => {
  const { events } = new PlexAPI({ serverURL: url, token: "t" });
  return transport === "websocket" ? events.connectWebSocket({}) : events.getNotifications({});
};

const frame = (transport: Transport, number: number): Uint8Array =>
  transport === "websocket"
    ? encodeTextFrame(encodeContainer(playing(number)))
    : new TextEncoder().encode(encodeSseNotification(playing(number)));

function* cut(bytes: Uint8Array, sizes: readonly number[]): Iterable<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.length) return;
    yield bytes.subarray(at, at + size);
    at += size;
  }
  if (at < bytes.length) yield bytes.subarray(at);
}

test.each(transports)("%s: chunks cut anywhere are the same events", async (transport) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 60 }), async (sizes) => {
      const bytes = Buffer.concat(Array.from({ length: 12 }, (_, number) => frame(transport, number)));
      await using server = await speak((its) =>
        cut(Buffer.concat(Array.from({ length: 12 }, (_, number) => frame(its, number))), sizes),
      );
      expect(bytes.length).toBeGreaterThan(0);
      const stream = await open(server.url, transport);
      const offsets: unknown[] = [];
      for await (const event of stream.events()) {
        offsets.push(event.type === "playing" && event.entry.viewOffset);
        if (offsets.length === 12) break;
      }
      expect(offsets).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    }),
    { numRuns: 40 },
  );
});

test.each(transports)(
  "%s: whatever bytes come, a stream ends or goes on, and fails with a typed error only",
  async (transport) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 300 }),
            fc.string({ unit: "binary", maxLength: 100 }).map((text) => new TextEncoder().encode(text)),
          ),
          { maxLength: 12 },
        ),
        fc.constantFrom("close", "cut"),
        async (chunks, end) => {
          await using server = await speak((its) => [frame(its, 1), ...chunks], end);
          const stream = await open(server.url, transport);
          const problems: unknown[] = [];
          let first: unknown;
          try {
            for await (const event of stream.events({ onError: (error) => problems.push(error) })) first ??= event;
          } catch (error) {
            expect(error).toBeInstanceOf(ConnectionError);
          }
          // A reset may overtake what was sent before it.
          if (end === "close") expect(first).toMatchObject({ type: "playing" });
          for (const problem of problems) expect(problem).toBeInstanceOf(NotificationFormatError);
        },
      ),
      { numRuns: 80 },
    );
  },
);

test.each(transports)("%s: a subscription lives through garbage and tells what comes after it", async (transport) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 6 }), async (chunks) => {
      let connections = 0;
      await using server = await speak(
        (its) => (++connections === 1 ? [frame(its, 1), ...chunks] : [frame(its, 2)]),
        "cut",
      );
      await using listening = listen(server, { transport });
      await until(
        () => listening.events.some((event) => event.type === "playing" && event.entry.viewOffset === 2),
        "the second",
      );
      expect(listening.errors.every((error) => error instanceof NotificationFormatError)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test.each(transports)(
  "%s: 100 MB without an end cost no memory, and end in a typed error or are skipped",
  async (transport) => {
    const MEGABYTES = 100;
    const block = new Uint8Array(1024 * 1024).fill("x".charCodeAt(0));
    const kept: number[] = [];
    const line = function* (its: Transport): Iterable<Uint8Array> {
      if (its === "websocket") {
        const header = new Uint8Array(10);
        header.set([0x81, 127]);
        new DataView(header.buffer).setBigUint64(2, BigInt(MEGABYTES * block.length));
        yield header;
      } else yield new TextEncoder().encode("data: ");
      for (let count = 0; count < MEGABYTES; count++) yield block;
      // Whoever keeps the line has all of it now.
      kept.push(memory());
      if (its === "eventsource") yield new TextEncoder().encode("\n\n");
      yield frame(its, 7);
    };
    await using server = await speak(line, "stay");
    const before = memory();
    await using listening = listen(server, { transport, reconnect: false });
    if (transport === "websocket") await expect(listening.subscription.closed).rejects.toThrow(ConnectionError);
    else await until(() => listening.events.length === 1, "the event after it", 90_000);
    kept.push(memory());
    expect(listening.errors[0]).toMatchObject({ name: "NotificationFormatError", code: "too-large" });
    // What is under way between the two is in this process as well.
    expect((Math.max(...kept) - before) / 1024 / 1024).toBeLessThan(40);
  },
  120_000,
);

/** Bytes that are in use, without what is garbage already. */
function memory(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}
