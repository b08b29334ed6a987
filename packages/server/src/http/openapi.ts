import { STATUS_CODES } from "node:http";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type ErrorCode, errorCatalogue } from "../support/index.ts";
import { type ApiRoute, apiRoute } from "./api.ts";
import { reelayVersion } from "./version.ts";

type Json = { readonly [key: string]: unknown };

const errorSchema = z.object({
  error: z.object({
    code: z.string().describe("Stable: REELAY_…, listed in the reference of errors."),
    status: z.int(),
    cause: z.string(),
    detail: z.string().optional().describe("What it was in this case."),
    remedy: z.string(),
  }),
});

/** Serves `/api/v1/openapi.json`: what the routes that {@link apiRoute} added from now on take and give. */
export function serveOpenApi(app: FastifyInstance, basePath = ""): void {
  const routes: ApiRoute[] = [];
  app.addHook("onRoute", ({ method, config }) => {
    // The HEAD that comes with each GET is not listed.
    if (config?.api !== undefined && config.api.method === method) routes.push(config.api);
  });
  let document: Json | undefined;
  apiRoute(
    app,
    {
      method: "GET",
      path: "/api/v1/openapi.json",
      summary: "This description",
      tag: "server",
      access: "account",
      answer: z.looseObject({ openapi: z.literal("3.1.0") }),
    },
    () => {
      document ??= describeApi(routes);
      const servers = basePath === "" ? {} : { servers: [{ url: basePath }] };
      return { openapi: "3.1.0" as const, ...document, ...servers };
    },
  );
}

/** The OpenAPI document, without its version. */
function describeApi(routes: readonly ApiRoute[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of [...routes].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    info: {
      title: "Reelay",
      version: reelayVersion,
      description:
        "Reelay's own API. What it shares with a Plex server answers under that server's paths. Instead of a token a browser that is signed in sends its cookie.",
    },
    servers: [{ url: "/" }],
    security: [{ header: [] }, { query: [] }],
    paths,
    components: {
      securitySchemes: {
        header: { type: "apiKey", in: "header", name: "X-Plex-Token" },
        query: { type: "apiKey", in: "query", name: "X-Plex-Token" },
      },
      schemas: { Error: jsonSchema(errorSchema, "output") },
    },
  };
}

const audiences = { owner: "For the owner.", account: "For every account.", anybody: "For everybody." };

function operation(route: ApiRoute): Json {
  const parameters = [...parametersOf(route.params, "path"), ...parametersOf(route.query, "query")];
  const status = String(route.status ?? (route.answer === undefined ? 204 : 200));
  return {
    summary: route.summary,
    description: audiences[route.access ?? "owner"],
    ...(route.access === "anybody" ? { security: [] } : {}),
    tags: [route.tag],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: json(jsonSchema(route.body, "input")) } }),
    responses: {
      [status]: { description: STATUS_CODES[status] ?? "Done", ...answer(route.answer) },
      ...errorAnswers(errorsOf(route)),
    },
  };
}

function answer(of: ApiRoute["answer"]): Json {
  if (of === undefined) return {};
  return { content: typeof of === "string" ? { [of]: {} } : json(jsonSchema(of, "output")) };
}

function json(schema: Json): Json {
  return { "application/json": { schema } };
}

function parametersOf(schema: z.ZodType | undefined, where: "path" | "query"): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, "input") as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: property,
  }));
}

function errorsOf(route: ApiRoute): readonly ErrorCode[] {
  const takesAnything = route.params ?? route.query ?? route.body;
  return [
    ...(route.access === "anybody" ? [] : (["REELAY_UNAUTHORIZED"] as const)),
    ...((route.access ?? "owner") === "owner" ? (["REELAY_FORBIDDEN"] as const) : []),
    ...(route.sameOrigin === true ? (["REELAY_ORIGIN_REFUSED"] as const) : []),
    ...(takesAnything === undefined ? [] : (["REELAY_INVALID_PARAMETER"] as const)),
    ...(route.method === "GET" ? [] : (["REELAY_STORAGE_READ_ONLY"] as const)),
    ...(route.errors ?? []),
  ];
}

function errorAnswers(codes: readonly ErrorCode[]): Json {
  const answers: Record<string, Json> = {};
  for (const status of [...new Set(codes.map((code) => errorCatalogue[code].status))]) {
    const described = codes
      .filter((code) => errorCatalogue[code].status === status)
      .map((code) => `${code}: ${errorCatalogue[code].cause}`);
    answers[status] = { description: described.join(" "), content: json({ $ref: "#/components/schemas/Error" }) };
  }
  return answers;
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
