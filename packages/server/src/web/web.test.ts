import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createGate, createHttp } from "../http/index.ts";
import { createLogger } from "../support/index.ts";
import { PageBuild, PageFiles, webRoutes } from "./index.ts";

const SCRIPT = "console.info('the page')";
const HTML = '<base href="__REELAY_BASE__"><script nonce="__REELAY_NONCE__" src="./assets/a-1.js"></script>';

let folder: string;
let app: FastifyInstance;
let building: boolean;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelay-web-"));
  building = false;
  app = createHttp({ gate: createGate({ authenticate: () => undefined }), log: createLogger("silent") });
  await app.register(webRoutes, { files: new PageFiles(folder), building: () => building });
});
afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

async function makePage(html = HTML, stamp = "1"): Promise<void> {
  await mkdir(join(folder, "assets"), { recursive: true });
  await writeFile(join(folder, "index.html"), html);
  await writeFile(join(folder, "assets", "a-1.js"), SCRIPT);
  await writeFile(join(folder, "assets", "a-1.js.br"), brotliCompressSync(SCRIPT));
  await writeFile(join(folder, "assets", "a-1.js.gz"), gzipSync(SCRIPT));
  await writeFile(join(folder, "built-from"), stamp);
}

const get = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  app.inject({ url, headers: { host: "localhost", ...headers } });

test("the page is there without a token, under each address within it, with a nonce of its own each time", async () => {
  await makePage();
  const answers = [await get("/web"), await get("/web/events?type=item.created")];
  const nonces = answers.map((answer) => {
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
    const nonce = /nonce="([^"]+)"/.exec(answer.body)?.[1];
    const policy = String(answer.headers["content-security-policy"]);
    expect(policy).toContain(`script-src 'nonce-${nonce}' 'strict-dynamic'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    return nonce;
  });
  expect(new Set(nonces).size).toBe(2);
});

test.each([
  ["/web", "web/"],
  ["/web/", "./"],
  ["/web/now", "./"],
  ["/web/library/3", "../"],
  ["/web/library/item/42?a=/b", "../../"],
])("%s finds the page's folder at %s, whatever path a proxy puts before it", async (url, base) => {
  await makePage();
  expect((await get(url)).body).toContain(`<base href="${base}">`);
});

test.each([
  ["br, gzip", "br", brotliDecompressSync],
  ["gzip, deflate", "gzip", gunzipSync],
  ["gzip, br;q=0", "gzip", gunzipSync],
  ["", undefined, (bytes: Buffer) => bytes],
])("for Accept-Encoding %j a script comes as %s, to be kept for ever", async (accepted, coding, decode) => {
  await makePage();
  const answer = await get("/web/assets/a-1.js", { "accept-encoding": accepted });
  expect(answer.headers["content-encoding"]).toBe(coding);
  expect(answer.headers).toMatchObject({
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": "public, max-age=31536000, immutable",
    vary: "Accept-Encoding",
  });
  expect(decode(answer.rawPayload).toString()).toBe(SCRIPT);
});

test.each(["/web/assets/gone-0.js", "/web/assets/..%2f..%2findex.html", "/web/assets/a-1.js.br"])(
  "%s is no file of the page",
  async (url) => {
    await makePage();
    expect((await get(url)).statusCode).toBe(404);
  },
);

test("while it is built the page says so and looks again", async () => {
  building = true;
  const answer = await get("/web/now");
  expect(answer.statusCode).toBe(503);
  expect(answer.headers["retry-after"]).toBe("2");
  expect(answer.body).toContain("being built");
  expect(answer.body).toContain('http-equiv="refresh"');
});

test("a page that is not built says what to do, and one that was built meanwhile is served", async () => {
  const before = await get("/web");
  expect(before.statusCode).toBe(503);
  expect(before.body).toContain("npm run build");
  await makePage();
  expect((await get("/web")).statusCode).toBe(200);
});

test("who reaches the server under a name that is not its own gets no page", async () => {
  await makePage();
  expect((await get("/web", { host: "rebound.example" })).statusCode).toBe(403);
});

test("a build that ends is over, also one that fails", async () => {
  const script = join(folder, "build.mjs");
  for (const code of [0, 1]) {
    await writeFile(script, `process.exitCode = ${code};`);
    await using build = new PageBuild({ script, log: createLogger("silent") });
    expect(build.running).toBe(true);
    await vi.waitUntil(() => !build.running, { timeout: 30_000 });
  }
});

test("a build that is not over ends with the server", async () => {
  const script = join(folder, "build.mjs");
  await writeFile(script, "setInterval(() => undefined, 1000);");
  const build = new PageBuild({ script, log: createLogger("silent") });
  await build[Symbol.asyncDispose]();
  expect(build.running).toBe(false);
});
