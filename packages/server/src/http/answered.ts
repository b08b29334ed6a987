import type { FastifyInstance } from "fastify";
import { type Logger, withoutToken } from "../support/index.ts";

/** A request that was answered; where the answer is a stream: that has begun. */
export interface Answered {
  readonly method: string;
  /** The pattern of the route; undefined: no route answers there. */
  readonly route: string | undefined;
  readonly url: string;
  readonly status: number;
  readonly ms: number;
  readonly id?: string;
}

declare module "fastify" {
  interface FastifyInstance {
    /** Calls with each answered request, whichever way it went. */
    onAnswered(listener: (answered: Answered) => void): void;
    /** For who answers without a reply object, such as streams. */
    tellAnswered(answered: Answered): void;
  }
  interface FastifyRequest {
    /** Its answer was told of already. */
    isTold: boolean;
  }
}

/** Tells of each answer, once: to the access log, which is the log at debug level, and to who listens. */
export function tellAnswers(app: FastifyInstance, log: Logger): void {
  const listeners: ((answered: Answered) => void)[] = [];
  const tell = (answered: Answered) => {
    for (const listener of listeners) listener(answered);
    if (!log.isLevelEnabled("debug")) return;
    const { id, method, status, ms } = answered;
    log.debug({ id, method, url: withoutToken(answered.url), status, ms }, "request");
  };
  app.decorate("onAnswered", (listener) => void listeners.push(listener));
  app.decorate("tellAnswered", tell);
  app.decorateRequest("isTold", false);
  app.addHook("onResponse", async (request, reply) => {
    if (request.isTold) return;
    const { id, method, url, is404, routeOptions } = request;
    const route = is404 ? undefined : routeOptions.url;
    tell({ id, method, route, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) });
  });
}
