import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as ws from "ws";
import {
  encodeBinaryFrame,
  encodeCloseFrame,
  encodeFrame,
  encodePingFrame,
  encodePongFrame,
  encodeTextFrame,
  type FrameOptions,
  type WebSocketItem,
  WebSocketReader,
  type WebSocketReaderOptions,
} from "./index.ts";
import { cutAnywhere, hostileText } from "./testing/arbitraries.ts";

/** The halves of `ws`, which its types leave out. */
interface WsReceiver extends NodeJS.WritableStream {
  on(event: string, listener: (...args: never[]) => void): this;
}
interface WsSender {
  send(data: Uint8Array, options: object): void;
  ping(data: Uint8Array, mask: boolean): void;
  pong(data: Uint8Array, mask: boolean): void;
  close(code: number | undefined, reason: string, mask: boolean): void;
}
const { Receiver, Sender } = ws as unknown as {
  Receiver: new (options: object) => WsReceiver;
  Sender: new (socket: object) => WsSender;
};

type Role = WebSocketReaderOptions["role"];
const roles: Role[] = ["client", "server"];
const utf8 = new TextEncoder();

/** A step of a conversation: a message in so many fragments with control frames between them. */
interface Message {
  readonly binary: boolean;
  readonly payload: Uint8Array;
  readonly cuts: readonly number[];
  readonly between: readonly { readonly kind: "ping" | "pong"; readonly data: Uint8Array }[];
}

const controlPayload = fc.uint8Array({ maxLength: 125 });
const size = fc.constantFrom(10, 130, 300, 70_000);
const payload = size.chain((maxLength) => fc.uint8Array({ maxLength, size: "max" }));
const anyMessage: fc.Arbitrary<Message> = fc
  .oneof(
    fc.record({ binary: fc.constant(true), payload }),
    fc.record({ binary: fc.constant(false), payload: hostileText.map((text) => utf8.encode(text)) }),
  )
  .chain((message) =>
    fc.record({
      binary: fc.constant(message.binary),
      payload: fc.constant(message.payload),
      cuts: fc
        .array(fc.nat({ max: message.payload.length }), { maxLength: 4 })
        .map((cuts) => cuts.sort((a, b) => a - b)),
      between: fc.array(fc.record({ kind: fc.constantFrom("ping", "pong"), data: controlPayload }), { maxLength: 3 }),
    }),
  );
const conversation = fc.array(anyMessage, { maxLength: 6 });

/** What the other side has to hear of it. Control frames go out after the first fragment. */
function heardOf(messages: readonly Message[]): WebSocketItem[] {
  return messages.flatMap(({ binary, payload, between }): WebSocketItem[] => [
    ...between,
    binary ? { kind: "binary", data: payload } : { kind: "text", text: decode(payload) },
  ]);
}

const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

function fragmentsOf({ payload, cuts }: Message): Uint8Array[] {
  const edges = [0, ...cuts, payload.length];
  return edges.slice(1).map((end, index) => payload.subarray(edges[index], end));
}

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);
const writtenBy = (role: Role): FrameOptions => (role === "client" ? { random } : {});
const other = (role: Role): Role => (role === "client" ? "server" : "client");

/** Our writer, fragments and all; a message without fragments and without control frames goes by the short forms. */
function written(messages: readonly Message[], role: Role): Uint8Array[] {
  const options = writtenBy(role);
  return messages.flatMap((message) => {
    const fragments = fragmentsOf(message);
    const between = message.between.map(({ kind, data }) =>
      kind === "ping" ? encodePingFrame(data, options) : encodePongFrame(data, options),
    );
    if (fragments.length === 1) {
      return [...between, (message.binary ? encodeBinaryFrame : encodeTextFrame)(message.payload, options)];
    }
    const frames = fragments.map((fragment, index) =>
      encodeFrame(index > 0 ? "continuation" : message.binary ? "binary" : "text", fragment, {
        ...options,
        fin: index === fragments.length - 1,
      }),
    );
    return [...frames.slice(0, 1), ...between, ...frames.slice(1)];
  });
}

