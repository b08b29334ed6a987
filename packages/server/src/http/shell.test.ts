import { parseMediaContainerXml } from "@reelay/protocol";
import type { FastifyInstance, InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createLogger } from "../support/index.ts";
import {
  createGate,
  createHttp,
  parseBody,
  parseQuery,
  requireAdmin,
  searchParams,
  sendContainer,
  sendEmpty,
  viewerOf,
} from "./index.ts";

const host = "127.0.0.1:32400";
let app: FastifyInstance;

beforeAll(async () => {
  const gate = createGate({
    authenticate: (token) =>
      token === "owner" || token === "guest"
        ? {
            accountId: token === "owner" ? 1 : 2,
            admin: token === "owner",
            sections: "all",
            tokenId: token,
            tokenName: token,
          }
        : undefined,
  });
  app = createHttp({ gate, log: createLogger("silent") });
  await app.register(async (routes) => {
    routes.get("/identity", { config: { public: true } }, (request, reply) =>
      sendContainer(request, reply, { size: 0 }),
    );
    routes.get("/library/sections/:id", (request, reply) =>
      sendContainer(request, reply, { size: 0, name: "a<b", account: viewerOf(request).accountId }),
    );
    routes.post("/library/sections/:id", (_request, reply) => sendEmpty(reply));
    routes.get("/::/prefs", (_request, reply) => sendEmpty(reply));
    routes.get("/admin", (request, reply) => {
      requireAdmin(request);
      return sendEmpty(reply);
    });
    routes.get("/number", (request) => parseQuery(z.object({ n: z.coerce.number().int().min(1).max(9) }), request));
    routes.get("/all", (request) => searchParams(request.raw).getAll("a"));
    routes.post("/body", (request) => parseBody(z.object({ name: z.string() }), request));
    routes.get("/broken", () => {
      throw new Error("ENOENT: no such file, open '/home/somebody/secret'");
    });
  });
  await app.ready();
});
afterAll(() => app.close());

function ask(url: string, options: InjectOptions & { readonly token?: string | null } = {}) {
  const { token = "owner", headers, ...rest } = options;
  return app.inject({
    url,
    method: "GET",
    ...rest,
    headers: { host, ...(token === null ? {} : { "x-plex-token": token }), ...headers },
  });
}

describe("answers", () => {
  test("are XML by default, JSON when Accept prefers it", async () => {
    const xml = await ask("/library/sections/1");
    expect(xml.headers).toMatchObject({
      "content-type": "text/xml;charset=utf-8",
      "x-plex-protocol": "1.0",
      vary: "Accept",
    });
    expect(parseMediaContainerXml(xml.body)).toMatchObject({ value: { container: { name: "a<b", account: "1" } } });
    const json = await ask("/library/sections/1", { headers: { accept: "application/json" } });
    expect(json.headers["content-type"]).toMatch(/^application\/json/);
    expect(json.json()).toEqual({ MediaContainer: { size: 0, name: "a<b", account: 1 } });
  });

  test("to actions are empty", async () => {
    const answer = await ask("/library/sections/1", { method: "POST" });
    expect([answer.statusCode, answer.body, answer.headers["content-length"]]).toEqual([200, "", "0"]);
  });

  test("carry no token on to the next site", async () => {
    expect((await ask("/library/sections/1")).headers["referrer-policy"]).toBe("no-referrer");
  });
});

