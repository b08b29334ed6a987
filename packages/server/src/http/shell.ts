import type { IncomingMessage, RequestListener, Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import {
  type FastifyBaseLogger,
  type FastifyContextConfig,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from "fastify";
import { type Clock, type Logger, ReelayError, systemClock, withoutToken } from "../support/index.ts";
import { tellAnswers } from "./answered.ts";
import { ClientErrors } from "./client-errors.ts";
import { corsHeaders, isPreflight } from "./cors.ts";
import { asReelayError, errorAnswer } from "./error-body.ts";
import { serveFirstChunks } from "./first-chunk-routes.ts";
import type { Gate } from "./gate.ts";
import { MethodTable } from "./methods.ts";
import { serveOpenApi } from "./openapi.ts";
import { belowBase, parseQuerystring, type RequestHead, requireReadableQuery, withPlainColon } from "./query.ts";
import { isReading } from "./same-origin.ts";
import type { TlsPair } from "./tls.ts";
import { reelayVersion } from "./version.ts";
import type { Viewer } from "./viewer.ts";

/** Sizes in bytes, times in milliseconds. */
export interface HttpLimits {
  /** Of a body. Default 1 MiB. */
  readonly body: number;
  /** Of path and query. Default 8 KiB. */
  readonly address: number;
  /** Of the whole head, address included. Default 16 KiB. */
  readonly head: number;
  /** For the head to arrive. Default 20 s. */
  readonly headTime: number;
  /** For the whole request to arrive; an answer may take as long as it likes, a stream for ever. Default 60 s. */
  readonly requestTime: number;
  /** How often the two times are looked at. Default 2 s. */
  readonly checkEach: number;
  /** How long an idle connection is kept. Default 65 s, longer than the proxies' usual 60 s. */
  readonly keepAlive: number;
  /** For answers under way when the server closes; then their connections are cut. Default 3 s. */
  readonly closeTime: number;
}

const defaultLimits: HttpLimits = {
  body: 1024 * 1024,
  address: 8 * 1024,
  head: 16 * 1024,
  headTime: 20_000,
  requestTime: 60_000,
  checkEach: 2_000,
  keepAlive: 65_000,
  closeTime: 3_000,
};

export interface HttpOptions {
  readonly gate: Gate;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly limits?: Partial<HttpLimits>;
  /** Nothing is outside it: `/reelay`. Default: empty, so everything is served from the root. Routes know nothing of it. */
  readonly basePath?: string | undefined;
  /** With it the app speaks HTTPS and nothing else. */
  readonly tls?: TlsPair | undefined;
}

/**
 * The shell that every room's routes run in: who may ask, browsers, sizes and times, and errors that say what to do.
 * A room registers its routes as a plugin; none of them has to think of any of this.
 */
export function createHttp({
  gate,
  log,
  clock = systemClock,
  tls,
  basePath = "",
  ...options
}: HttpOptions): FastifyInstance {
  const limits = { ...defaultLimits, ...options.limits };
  const clientErrors = new ClientErrors();
  const methods = new MethodTable();
  /** Requests for what is not below the base path. */
  const outside = new WeakSet<IncomingMessage>();
  let closing = false;
  const serverOptions = {
    maxHeaderSize: limits.head,
    headersTimeout: limits.headTime,
    requestTimeout: limits.requestTime,
    keepAliveTimeout: limits.keepAlive,
    connectionsCheckingInterval: limits.checkEach,
    // Missing ones are refused by the gate, with a code.
    requireHostHeader: false,
    // Other upgrades, such as curl's h2c, may be ignored (RFC 9110, 7.8): they get their answer in HTTP/1.1.
    shouldUpgradeCallback: (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === "websocket",
  };

  const app: FastifyInstance = fastify({
    loggerInstance: innerLog(log),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.body,
    requestTimeout: limits.requestTime,
    keepAliveTimeout: limits.keepAlive,
    // Fastify's own 503 has neither code nor remedy; the hook below answers instead.
    return503OnClosing: false,
    http: serverOptions,
    ...(tls && {
      // For fastify's types an HTTPS server makes another kind of app, though no route could tell.
      serverFactory: (handler: RequestListener) =>
        createHttpsServer({ ...serverOptions, cert: tls.cert, key: tls.key }, handler) as unknown as Server,
    }),
    // Clients ask for `/library/sections/` as well.
    routerOptions: { maxParamLength: limits.address, querystringParser: parseQuerystring, ignoreTrailingSlash: true },
    rewriteUrl: (request) => {
      const { url = "/" } = request;
      const below = belowBase(url, basePath);
      if (below === undefined) outside.add(request as IncomingMessage);
      return withPlainColon(below ?? url);
    },
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    clientErrorHandler: clientErrors.handle,
    frameworkErrors: (error, request, reply) => {
      // The router refused before any hook ran.
      addStandardHeaders(request, reply as FastifyReply);
      sendError(error, request, reply as FastifyReply);
    },
  });
  serveFirstChunks(app, {
    basePath,
    log,
    letIn(head) {
      const viewer = letIn(head, {});
      if (viewer === undefined) throw new ReelayError("REELAY_UNAUTHORIZED");
      return viewer;
    },
  });
  clientErrors.watch(app.server);
  cutConnectionsAtTheEnd();
  readBodies(app);

  tellAnswers(app, log);
  app.decorateRequest("viewer");
  app.addHook("onRoute", ({ method, url }) => methods.add(url, method));
  app.addHook("onRequest", async (request, reply) => {
    addStandardHeaders(request, reply);
    // Another program's place, as far as anybody can tell: whoever asks learns no more than that.
    if (outside.has(request.raw)) throw new ReelayError("REELAY_NOT_FOUND");
    if (isPreflight(request.raw)) return reply.code(204).send();
    request.viewer = letIn(request.raw, request.routeOptions.config);
  });
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  serveOpenApi(app, basePath);
  app.setNotFoundHandler((request) => {
    const allowed = methods.allowed(request.url);
    if (allowed.length === 0) throw new ReelayError("REELAY_NOT_FOUND");
    throw new ReelayError("REELAY_METHOD_NOT_ALLOWED", undefined, { headers: { allow: allowed.join(", ") } });
  });
  return app;

  function sendError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const error = asReelayError(thrown, request.id);
    if (error.code === "REELAY_INTERNAL") {
      log.error(
        { err: error.cause ?? error, id: request.id, method: request.method, url: withoutToken(request.url) },
        "request failed",
      );
    }
    const answer = errorAnswer(error, request.headers.accept);
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  }

  /** What every request must pass, whichever way it came. @returns who asks, where that is known */
  function letIn(head: RequestHead, config: FastifyContextConfig): Viewer | undefined {
    if ((head.url?.length ?? 0) > limits.address) {
      throw new ReelayError("REELAY_TOO_LARGE", `The address is longer than ${limits.address} bytes.`);
    }
    requireReadableQuery(head);
    if (config.sameOrigin === true) gate.requireSameOrigin(head);
    const viewer = config.public === true ? gate.identifyIfAny(head) : gate.identify(head);
    if (config.changes === true && viewer?.ambient !== undefined && isReading(head)) {
      throw new ReelayError("REELAY_UNSAFE_GET");
    }
    if (closing) throw new ReelayError("REELAY_SHUTTING_DOWN", undefined, { headers: { connection: "close" } });
    return viewer;
  }

  /** Closing waits for answers under way, but not for a caller that never finishes its request. */
  function cutConnectionsAtTheEnd(): void {
    const sockets = new Set<Socket>();
    function forget(this: Socket): void {
      sockets.delete(this);
    }
    app.server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("close", forget);
    });
    app.addHook("preClose", async () => {
      closing = true;
      const cancel = clock.after(limits.closeTime, () => {
        for (const socket of sockets) socket.destroy();
      });
      app.server.once("close", cancel);
    });
  }
}

