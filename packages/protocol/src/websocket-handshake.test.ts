import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import {
  checkHandshakeResponse,
  encodeCloseFrame,
  encodeTextFrame,
  type HandshakeRequest,
  HandshakeResponseReader,
  handshakeRequest,
  type ResponseHead,
  type WebSocketItem,
  WebSocketReader,
  websocketAccept,
  websocketKey,
} from "./index.ts";
import { cutAnywhere } from "./testing/arbitraries.ts";

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);
const key = "dGhlIHNhbXBsZSBub25jZQ==";
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const request = (parts: Partial<HandshakeRequest>) => handshakeRequest({ host: "localhost", path: "/", key, ...parts });

describe("a handshake", () => {
  test("has the accept of the example in RFC 6455, by WebCrypto and by a given SHA-1", async () => {
    expect(await websocketAccept(key)).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    expect(await websocketAccept(key, (bytes) => createHash("sha1").update(bytes).digest())).toBe(
      "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    );
  });

  test("opens a connection to ws on a raw socket, over which both talk", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    server.on("connection", (socket, { headers, url }) => {
      socket.send(`${url} ${headers["x-plex-token"]}`);
      socket.on("message", (data) => socket.send(`heard ${data}`));
    });
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, "127.0.0.1");
    const ours = websocketKey(random);
    socket.write(
      request({ host: `127.0.0.1:${port}`, path: "/:/x?a=%20", key: ours, headers: [["X-Plex-Token", "t\xe9"]] }),
    );
    const accept = await websocketAccept(ours);
    const head = new HandshakeResponseReader();
    const frames = new WebSocketReader({ role: "client" });
    const items: WebSocketItem[] = [];
    let open = false;
    for await (const chunk of socket) {
      const progress = open ? undefined : head.push(chunk);
      if (progress?.kind === "head") {
        expect(checkHandshakeResponse(progress.head, { accept })).toBeUndefined();
        open = true;
        socket.write(encodeTextFrame("hello", { random }));
        items.push(...frames.push(progress.rest));
      } else if (!progress) items.push(...frames.push(chunk));
      if (items.length === 2) socket.write(encodeCloseFrame(1000, "", { random }));
    }
    server.close();
    expect(items).toEqual([
      { kind: "text", text: "/:/x?a=%20 t\xe9" },
      { kind: "text", text: "heard hello" },
      { kind: "close", code: 1000, reason: "" },
    ]);
  });

  test("offers sub-protocols", () => {
    expect(new TextDecoder().decode(request({ protocols: ["a", "b"] }))).toContain("Sec-WebSocket-Protocol: a, b\r\n");
  });

  test.each<[string, Partial<HandshakeRequest>]>([
    ["a host with a line end", { host: "a\r\nX: y" }],
    ["a host with a path", { host: "a/b" }],
    ["no host", { host: "" }],
    ["a path with a blank", { path: "/a b" }],
    ["a path with a line end", { path: "/a\nb" }],
    ["a path with a fragment", { path: "/a#b" }],
    ["a whole URL for a path", { path: "http://a/" }],
    ["a key that is none", { key: "x" }],
    ["a sub-protocol with a comma", { protocols: ["a,b"] }],
    ["a header's name with a colon", { headers: [["a:b", ""]] }],
    ["a header's value with a line end", { headers: [["a", "secret\r\nb: c"]] }],
    ["a header's value with NUL", { headers: [["a", "\0"]] }],
    ["a header's value beyond Latin-1", { headers: [["a", "secret 斗"]] }],
    ["a header that is written anyway", { headers: [["Sec-WebSocket-Key", key]] }],
    ["another host in a header", { headers: [["HOST", "b"]] }],
  ])("refuses %s, without repeating it", (_, parts) => {
    expect(() => request(parts)).toThrow(RangeError);
    expect(() => request(parts)).not.toThrow(/secret/);
  });

  test("has as many lines as it should, whatever is asked for", () => {
    const part = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(part, part, part, part, (host, path, name, value) => {
        let sent: string;
        try {
          sent = new TextDecoder("latin1").decode(request({ host, path: `/${path}`, headers: [[name, value]] }));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        expect(sent.split(/[\r\n]+/)).toHaveLength(8);
        expect(sent.endsWith("\r\n\r\n")).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the answer to a handshake", () => {
  const answer =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nconnection: keep-alive, Upgrade\r\nX:\r\n\r\n";

  test("is read from chunks cut anywhere, with what follows it", () => {
    fc.assert(
      fc.property(cutAnywhere(latin1(`${answer}frames`)), (chunks) => {
        const reader = new HandshakeResponseReader();
        let rest = "";
        let head: ResponseHead | undefined;
        for (const chunk of chunks) {
          const progress = head ? undefined : reader.push(chunk);
          if (progress?.kind === "head") head = progress.head;
          if (head) rest += new TextDecoder().decode(progress?.kind === "head" ? progress.rest : chunk);
        }
        expect(rest).toBe("frames");
        expect(head).toMatchObject({ status: 101, statusText: "Switching Protocols" });
        expect(head?.headers.get("upgrade")).toBe("WebSocket");
        expect(head?.headers.get("x")).toBe("");
      }),
    );
  });

  test("joins repeated headers", () => {
    const progress = new HandshakeResponseReader().push(latin1("HTTP/1.1 401\r\na: 1\r\nA:2 \r\n\r\n"));
    expect(progress.kind === "head" && progress.head.headers.get("a")).toBe("1, 2");
  });

  test.each([
    "SSH-2.0-x\r\n\r\n",
    "HTTP/2 101\r\n\r\n",
    "HTTP/1.1 101\r\n folded\r\n\r\n",
    "HTTP/1.1 101\r\na b: c\r\n\r\n",
    "\r\n\r\n",
  ])("is not HTTP: %j", (text) => {
    expect(new HandshakeResponseReader().push(latin1(text))).toMatchObject({ error: { code: "not-http" } });
  });

  test("is refused when its head does not end, and never throws", () => {
    expect(new HandshakeResponseReader().push(new Uint8Array(20_000))).toMatchObject({ error: { code: "too-large" } });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(new HandshakeResponseReader({ maxBytes: 100 }).push(bytes).kind).not.toBe("head");
      }),
    );
  });

  const check = (status: number, headers: Record<string, string>) =>
    checkHandshakeResponse(
      { status, statusText: "", headers: new Map(Object.entries(headers)) },
      { accept: "A", protocols: ["p"] },
    )?.code;
  const good = { upgrade: "websocket", connection: "Upgrade", "sec-websocket-accept": "A" };

  test("is taken only if it is one", () => {
    expect(check(101, good)).toBeUndefined();
    expect(check(101, { ...good, "sec-websocket-protocol": "p" })).toBeUndefined();
    expect(check(401, good)).toBe("status");
    expect(check(101, { ...good, upgrade: "h2c" })).toBe("not-websocket");
    expect(check(101, { ...good, connection: "close" })).toBe("not-websocket");
    expect(check(101, { ...good, "sec-websocket-accept": "B" })).toBe("bad-accept");
    expect(check(101, { ...good, "sec-websocket-extensions": "permessage-deflate" })).toBe("unasked");
    expect(check(101, { ...good, "sec-websocket-protocol": "q" })).toBe("unasked");
  });
});
