import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLogger } from "../support/index.ts";
import { createGate, createHttp, listen, sendEmpty } from "./index.ts";

let app: FastifyInstance;
let port: number;
beforeEach(async () => {
  const viewer = { accountId: 1, admin: true, sections: "all", tokenId: "t", tokenName: "t" } as const;
  const gate = createGate({ authenticate: (token) => (token === "owner" ? viewer : undefined) });
  app = createHttp({ gate, log: createLogger("silent"), limits: { headTime: 50, requestTime: 50, checkEach: 10 } });
  app.get("/identity", { config: { public: true } }, (_request, reply) => sendEmpty(reply));
  ({ port } = await listen(app, { host: "127.0.0.1", port: 0 }));
});
afterEach(() => app.close());

/** All that comes back until the server ends the connection. */
async function exchange(send: (socket: Socket) => void): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let received = "";
  socket.setEncoding("latin1").on("data", (text) => {
    received += text;
  });
  socket.on("end", () => socket.end());
  socket.on("error", () => socket.destroy());
  const closed = once(socket, "close");
  send(socket);
  await closed;
  return received;
}

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Plex-Token: owner\r\n\r\n`;

test("who says nothing is told so when the time for a head is over", async () => {
  const answer = await exchange(() => undefined);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain("x-reelay-error: REELAY_TIMEOUT");
});

test("who has gone without a word is let go", async () => {
  expect(await exchange((socket) => socket.end())).toBe("");
});

test("who breaks off without a word harms nobody", async () => {
  const socket = connect(port, "127.0.0.1");
  const accepted = once(app.server, "connection") as Promise<[Socket]>;
  await once(socket, "connect");
  const [inner] = await accepted;
  const closed = new Promise((resolve) => inner.once("close", resolve));
  socket.resetAndDestroy();
  await closed;
  expect((await fetch(`http://127.0.0.1:${port}/identity`)).status).toBe(200);
});

test("a route answers on the bare socket, or leaves the request as it was to the others", async () => {
  app.atFirstChunk((head, letIn) => {
    if (head.url !== "/mine") return undefined;
    const { tokenId } = letIn(head);
    return (socket) => socket.end(`for ${tokenId}`);
  });
  expect(await exchange((socket) => socket.write(GET("/mine")))).toBe("for t");
  expect(await exchange((socket) => socket.end(GET("/identity")))).toMatch(/^HTTP\/1\.1 200 /);
});

test("a route that refuses leaves the answer to the others; one that fails while it answers ends the connection", async () => {
  app.atFirstChunk(({ url }) => {
    if (url === "/identity") throw new Error("refused");
    return () => {
      throw new Error("broken");
    };
  });
  expect(await exchange((socket) => socket.end(GET("/identity")))).toMatch(/^HTTP\/1\.1 200 /);
  expect(await exchange((socket) => socket.write(GET("/other")))).toBe("");
});
