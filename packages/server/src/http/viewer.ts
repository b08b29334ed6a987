import type { FastifyRequest } from "fastify";
import { ReelayError } from "../support/index.ts";

/** Who asks: the account behind a token, and what it may see. */
export interface Viewer {
  readonly accountId: number;
  /** The owner sees and may do everything. */
  readonly admin: boolean;
  /** Sections that the account may use. */
  readonly sections: "all" | ReadonlySet<number>;
  /** Sections of upstreams that it may use, by machine identifier. */
  readonly upstreams?: ReadonlyMap<string, "all" | ReadonlySet<number>>;
  /** Which token it is: the id under which it is listed and revoked. */
  readonly tokenId: string;
  /** What the token is called, for lists and logs; never the token. */
  readonly tokenName: string;
  /**
   * What lets it in without the program that asks having to know anything: a cookie that the browser adds, or the network
   * that the request comes from. A page of another origin could borrow that, so it gets less (see {@link Gate}). Missing
   * for those who sent a token.
   */
  readonly ambient?: "cookie" | "network";
}

declare module "fastify" {
  interface FastifyRequest {
    /** Set on every route but those with `config: { public: true }`; {@link viewerOf} reads it. */
    viewer: Viewer | undefined;
  }
  interface FastifyContextConfig {
    /** Answers without a token, as `/identity` does on a Plex server. */
    public?: boolean;
    /** Its GET changes something, as some of Plex do: refused to those who are known by cookie or network. */
    changes?: boolean;
    /** Only for this server's own pages and for programs: refused to pages of another origin whatever they send. */
    sameOrigin?: boolean;
  }
}

/**
 * Who asks, on a route that needs a token.
 * @throws REELAY_UNAUTHORIZED on a public route that was asked without one.
 */
export function viewerOf(request: FastifyRequest): Viewer {
  if (request.viewer === undefined) throw new ReelayError("REELAY_UNAUTHORIZED");
  return request.viewer;
}

/** @throws REELAY_FORBIDDEN unless the owner asks. */
export function requireAdmin(request: FastifyRequest): Viewer {
  const viewer = viewerOf(request);
  if (!viewer.admin) throw new ReelayError("REELAY_FORBIDDEN");
  return viewer;
}