/** The same conversation as `ws` writes it. */
function writtenByWs(messages: readonly Message[], role: Role): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const keep = (data: Uint8Array) => chunks.push(Uint8Array.from(data)) > 0;
  const sender = new Sender({ write: keep, cork: () => 0, uncork: () => 0 });
  const mask = role === "client";
  for (const message of messages) {
    const fragments = fragmentsOf(message);
    const sendBetween = () => {
      for (const { kind, data } of message.between) sender[kind](data, mask);
    };
    if (fragments.length === 1) sendBetween();
    fragments.forEach((fragment, index) => {
      const fin = index === fragments.length - 1;
      sender.send(Buffer.from(fragment), { binary: message.binary, compress: false, fin, mask });
      if (index === 0 && !fin) sendBetween();
    });
  }
  sender.close(1001, "going away", mask);
  return chunks;
}

/** What `ws` reads from these bytes, in our words. */
async function readByWs(chunks: readonly Uint8Array[], role: Role, maxPayload = 0): Promise<WebSocketItem[]> {
  const receiver = new Receiver({ isServer: role === "server", maxPayload });
  const items: WebSocketItem[] = [];
  receiver.on("message", (data: Buffer, isBinary: boolean) =>
    items.push(isBinary ? { kind: "binary", data: Uint8Array.from(data) } : { kind: "text", text: decode(data) }),
  );
  receiver.on("ping", (data: Buffer) => items.push({ kind: "ping", data: Uint8Array.from(data) }));
  receiver.on("pong", (data: Buffer) => items.push({ kind: "pong", data: Uint8Array.from(data) }));
  receiver.on("conclude", (code: number, reason: Buffer) =>
    items.push({ kind: "close", code, reason: decode(reason) }),
  );
  receiver.on("error", (error: Error) => {
    const symbol = Object.getOwnPropertySymbols(error).find((key) => key.description === "status-code");
    const closeCode = (error as unknown as Record<symbol, 1002 | 1007 | 1009>)[symbol ?? Symbol()] ?? 1002;
    items.push({ kind: "error", error: { closeCode, message: error.message } });
  });
  for (const chunk of chunks) {
    // Copied: a server's receiver of `ws` unmasks in place. After a close frame it takes no more.
    if (receiver.writable) receiver.write(Buffer.from(chunk));
  }
  await setImmediate();
  return items;
}

function read(chunks: readonly Uint8Array[], options: Partial<WebSocketReaderOptions> = {}): WebSocketItem[] {
  const reader = new WebSocketReader({ role: "client", ...options });
  return chunks.flatMap((chunk) => reader.push(chunk));
}

const bytes = (...values: number[]) => Uint8Array.from(values);
const joined = (chunks: readonly Uint8Array[]) => Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
const failure = (closeCode: number) => ({ kind: "error", error: { closeCode, message: expect.any(String) } });

