import { expect, test } from "vitest";
import { z } from "zod";
import { createLogger, ReelayError } from "../support/index.ts";
import { apiRoute } from "./api.ts";
import { createGate, createHttp, type Viewer } from "./index.ts";

const viewers: Readonly<Record<string, Viewer>> = {
  owner: { accountId: 1, admin: true, sections: "all", tokenId: "1", tokenName: "owner" },
  member: { accountId: 2, admin: false, sections: new Set(), tokenId: "2", tokenName: "member" },
};

async function shell() {
  const app = createHttp({
    gate: createGate({ authenticate: (token) => viewers[token] }),
    log: createLogger("silent"),
  });
  await app.register((room, _options, done) => {
    apiRoute(
      room,
      {
        method: "PUT",
        path: "/api/v1/lamps/{id}",
        summary: "Dim a lamp",
        tag: "lamps",
        params: z.object({ id: z.coerce.number().int().positive() }),
        query: z.object({ fade: z.coerce.number().int().min(0).default(0).describe("Milliseconds.") }),
        body: z.strictObject({ level: z.number().min(0).max(1) }),
        answer: z.object({ id: z.int(), level: z.number() }),
        errors: ["REELAY_NOT_FOUND"],
      },
      ({ params, query, body }) => {
        if (params.id > 9) throw new ReelayError("REELAY_NOT_FOUND", `There is no lamp ${params.id}.`);
        return { id: params.id, level: query.fade === 0 ? body.level : 0 };
      },
    );
    apiRoute(
      room,
      { method: "DELETE", path: "/api/v1/lamps", summary: "All off", tag: "lamps", access: "account" },
      () => undefined,
    );
    done();
  });
  const ask = (method: "GET" | "PUT" | "DELETE", url: string, token?: string, payload?: object) =>
    app.inject({
      method,
      url,
      headers: { accept: "application/json", ...(token === undefined ? {} : { "x-plex-token": token }) },
      ...(payload === undefined ? {} : { payload }),
    });
  return { ask, [Symbol.asyncDispose]: () => app.close() };
}

test("a route answers with what its handler makes of checked input", async () => {
  await using server = await shell();
  const done = await server.ask("PUT", "/api/v1/lamps/3", "owner", { level: 0.5 });
  expect([done.statusCode, done.json(), done.headers["cache-control"]]).toEqual([
    200,
    { id: 3, level: 0.5 },
    "no-store",
  ]);
  const nothing = await server.ask("DELETE", "/api/v1/lamps", "member");
  expect([nothing.statusCode, nothing.body]).toEqual([204, ""]);
});

test.each([
  ["PUT", "/api/v1/lamps/x", "owner", { level: 1 }, 400, "REELAY_INVALID_PARAMETER"],
  ["PUT", "/api/v1/lamps/3?fade=-1", "owner", { level: 1 }, 400, "REELAY_INVALID_PARAMETER"],
  ["PUT", "/api/v1/lamps/3", "owner", { level: 2 }, 400, "REELAY_INVALID_PARAMETER"],
  ["PUT", "/api/v1/lamps/3", "owner", { level: 1, more: 1 }, 400, "REELAY_INVALID_PARAMETER"],
  ["PUT", "/api/v1/lamps/3", "owner", undefined, 400, "REELAY_INVALID_PARAMETER"],
  ["PUT", "/api/v1/lamps/12", "owner", { level: 1 }, 404, "REELAY_NOT_FOUND"],
  ["PUT", "/api/v1/lamps/x", "member", { level: 7 }, 403, "REELAY_FORBIDDEN"],
  ["PUT", "/api/v1/lamps/3", undefined, { level: 1 }, 401, "REELAY_UNAUTHORIZED"],
  ["GET", "/api/v1/openapi.json", undefined, undefined, 401, "REELAY_UNAUTHORIZED"],
] as const)("%s %s as %s with %j is %d", async (method, url, token, body, status, code) => {
  await using server = await shell();
  const answer = await server.ask(method, url, token, body);
  expect([answer.statusCode, answer.json().error.code]).toEqual([status, code]);
});

test("the description says of each route what it takes, gives and refuses", async () => {
  await using server = await shell();
  const answer = await server.ask("GET", "/api/v1/openapi.json", "member");
  const { openapi, paths, components } = answer.json();
  expect(openapi).toBe("3.1.0");
  expect(Object.keys(paths)).toEqual(["/api/v1/lamps", "/api/v1/lamps/{id}", "/api/v1/openapi.json"]);
  const { put } = paths["/api/v1/lamps/{id}"];
  expect(put.parameters).toEqual([
    { name: "id", in: "path", required: true, schema: expect.objectContaining({ type: "integer" }) },
    {
      name: "fade",
      in: "query",
      required: false,
      description: "Milliseconds.",
      schema: expect.objectContaining({ type: "integer", default: 0, minimum: 0 }),
    },
  ]);
  expect(put.requestBody.content["application/json"].schema).toEqual({
    type: "object",
    properties: { level: { type: "number", minimum: 0, maximum: 1 } },
    required: ["level"],
    additionalProperties: false,
  });
  expect(Object.keys(put.responses)).toEqual(["200", "400", "401", "403", "404", "503"]);
  expect(put.responses[404].description).toMatch(/^REELAY_NOT_FOUND: /);
  expect(Object.keys(paths["/api/v1/lamps"].delete.responses)).toEqual(["204", "401", "503"]);
  expect(components.schemas.Error.properties.error.required).toEqual(["code", "status", "cause", "remedy"]);
  // Nothing in it points to what it does not hold.
  const refs = [...answer.body.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect(new Set(refs)).toEqual(new Set(Object.keys(components.schemas)));
});

test("what anybody may ask says so, and needs nobody to be known", async () => {
  const app = createHttp({
    gate: createGate({ authenticate: (token) => viewers[token] }),
    log: createLogger("silent"),
  });
  const bell = { path: "/api/v1/bell", tag: "bell", access: "anybody", sameOrigin: true } as const;
  await app.register(async (room) => {
    apiRoute(room, { ...bell, method: "POST", summary: "Ring" }, () => undefined);
    apiRoute(room, { ...bell, method: "GET", summary: "Who rings", answer: z.int() }, ({ viewer }) => viewer.accountId);
  });
  const ask = (method: "GET" | "POST", headers: Readonly<Record<string, string>> = {}, url: string = bell.path) =>
    app.inject({ method, url, headers: { accept: "application/json", ...headers } });
  expect((await ask("POST")).statusCode).toBe(204);
  expect((await ask("GET")).json().error.code).toBe("REELAY_UNAUTHORIZED");
  expect((await ask("GET", { "x-plex-token": "member" })).json()).toBe(2);
  const foreign = { origin: "https://evil.example", "x-plex-token": "owner" };
  expect((await ask("POST", foreign)).json().error.code).toBe("REELAY_ORIGIN_REFUSED");
  const { paths } = (await ask("GET", { "x-plex-token": "member" }, "/api/v1/openapi.json")).json();
  expect(paths[bell.path].post).toMatchObject({ description: "For everybody.", security: [] });
  expect(Object.keys(paths[bell.path].post.responses)).toEqual(["204", "403", "503"]);
  await app.close();
});
