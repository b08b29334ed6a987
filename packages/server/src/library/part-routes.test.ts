import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGate, createHttp } from "../http/index.ts";
import { createLogger } from "../support/index.ts";
import { partRoutes } from "./part-routes.ts";
import { Rig } from "./testing/rig.ts";

const rig = new Rig();
let app: FastifyInstance;
let path: string;
let key: string;
let bytes: Buffer;

beforeAll(async () => {
  const section = await rig.section("movie");
  path = rig.put('Ünder "way" (2001).mp4');
  bytes = readFileSync(path);
  await rig.scan(section);
  const [film] = await rig.items(section, "movie");
  const [media] = (film?.Media ?? []) as readonly { Part: readonly { key: string }[] }[];
  key = media?.Part[0]?.key ?? "";
  const viewer = { admin: false, tokenName: "x", tokenId: "x" };
  const gate = createGate({
    authenticate: (token) =>
      token === "in"
        ? { ...viewer, accountId: 1, sections: "all" }
        : { ...viewer, accountId: 2, sections: new Set<number>() },
  });
  app = createHttp({ gate, log: createLogger("silent") });
  await app.register(partRoutes, { database: rig.database });
});
afterAll(async () => {
  await app.close();
  await rig.close();
});

function ask(headers: Record<string, string> = {}, { url = key, method = "GET" as "GET" | "HEAD", token = "in" } = {}) {
  return app.inject({ method, url, headers: { host: "localhost", "x-plex-token": token, ...headers } });
}

test("the file that the item names is served whole, as what it is", async () => {
  const reply = await ask();
  expect(reply.statusCode).toBe(200);
  expect(reply.headers).toMatchObject({ "content-type": "video/mp4", "accept-ranges": "bytes" });
  expect(reply.rawPayload.equals(bytes)).toBe(true);
});

test("a HEAD tells all but the file", async () => {
  const [head, get] = [await ask({}, { method: "HEAD" }), await ask()];
  expect(head.rawPayload).toHaveLength(0);
  for (const name of ["content-length", "etag", "last-modified", "content-type"]) {
    expect(head.headers[name], name).toBe(get.headers[name]);
  }
});

test.each([
  ["bytes=0-99", 0, 99],
  ["bytes=100-", 100, -1],
  ["bytes=-50", -50, -1],
])("%s is that part and no more", async (range, first, last) => {
  const reply = await ask({ range });
  const start = first < 0 ? bytes.length + first : first;
  const end = last < 0 ? bytes.length + last : last;
  expect(reply.statusCode).toBe(206);
  expect(reply.headers["content-range"]).toBe(`bytes ${start}-${end}/${bytes.length}`);
  expect(reply.rawPayload.equals(bytes.subarray(start, end + 1))).toBe(true);
});

test("a range behind the end is refused with the length", async () => {
  const reply = await ask({ range: `bytes=${bytes.length}-` });
  expect([reply.statusCode, reply.headers["content-range"]]).toEqual([416, `bytes */${bytes.length}`]);
});

test("who has it is told so; who has another gets all of it instead of a range", async () => {
  const etag = String((await ask()).headers.etag);
  expect((await ask({ "if-none-match": etag })).statusCode).toBe(304);
  expect((await ask({ "if-match": '"other"' })).statusCode).toBe(412);
  expect((await ask({ range: "bytes=0-9", "if-range": etag })).statusCode).toBe(206);
  expect((await ask({ range: "bytes=0-9", "if-range": '"other"' })).statusCode).toBe(200);
});

test("a download has the file's name, whatever it holds", async () => {
  const reply = await ask({}, { url: `${key}?download=1` });
  expect(reply.headers["content-disposition"]).toBe(
    `attachment; filename="_nder _way_ (2001).mp4"; filename*=UTF-8''%C3%9Cnder%20%22way%22%20%282001%29.mp4`,
  );
});

test("there is nothing for who may not use the section, of what is unknown, and of what is gone", async () => {
  expect((await ask({}, { token: "out" })).statusCode).toBe(404);
  expect((await ask({}, { url: "/library/parts/4711/1/file.mp4" })).statusCode).toBe(404);
  expect((await ask({}, { url: "/library/parts/x/1/file.mp4" })).statusCode).toBe(400);
  rmSync(path);
  expect((await ask()).statusCode).toBe(404);
  writeFileSync(path, "");
  const empty = await ask();
  expect([empty.statusCode, empty.headers["content-length"], empty.body]).toEqual([200, "0", ""]);
});