/** Routes check with zod. Without this fastify loads two compilers for another kind of schema at each start. */
function noSchemas(): never {
  throw new Error("Routes of this server have no JSON schemas: apiRoute checks what they take and give.");
}

function addStandardHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers(standardHeaders(request.raw));
}

/** What every answer has, errors and streams included. */
export function standardHeaders(head: RequestHead): Readonly<Record<string, string>> {
  return {
    "x-plex-protocol": "1.0",
    "x-reelay": reelayVersion,
    "x-content-type-options": "nosniff",
    // A token in the query must not reach the next site.
    "referrer-policy": "no-referrer",
    ...corsHeaders(head),
  };
}

/** Bodies: JSON is parsed, an empty one is no body, all else is handed on as bytes (clients of Plex label empty forms in many ways). */
function readBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parseJson(request, body.toString(), done);
  });
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
}

/** Of the app's own log (`app.log`), beside a log of this level: warnings at most. To be set again when that changes. */
export function innerLevel(log: Logger): string {
  return log.isLevelEnabled("warn") ? "warn" : log.level;
}

/** Fastify's own log: warnings only, and no URL in full. */
function innerLog(log: Logger): FastifyBaseLogger {
  const url = (request: { method?: string; url?: string }) => ({
    method: request.method,
    url: withoutToken(request.url ?? ""),
  });
  return log.child(
    {},
    {
      level: innerLevel(log),
      serializers: { req: url, res: (reply: { statusCode?: number }) => ({ status: reply.statusCode }) },
    },
  );
}
