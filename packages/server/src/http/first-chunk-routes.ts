import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Logger } from "../support/index.ts";
import { lookAtFirstChunks } from "./first-chunk.ts";
import { belowBase, type RequestHead } from "./query.ts";
import type { Viewer } from "./viewer.ts";

/**
 * What a room serves at the first chunk of a connection, past node:http.
 * @param head its address is below the base path
 * @param letIn what every request must pass; who asks
 * @returns what answers on the bare socket, which is its own from then on; undefined where node:http is to serve, which is
 * also what an exception means: the refusal is made there, and there is one of each
 */
export type FirstChunkRoute = (
  head: RequestHead,
  letIn: (head: RequestHead) => Viewer,
) => ((socket: Socket) => void) | undefined;

declare module "fastify" {
  interface FastifyInstance {
    /** Adds a route for first chunks. */
    atFirstChunk(route: FirstChunkRoute): void;
  }
}

export interface FirstChunkOptions {
  readonly basePath: string;
  readonly log: Logger;
  /** Throws for who may not ask. */
  readonly letIn: (head: RequestHead) => Viewer;
}

/** Before anything else listens to the app's connections. */
export function serveFirstChunks(app: FastifyInstance, { basePath, log, letIn }: FirstChunkOptions): void {
  const routes: FirstChunkRoute[] = [];
  app.decorate("atFirstChunk", (route) => void routes.push(route));

  function find(head: RequestHead): ReturnType<FirstChunkRoute> {
    try {
      for (const route of routes) {
        const open = route(head, letIn);
        if (open !== undefined) return open;
      }
    } catch {
      // Refused: node:http's way finds the same, and has the answer for it.
    }
    return undefined;
  }

  lookAtFirstChunks(app.server, (request, socket) => {
    const url = belowBase(request.url, basePath);
    const open = url === undefined ? undefined : find({ ...request, url, socket });
    if (open === undefined) return false;
    try {
      open(socket);
    } catch (error) {
      // Something of the answer may be sent: there is no other any more.
      log.error({ err: error }, "a stream could not be opened");
      socket.destroy();
    }
    return true;
  });
}