describe.each(roles)("beside the ws package, a %s", (role) => {
  test("reads all that ws writes, however it is fragmented and cut", () => {
    const cut = conversation.chain((messages) =>
      fc.tuple(fc.constant(messages), cutAnywhere(joined(writtenByWs(messages, other(role))))),
    );
    fc.assert(
      fc.property(cut, ([messages, chunks]) => {
        expect(read(chunks, { role })).toEqual([
          ...heardOf(messages),
          { kind: "close", code: 1001, reason: "going away" },
        ]);
      }),
      { numRuns: 150 },
    );
  });

  test("writes what ws reads, however it is fragmented and cut", async () => {
    const cut = conversation.chain((messages) => {
      const frames = [...written(messages, role), encodeCloseFrame(4000, "done", writtenBy(role))];
      return fc.tuple(fc.constant(messages), cutAnywhere(joined(frames)));
    });
    await fc.assert(
      fc.asyncProperty(cut, async ([messages, chunks]) => {
        expect(await readByWs(chunks, other(role))).toEqual([
          ...heardOf(messages),
          { kind: "close", code: 4000, reason: "done" },
        ]);
      }),
      { numRuns: 150 },
    );
  });

  test("takes and refuses what ws does, when a byte of the conversation is damaged", async () => {
    const damaged = conversation.chain((messages) => {
      const whole = joined([...written(messages, other(role)), encodeCloseFrame(1000, "é", writtenBy(other(role)))]);
      return fc.tuple(fc.constant(whole), fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }));
    });
    await fc.assert(
      fc.asyncProperty(damaged, async ([whole, place, value]) => {
        const chunk = whole.with(place, value);
        const ours = read([chunk], { role, maxMessageBytes: 100_000 });
        const last = ours.at(-1);
        // RFC 6455 section 5.2 forbids long forms of a length and negative ones; `ws` takes the first and calls the others too large.
        fc.pre(!(last?.kind === "error" && /shortest|negative/.test(last.error.message)));
        const withoutMessages = (items: WebSocketItem[]) =>
          items.map((item) => (item.kind === "error" ? item.error.closeCode : item));
        // `ws` looks at a frame's first byte only when it has the second: a lone bad one it has not refused yet.
        const chunks = last?.kind === "error" ? [chunk, bytes(0)] : [chunk];
        expect(withoutMessages(ours)).toEqual(withoutMessages(await readByWs(chunks, role, 100_000)));
      }),
      { numRuns: 300 },
    );
  });
});

test("a frame whose first byte cannot be one is refused with that byte", () => {
  expect(read([bytes(0x81, 0x01, 0x61, 0x2d)])).toEqual([{ kind: "text", text: "a" }, failure(1002)]);
});