describe("errors", () => {
  test("have one form in JSON and one in XML", async () => {
    const json = await ask("/nothing", { headers: { accept: "application/json" } });
    expect(json.statusCode).toBe(404);
    expect(json.json()).toEqual({
      error: { code: "REELAY_NOT_FOUND", status: 404, cause: expect.any(String), remedy: expect.any(String) },
    });
    const xml = await ask("/nothing");
    expect(parseMediaContainerXml(xml.body)).toMatchObject({
      value: { root: "Response", container: { code: "404", status: "Not Found", error: "REELAY_NOT_FOUND" } },
    });
    expect(xml.headers["x-reelay-error"]).toBe("REELAY_NOT_FOUND");
  });

  const refusals: readonly (readonly [string, InjectOptions & { readonly token?: string | null }, number, string])[] = [
    ["/library/sections/1", { token: null }, 401, "REELAY_UNAUTHORIZED"],
    ["/nothing", { token: null }, 401, "REELAY_UNAUTHORIZED"],
    ["/library/sections/1", { token: "wrong" }, 401, "REELAY_UNAUTHORIZED"],
    ["/admin", { token: "guest" }, 403, "REELAY_FORBIDDEN"],
    ["/identity", { token: null, headers: { host: "evil.example" } }, 403, "REELAY_ORIGIN_REFUSED"],
    ["/library/sections/%zz", {}, 400, "REELAY_BAD_REQUEST"],
    ["/library/sections/%ff", {}, 400, "REELAY_BAD_REQUEST"],
    ["/number?n=%zz", {}, 400, "REELAY_BAD_REQUEST"],
    ["/number?n=%c3%28", {}, 400, "REELAY_BAD_REQUEST"],
    [`/number?n=${"9".repeat(9_000)}`, {}, 413, "REELAY_TOO_LARGE"],
    [`/library/sections/${"9".repeat(9_000)}`, {}, 413, "REELAY_TOO_LARGE"],
    [
      "/body",
      { method: "POST", payload: "{", headers: { "content-type": "application/json" } },
      400,
      "REELAY_BAD_REQUEST",
    ],
    ["/body", { method: "POST", headers: { "content-type": "application/json" } }, 400, "REELAY_INVALID_PARAMETER"],
    [
      "/body",
      { method: "POST", payload: '{"__proto__":{"name":"x"}}', headers: { "content-type": "application/json" } },
      400,
      "REELAY_BAD_REQUEST",
    ],
    [
      "/body",
      { method: "POST", payload: "x".repeat(1024 * 1024 + 1), headers: { "content-type": "text/plain" } },
      413,
      "REELAY_TOO_LARGE",
    ],
    ["/broken", {}, 500, "REELAY_INTERNAL"],
  ];
  for (const [url, options, status, code] of refusals) {
    test(`${options.method ?? "GET"} ${url.slice(0, 40)} is ${status} ${code}`, async () => {
      const answer = await ask(url, options);
      expect([answer.statusCode, answer.headers["x-reelay-error"]]).toEqual([status, code]);
      expect(answer.body).not.toMatch(/secret|FST_|node_modules| at /);
    });
  }

  test.each([
    ["/library/sections/7", "DELETE", "GET, HEAD, POST"],
    ["/library/sections/7?a=/x", "PUT", "GET, HEAD, POST"],
    ["/:/prefs", "POST", "GET, HEAD"],
    ["/%3A/prefs", "POST", "GET, HEAD"],
  ] as const)("%s with %s is 405 and names what is allowed", async (url, method, allow) => {
    const answer = await ask(url, { method });
    expect([answer.statusCode, answer.headers["x-reelay-error"], answer.headers.allow]).toEqual([
      405,
      "REELAY_METHOD_NOT_ALLOWED",
      allow,
    ]);
  });

  test.each(["0", "12", "x", "1.5"])("n=%s is refused by name, with what is allowed", async (n) => {
    const answer = await ask(`/number?n=${n}`, { headers: { accept: "application/json" } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error).toMatchObject({
      code: "REELAY_INVALID_PARAMETER",
      detail: expect.stringMatching(/^n \(query\): .+\.$/),
    });
  });
});

test("of a repeated parameter the last one counts, and all can be had", async () => {
  expect((await ask("/number?n=0&n=5")).json()).toEqual({ n: 5 });
  expect((await ask("/all?a=1&b=2&a=3")).json()).toEqual(["1", "3"]);
  expect((await ask("/number?__proto__=1&n=2")).json()).toEqual({ n: 2 });
});

describe("browsers", () => {
  const origin = { origin: "https://app.example" };

  test.each([
    ["/library/sections/1", "owner", 200],
    ["/library/sections/1", "wrong", 401],
    ["/nothing", "owner", 404],
    ["/%zz", "owner", 400],
    ["/broken", "owner", 500],
  ])("%s with the token %s: a page of any origin reads the answer", async (url, token, status) => {
    const answer = await ask(url, { token, headers: origin });
    expect([answer.statusCode, answer.headers["access-control-allow-origin"]]).toEqual([status, "*"]);
  });

  test.each(["/identity", "/library/sections/1"])("without a token no page reads %s", async (url) => {
    const answer = await ask(url, { token: null, headers: origin });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("a preflight is answered without a token and names the headers that clients send", async () => {
    const answer = await ask("/library/sections/1", {
      method: "OPTIONS",
      token: null,
      headers: {
        ...origin,
        host: "media.example",
        "access-control-request-method": "GET",
        "access-control-request-headers":
          "x-plex-token, X-Plex-Client-Identifier,last-event-id,content-type,cookie,authorization",
      },
    });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": expect.stringContaining("DELETE"),
      "access-control-allow-headers": "x-plex-token, x-plex-client-identifier, last-event-id, content-type",
      "access-control-max-age": "7200",
    });
  });
});
