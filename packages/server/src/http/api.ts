import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { ErrorCode } from "../support/index.ts";
import { parseBody, parseParams, parseQuery } from "./validation.ts";
import { requireAdmin, type Viewer, viewerOf } from "./viewer.ts";

type Schema = z.ZodType | undefined;
type Checked<S extends Schema> = S extends z.ZodType ? z.output<S> : undefined;

/** One address of Reelay's own API. The route checks by its schemas, and `/api/v1/openapi.json` shows them. */
export interface ApiRoute<P extends Schema = Schema, Q extends Schema = Schema, B extends Schema = Schema> {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** As OpenAPI writes it: `/api/v1/accounts/{id}`. */
  readonly path: `/api/v1/${string}`;
  readonly summary: string;
  /** Under which heading it is listed. */
  readonly tag: string;
  /** Who may ask. Default: the owner. */
  readonly access?: "owner" | "account" | "anybody";
  /** Refused to pages of another origin, whatever they send. Default: only what has no token is. */
  readonly sameOrigin?: boolean;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** JSON of this shape, or bytes of this media type; without it the answer is 204 and has no body. */
  readonly answer?: z.ZodType | string;
  /** Default: 200, or 204 without an answer. */
  readonly status?: 201;
  /** Besides those that follow from the above. */
  readonly errors?: readonly ErrorCode[];
}

/** A request that was let through: all of it is checked. */
export interface ApiCall<P extends Schema, Q extends Schema, B extends Schema> {
  /** @throws REELAY_UNAUTHORIZED where anybody may ask and nobody is known */
  readonly viewer: Viewer;
  readonly params: Checked<P>;
  readonly query: Checked<Q>;
  readonly body: Checked<B>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** What `/api/v1/openapi.json` says of the route. */
    api?: ApiRoute;
  }
}

/**
 * Adds a route of Reelay's own API. Answers are JSON and are not to be kept by caches, unless the handler says otherwise.
 * @param handle what it returns is the answer; the reply is for headers
 */
export function apiRoute<
  A extends z.ZodType | string | undefined = undefined,
  P extends Schema = undefined,
  Q extends Schema = undefined,
  B extends Schema = undefined,
>(
  app: FastifyInstance,
  route: ApiRoute<P, Q, B> & { readonly answer?: A },
  handle: (call: ApiCall<P, Q, B>) => AnswerOf<A> | Promise<AnswerOf<A>>,
): void {
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    config: {
      api: route as ApiRoute,
      public: route.access === "anybody",
      sameOrigin: route.sameOrigin === true,
    },
    handler: async (request, reply) => {
      if ((route.access ?? "owner") === "owner") requireAdmin(request);
      reply.header("cache-control", "no-store");
      const answer = await handle({
        get viewer() {
          return viewerOf(request);
        },
        params: checked(route.params, parseParams, request),
        query: checked(route.query, parseQuery, request),
        body: checked(route.body, parseBody, request),
        request,
        reply,
      });
      if (reply.sent) return reply;
      return reply.code(route.status ?? (route.answer === undefined ? 204 : 200)).send(answer);
    },
  });
}

/** What a handler returns. Bytes may also have been sent by it. */
type AnswerOf<A> = A extends z.ZodType ? z.input<A> : A extends string ? Uint8Array | undefined : undefined;

function checked<S extends Schema>(
  schema: S | undefined,
  parse: <T extends z.ZodType>(schema: T, request: FastifyRequest) => z.output<T>,
  request: FastifyRequest,
): Checked<S> {
  // Which of the two it is, the conditional type knows and the compiler does not follow.
  return (schema === undefined ? undefined : parse(schema, request)) as Checked<S>;
}