describe("a reader of frames", () => {
  test("never throws on garbage, hangs or reports after the end", () => {
    fc.assert(
      fc.property(fc.constantFrom(...roles), fc.array(fc.uint8Array({ maxLength: 50 })), (role, chunks) => {
        const reader = new WebSocketReader({ role, maxMessageBytes: 1000 });
        for (const chunk of chunks) {
          const ended = reader.ended;
          const items = reader.push(chunk);
          if (ended) expect(items).toEqual([]);
          const end = items.findIndex(({ kind }) => kind === "close" || kind === "error");
          if (end >= 0) expect(end).toBe(items.length - 1);
          expect(reader.ended).toBe(ended || end >= 0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("hands out a whole binary frame without copying it", () => {
    const frame = encodeBinaryFrame(bytes(1, 2, 3));
    const [item] = read([frame]);
    expect(item?.kind === "binary" && item.data.buffer).toBe(frame.buffer);
  });

  test("reads a large message in many small chunks in linear time", () => {
    const frame = encodeTextFrame("x".repeat(4 * 1024 * 1024), { random });
    const once = (length: number) => {
      const reader = new WebSocketReader({ role: "server" });
      const began = performance.now();
      for (let at = 0; at < length; at += 16) reader.push(frame.subarray(at, at + 16));
      return performance.now() - began;
    };
    // The best of some: what else the machine does only ever adds to it.
    const time = (length: number) => Math.min(...[1, 2, 3].map(() => once(length)));
    // Quadratic would be 64 times.
    expect(time(frame.length) / time(frame.length / 8)).toBeLessThan(32);
  });

  test("believes no length before its bytes come", () => {
    const announced = bytes(0x82, 127, 0, 0, 0, 0, 0x3b, 0x9a, 0xca, 0, 1, 2, 3);
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 1000 }, () => {
      const reader = new WebSocketReader({ role: "client", maxMessageBytes: 2 ** 30 });
      expect(reader.push(announced)).toEqual([]);
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000 * readers.length);
  });

  test("keeps a byte order mark, as the text's author wrote it", () => {
    expect(read([encodeTextFrame("\ufeffx")])).toEqual([{ kind: "text", text: "\ufeffx" }]);
  });

  test.each([
    ["a reserved bit", bytes(0xc1, 0)],
    ["a reserved opcode", bytes(0x83, 0)],
    ["a reserved control opcode", bytes(0x8b, 0)],
    ["a continuation of nothing", bytes(0x80, 0)],
    ["a message within a message", bytes(0x01, 0, 0x81, 0)],
    ["a fragmented ping", bytes(0x09, 0)],
    ["a ping of 126 bytes", bytes(0x89, 126)],
    ["a masked frame", bytes(0x81, 0x80)],
    ["a length of 16 bits that fits in 7", bytes(0x81, 126, 0, 125)],
    ["a length of 64 bits that fits in 16", bytes(0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff)],
    ["a negative length", bytes(0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0)],
    ["a close frame with half a code", bytes(0x88, 1, 3)],
    ["a close frame with 1005", bytes(0x88, 2, 0x03, 0xed)],
  ])("answers %s with 1002, as soon as it is seen", (_, wrong) => {
    expect(read([encodeTextFrame("before"), wrong, encodeTextFrame("after")])).toEqual([
      { kind: "text", text: "before" },
      failure(1002),
    ]);
  });

  test("answers an unmasked frame to a server with 1002", () => {
    expect(read([encodePingFrame()], { role: "server" })).toEqual([failure(1002)]);
  });

  test("answers text and reasons that are not UTF-8 with 1007", () => {
    expect(read([encodeTextFrame(bytes(0xc3, 0x28))])).toEqual([failure(1007)]);
    expect(read([encodeTextFrame(bytes(0xed, 0xa0, 0x80))])).toEqual([failure(1007)]);
    expect(read([encodeFrame("close", bytes(0x03, 0xe8, 0xff))])).toEqual([failure(1007)]);
  });

  test("joins characters whose bytes lie in two fragments", () => {
    const [first, second] = [bytes(0xc3), bytes(0xa9)];
    expect(read([encodeFrame("text", first, { fin: false }), encodeFrame("continuation", second)])).toEqual([
      { kind: "text", text: "é" },
    ]);
  });

  test("answers with 1009 what is longer than the limits, before it has come", () => {
    const limits = { maxFrameBytes: 200, maxMessageBytes: 300 };
    expect(read([encodeBinaryFrame(new Uint8Array(200))], limits)).toMatchObject([{ kind: "binary" }]);
    expect(read([encodeBinaryFrame(new Uint8Array(201)).subarray(0, 4)], limits)).toEqual([failure(1009)]);
    const half = encodeFrame("text", new Uint8Array(151), { fin: false });
    expect(read([half, encodeFrame("continuation", new Uint8Array(150)).subarray(0, 4)], limits)).toEqual([
      failure(1009),
    ]);
    expect(read([bytes(0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)], limits)).toEqual([failure(1009)]);
  });

  test("reports a close without a code as 1005, and nothing after it", () => {
    expect(read([encodeFrame("close", bytes()), encodePingFrame()])).toEqual([
      { kind: "close", code: 1005, reason: "" },
    ]);
  });
});

describe("a writer of frames", () => {
  test("masks each frame with its own key, and leaves the payload as it is", () => {
    const text = utf8.encode("hello");
    const keys = [bytes(1, 2, 3, 4), bytes(5, 6, 7, 8)];
    const next = (target: Uint8Array) => target.set(keys.shift() ?? []);
    expect(encodeTextFrame(text, { random: next })).toEqual(
      bytes(0x81, 0x85, 1, 2, 3, 4, 0x68 ^ 1, 0x65 ^ 2, 0x6c ^ 3, 0x6c ^ 4, 0x6f ^ 1),
    );
    expect(encodePingFrame(undefined, { random: next })).toEqual(bytes(0x89, 0x80, 5, 6, 7, 8));
    expect(text).toEqual(utf8.encode("hello"));
  });

  test("does not fragment control frames", () => {
    expect(() => encodeFrame("ping", bytes(), { fin: false })).toThrow(RangeError);
    expect(() => encodeFrame("close", new Uint8Array(126))).toThrow(RangeError);
  });
});
